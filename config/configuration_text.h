// Texts made of the table: the configuration file in force, and the one of all defaults.
#pragma once

#include "config/settings.h"

#include <string>

namespace flowgauge {

// All keys with their values in force, in the order of the schema: a file that loads as the same
// settings.
[[nodiscard]] std::string effective_text(const Settings& settings);

// All keys with their defaults and what they mean. An input and a sink stand there as comments.
[[nodiscard]] std::string defaults_text();

// JSON Schema (draft 7) of the file, for editors.
[[nodiscard]] std::string json_schema_text();

// flowgauge.yaml(5) in pandoc's Markdown.
[[nodiscard]] std::string manual_text();

}  // namespace flowgauge
