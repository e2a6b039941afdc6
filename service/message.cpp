#include "service/message.h"

#include "service/log.h"

#include <unistd.h>

#include <algorithm>
#include <string>

namespace flowgauge {

void print_message(std::string_view text) {
    // One write, so that lines of several threads stay whole.
    const std::string line = "flowgauge: " + std::string(text) + "\n";
    static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
}

void print_bare(std::string_view text) {
    const std::string line = std::string(text) + "\n";
    static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
}

void print_lines(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        print_message(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

ExitStatus report_error(const Error& error) {
    for (std::string_view text = error.message; !text.empty();) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        log_error(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return exit_status_of(error.kind);
}

}  // namespace flowgauge
