// Writes text as a JSON string.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace flowgauge {

// Bytes that a JSON string of a text with `bytes` bytes has at most.
[[nodiscard]] constexpr std::size_t json_string_max(std::size_t bytes) noexcept {
    return 6 * bytes + 2;
}

// Writes `text` in quotes, with the escapes of RFC 8259 section 7 and U+FFFD for what is no UTF-8,
// and returns the end. Requires: room for json_string_max(). Cost: eight bytes a step over ASCII
// that needs no escape.
char* write_json_string(char* out, std::string_view text) noexcept;

void append_json_string(std::string& out, std::string_view text);

}  // namespace flowgauge
