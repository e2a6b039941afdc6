#include "daemon/command_line.h"
#include "daemon/fields_command.h"
#include "daemon/message.h"
#include "daemon/read_command.h"
#include "daemon/run_command.h"

#include <csignal>
#include <exception>

namespace flowgauge {
namespace {

ExitStatus dispatch(const CommandLine& line) {
    switch (line.command) {
    case Command::kRead:
        return read_files(line.settings);
    case Command::kRun:
        return run_capture(line.settings);
    case Command::kFields:
        return list_fields(line.markdown);
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
