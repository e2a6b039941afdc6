// Parameter: one thing an operator can set: a key of the configuration file, an option of the
// command line, or both. The table of all is what both readers, every listing, the JSON Schema and
// the manual are made of; names are NFStream's where NFStream has it.
#pragma once

#include "config/field.h"
#include "config/settings.h"
#include "config/value.h"
#include "core/base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace flowgauge {

// For which command an option has a meaning.
enum class Scope : std::uint8_t {
    kBoth,
    kRead,
    kRun,
    kLive,  // has an effect only live; with files it is accepted, as NFStream does, and said so
};

struct Parameter {
    std::string_view path{};  // key: "flows.idle_timeout", "inputs[].files"; empty: an option only
    std::string_view option{};  // with underscores; the option has dashes; empty: a key only
    std::string_view group{};   // heading in the help
    Scope scope = Scope::kBoth;
    bool live = false;            // `systemctl reload flowgauge` applies it
    std::uint8_t sink_types = 0;  // bits of SinkType that the key is for; 0: all
    ValueType type;
    Field field;
    std::string_view value_name{};  // of the value in the help, if the kind does not say it
    std::string_view help;          // a sentence without its default
};

// All parameters, in the order of the example configuration, options without a key last.
[[nodiscard]] std::span<const Parameter> all_parameters();

// The parameter with this option ("idle_timeout") or key ("inputs[].files"), or null.
[[nodiscard]] const Parameter* find_option(std::string_view option);
[[nodiscard]] const Parameter* find_key(std::string_view path);

// "--idle-timeout" of "idle_timeout".
[[nodiscard]] std::string option_name(const Parameter& parameter);

// "a flow without a packet for this long is over (120s)".
[[nodiscard]] std::string help_text(const Parameter& parameter);

// "ipfix, kafka: " of a key that is only for sinks of these types; else empty.
[[nodiscard]] std::string sink_types_text(const Parameter& parameter);

// What stands for the value in the help: "TIME", "csv|jsonl".
[[nodiscard]] std::string value_name_text(const Parameter& parameter);

// The default as text; empty where there is none.
[[nodiscard]] std::string default_text(const Parameter& parameter);

// Whether the option may stand without a value, meaning true.
[[nodiscard]] bool is_switch(const Parameter& parameter) noexcept;

// Whether the command for live capture (`live`) or for files takes the parameter.
[[nodiscard]] constexpr bool is_accepted(Scope scope, bool live) noexcept {
    return scope != (live ? Scope::kRead : Scope::kRun);
}

// Reads `text` and puts it into its place. `parts` stay as they are when it fails.
[[nodiscard]] Result<void> apply(
    const Parameter& parameter, Parts& parts, std::string_view text, Units units
);
// The same for a list of a file.
[[nodiscard]] Result<void> apply_items(
    const Parameter& parameter, Parts& parts, std::vector<std::string> items
);

// The value in force, as apply() reads it; the elements of a list separated by commas.
[[nodiscard]] std::string print(const Parameter& parameter, const Parts& parts);

}  // namespace flowgauge
