// The command line: arguments in, Settings out. Opens no file.
#pragma once

#include "config/settings.h"

#include <cstdint>
#include <string>
#include <vector>

#include "command/fields_command.h"
#include "service/exit_status.h"

namespace flowgauge {

enum class Command : std::uint8_t { kRead, kRun, kFields, kNone };

struct CommandLine {
    Command command = Command::kNone;
    Settings settings;
    FieldsForm fields = FieldsForm::kText;

    // Set for kNone: help or version was printed, or a message said what is wrong.
    ExitStatus status = ExitStatus::kDone;
};

[[nodiscard]] CommandLine parse_command_line(const std::vector<std::string>& arguments);

}  // namespace flowgauge
