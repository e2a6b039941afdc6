#include "command/config_command.h"

#include "config/configuration.h"
#include "config/configuration_text.h"

#include <unistd.h>

#include <string>
#include <string_view>

namespace flowgauge {
namespace {

ExitStatus print(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0) {
            return ExitStatus::kOutput;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return ExitStatus::kDone;
}

// Without the name of the program: FILE:LINE:COLUMN stands first, where editors look for it.
ExitStatus print_errors(const Error& error) {
    static_cast<void>(print(STDERR_FILENO, error.message + "\n"));
    return exit_status_of(error.kind);
}

}  // namespace

ExitStatus check_configuration_file(const CommandLine& line) {
    Result<LoadedConfiguration> loaded = load_configuration(line.sources);
    if (!loaded) {
        return print_errors(loaded.error());
    }
    for (const std::string& warning : loaded.value().warnings) {
        static_cast<void>(print(STDERR_FILENO, warning + "\n"));
    }
    return print(STDOUT_FILENO, line.sources.path + ": ok\n");
}

ExitStatus show_configuration(const CommandLine& line) {
    switch (line.view) {
    case ConfigView::kDefaults:
        return print(STDOUT_FILENO, defaults_text());
    case ConfigView::kSchema:
        return print(STDOUT_FILENO, json_schema_text());
    case ConfigView::kManual:
        return print(STDOUT_FILENO, manual_text());
    case ConfigView::kPackaged:
        return print(STDOUT_FILENO, packaged_configuration());
    case ConfigView::kEffective:
        break;
    }
    Result<LoadedConfiguration> loaded = load_configuration(line.sources);
    if (!loaded) {
        return print_errors(loaded.error());
    }
    return print(STDOUT_FILENO, loaded.value().effective);
}

}  // namespace flowgauge
