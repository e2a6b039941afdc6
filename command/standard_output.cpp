#include "command/standard_output.h"

#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace flowgauge {

ExitStatus write_standard_output(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno != EINTR) {
            return ExitStatus::kOutput;
        }
    }
    return ExitStatus::kDone;
}

}  // namespace flowgauge
