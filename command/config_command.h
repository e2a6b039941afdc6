// `flowgauge check` and `flowgauge config`: what a configuration says, or what is wrong with it.
#pragma once

#include "command/command_line.h"
#include "service/exit_status.h"

namespace flowgauge {

// Prints "FILE: ok" and warnings, or every error, one a line as it can be clicked on.
[[nodiscard]] ExitStatus check_configuration_file(const CommandLine& line);

[[nodiscard]] ExitStatus show_configuration(const CommandLine& line);

}  // namespace flowgauge
