// Writes text as a JSON string.
#pragma once

#include <string>
#include <string_view>

namespace flowgauge {

// Appends `text` in quotes with the escapes of RFC 8259 section 7. Requires: UTF-8.
void append_json_string(std::string& out, std::string_view text);

}  // namespace flowgauge
