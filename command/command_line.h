// The command line: arguments in, Settings out. Opens no file but the configuration.
#pragma once

#include "command/fields_command.h"
#include "command/operator_commands.h"
#include "config/configuration.h"
#include "service/exit_status.h"

#include <cstdint>
#include <string>
#include <vector>

namespace flowgauge {

enum class Command : std::uint8_t {
    kRead,
    kRun,
    kFields,
    kInterfaces,
    kCheck,
    kConfig,
    kStatus,
    kReload,
    kTop,
    kNone
};

// What `flowgauge config` shows.
enum class ConfigView : std::uint8_t { kDefaults, kEffective, kSchema, kManual, kPackaged };

struct CommandLine {
    Command command = Command::kNone;
    Settings settings;
    OperatorOptions operators;
    FieldsOptions fields;
    bool interfaces_json = false;  // `interfaces --json`
    ConfigView view = ConfigView::kDefaults;

    // Of `read`, `run`, `check`, `config` and `fields`: what a reload loads again, and what came of
    // it at first (`read`, `run` and `fields` alone).
    ConfigurationSources sources;
    LoadedConfiguration configuration;

    // Set for kNone: help or version was printed, or a message said what is wrong.
    ExitStatus status = ExitStatus::kDone;
};

[[nodiscard]] CommandLine parse_command_line(const std::vector<std::string>& arguments);

}  // namespace flowgauge
