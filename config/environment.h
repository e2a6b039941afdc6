// What the environment adds to a configuration: ${VAR} in values, and FLOWGAUGE__section__key.
#pragma once

#include "config/draft.h"
#include "core/base/result.h"

#include <map>
#include <string>
#include <string_view>

namespace flowgauge {

using Environment = std::map<std::string, std::string>;

// The text of a value with ${VAR} and ${VAR:-default} replaced. It comes after parsing, so what a
// variable holds cannot add keys. "$${" stands for "${". Errors: a variable that is not set and has
// no default; more than 64 KiB.
[[nodiscard]] Result<std::string> expand_variables(
    std::string_view text, const Environment& environment
);

// Puts FLOWGAUGE__flows__idle_timeout and, for an input or sink that a file names,
// FLOWGAUGE__sinks__disk__path into the draft, over what is there. A list is separated by commas.
void override_from_environment(const Environment& environment, Draft& draft, Problems& problems);

// A text that expand_variables() turns into `text`.
[[nodiscard]] std::string without_variables(const std::string& text);

}  // namespace flowgauge
