// UTF-8 for readers that insist on it: what is ill-formed becomes U+FFFD.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace flowgauge {

// U+FFFD, which stands for what could not be read.
constexpr std::string_view kReplacementCharacter = "\xef\xbf\xbd";

// The longest beginning of a text that is one character, or that cannot be the beginning of one: a
// "maximal subpart of an ill-formed subsequence" (Unicode 15, section 3.9), which is replaced as
// one.
struct Utf8Sequence {
    std::uint8_t bytes = 0;
    bool well_formed = false;
};

// Requires: text is not empty.
[[nodiscard]] Utf8Sequence first_utf8_sequence(std::string_view text) noexcept;

// Bytes before the first ill-formed sequence: all of them when `text` is UTF-8 (RFC 3629). Cost:
// eight bytes a step over ASCII.
[[nodiscard]] std::size_t count_utf8_bytes(std::string_view text) noexcept;

[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
    return count_utf8_bytes(text) == text.size();
}

// Appends `text`, every ill-formed sequence of it replaced, as Python's decode(errors="replace")
// and browsers do.
void append_utf8(std::string& out, std::string_view text);

}  // namespace flowgauge
