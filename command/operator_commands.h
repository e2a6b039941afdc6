// The command line of what asks the running sensor: status, reload, top.
#pragma once

#include "command/reload_command.h"
#include "command/status_command.h"
#include "command/top_command.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}

namespace flowgauge {

struct OperatorOptions {
    StatusOptions status;
    ReloadOptions reload;
    TopOptions top;
};

struct OperatorCommands {
    CLI::App* status;
    CLI::App* reload;
    CLI::App* top;
};

// Adds the commands to `app`; parsing fills `options`, which outlives it.
[[nodiscard]] OperatorCommands add_operator_commands(CLI::App& app, OperatorOptions& options);

}  // namespace flowgauge
