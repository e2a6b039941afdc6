// Parameter: one thing an operator can set. The table of all parameters is what the command line is
// made of; names are NFStream's where NFStream has it.
#pragma once

#include "config/settings.h"
#include "core/base/result.h"

#include <span>
#include <string>
#include <string_view>

namespace flowgauge {

// For which command a parameter has a meaning.
enum class Scope : std::uint8_t {
    kBoth,
    kRead,
    kRun,
    kLive,  // has an effect only live; with files it is accepted, as NFStream does, and said so
};

struct Parameter {
    std::string_view name;   // with underscores; the option has dashes
    std::string_view value;  // what stands for its value in the help; "BOOL" may be left out
    std::string_view group;  // heading in the help
    Scope scope;
    std::string_view help;  // with the default
    Result<void> (*apply)(Settings& settings, std::string_view text);
};

[[nodiscard]] std::span<const Parameter> all_parameters() noexcept;

// "--idle-timeout" of "idle_timeout".
[[nodiscard]] std::string option_name(const Parameter& parameter);

// Whether the option may stand without a value, meaning true.
[[nodiscard]] inline bool is_switch(const Parameter& parameter) noexcept {
    return parameter.value == "BOOL" || parameter.value == "TUNNELS";
}

// Whether the command for live capture (`live`) or for files takes the parameter.
[[nodiscard]] constexpr bool is_accepted(Scope scope, bool live) noexcept {
    return scope != (live ? Scope::kRead : Scope::kRun);
}

// Checks what no single parameter can: columns that need others. Called once all are applied.
[[nodiscard]] Result<void> validate(const Settings& settings);

}  // namespace flowgauge
