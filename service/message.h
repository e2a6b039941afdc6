// Messages to the operator, on standard error.
#pragma once

#include "core/base/result.h"
#include "service/exit_status.h"

#include <string_view>

namespace flowgauge {

// Prints "flowgauge: TEXT". Thread: any; lines do not mix.
void print_message(std::string_view text);

// Prints TEXT as a line of its own, for programs to read.
void print_bare(std::string_view text);

// The same for each line of a text of several.
void print_lines(std::string_view text);

// Logs the error (service/log.h), a line each of several, and returns the status that the program
// ends with because of it.
[[nodiscard]] ExitStatus report_error(const Error& error);

}  // namespace flowgauge
