#include "service/message.h"

#include <unistd.h>

#include <string>

#include "service/log.h"

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

ExitStatus report_error(const Error& error) {
    log_error(error.message);
    return exit_status_of(error.kind);
}

}  // namespace flowgauge
