// Writes the answer of a command to standard output.
#pragma once

#include "service/exit_status.h"

#include <string_view>

namespace flowgauge {

// All of `text`. Returns kDone, or kOutput where it cannot be written.
[[nodiscard]] ExitStatus write_standard_output(std::string_view text);

}  // namespace flowgauge
