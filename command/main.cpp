#include "command/command_line.h"
#include "command/config_command.h"
#include "command/fields_command.h"
#include "command/interfaces_command.h"
#include "command/read_command.h"
#include "command/run_command.h"
#include "service/message.h"

#include <csignal>
#include <exception>

namespace flowgauge {
namespace {

ExitStatus dispatch(const CommandLine& line) {
    switch (line.command) {
    case Command::kRead:
        return read_files(line.settings);
    case Command::kRun:
        return run_capture(line.configuration, line.sources);
    case Command::kFields:
        return list_fields(line.fields, line.settings.meter);
    case Command::kCheck:
        return check_configuration_file(line);
    case Command::kConfig:
        return show_configuration(line);
    case Command::kInterfaces:
        return show_interfaces(line.interfaces_json);
    case Command::kStatus:
        return show_status(line.operators.status);
    case Command::kReload:
        return reload_sensor(line.operators.reload);
    case Command::kTop:
        return show_top(line.operators.top);
    case Command::kNone:
        break;
    }
    return line.status;
}

}  // namespace
}  // namespace flowgauge

int main(int argc, char** argv) {
    // A reader that goes away is an error of writing, not a reason to die.
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
    try {
        return static_cast<int>(
            flowgauge::dispatch(flowgauge::parse_command_line({argv + 1, argv + argc}))
        );
    } catch (const std::exception& error) {
        flowgauge::print_message(error.what());  // out of memory, most likely
        return static_cast<int>(flowgauge::ExitStatus::kFailed);
    }
}
