// Configuration: all that an operator said, wherever it was said, as one checked whole.
//
// Precedence: command line, environment (FLOWGAUGE__section__key), file with its includes, default.
// Whoever reloads calls load_configuration() again with the sources of the start, and compares.
#pragma once

#include "config/settings.h"
#include "core/base/result.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// One option of the command line: {"idle_timeout", "30"}.
struct Assignment {
    std::string option;  // as Parameter::option
    std::string text;
};

// For which command the configuration is. `read` leaves out inputs, visibility, metrics and
// control.
enum class ConfigurationUse : std::uint8_t { kRun, kRead };

// Where a configuration comes from. A value: keep it to load again.
struct ConfigurationSources {
    std::string path;                 // of the file; empty: none
    std::optional<std::string> text;  // what stands there, instead of reading `path`

    std::map<std::string, std::string> environment;  // all of it: overrides and ${VAR}
    std::vector<Assignment> assignments;             // in the order of the command line
    std::vector<std::string> names;                  // interfaces of `run`, files of `read`
    ConfigurationUse use = ConfigurationUse::kRun;

    // Started by systemd, so that standard output is nobody's: `run` then needs a sink.
    bool supervised = false;
};

struct LoadedConfiguration {
    Settings settings;
    std::string path;       // of the file, or empty
    std::string effective;  // canonical text of all keys; it loads as the same settings again
    std::vector<std::string> warnings;
};

// Reads and checks everything. Interfaces in `names` take the place of the file's inputs, an
// `output` in the assignments takes the place of its sinks, and other options of the command line
// apply to all inputs and sinks.
// Errors: kUsage; the message holds every error, one a line, "FILE:LINE:COLUMN: KEY: MESSAGE".
// Thread: any. Reads files; compiles the filters, which looks host names up if they have any.
[[nodiscard]] Result<LoadedConfiguration> load_configuration(const ConfigurationSources& sources);

// The same without compiling filters.
[[nodiscard]] Result<LoadedConfiguration> read_configuration(const ConfigurationSources& sources);

// Which keys differ, as "flows.idle_timeout" or "sinks.disk.keep", or only "inputs.edge" where an
// input or sink is new or gone. `live_keys` can be applied while running.
struct ConfigurationChange {
    std::vector<std::string> live_keys;
    std::vector<std::string> restart_keys;
};
[[nodiscard]] ConfigurationChange compare(
    const LoadedConfiguration& old, const LoadedConfiguration& fresh
);

// The configuration that the package installs (packaging/flowgauge.yaml).
[[nodiscard]] std::string_view packaged_configuration() noexcept;

}  // namespace flowgauge
