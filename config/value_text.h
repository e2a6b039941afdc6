// Reads the values of parameters from text. Errors are kUsage and say what would have been right.
#pragma once

#include "core/base/result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace flowgauge {

// A whole number from `minimum` to `maximum`.
[[nodiscard]] Result<std::uint64_t> parse_integer(
    std::string_view text, std::uint64_t minimum, std::uint64_t maximum
);

// true, false, yes, no, on, off, 1 or 0, in any case.
[[nodiscard]] Result<bool> parse_bool(std::string_view text);

// "120s", "1500ms", "0us", "2m", "1h", "1d". A bare number counts in `bare` (NFStream's unit of
// it), and is an error if that is 0.
[[nodiscard]] Result<std::chrono::microseconds> parse_duration(
    std::string_view text, std::chrono::microseconds bare
);

// "64MiB", "512KiB", "1GiB", "100B"; a bare number counts bytes, unless a unit is required.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text, bool bare_allowed);

// What the two above read as the same value: "120s", "1h", "64MiB", "1536B".
[[nodiscard]] std::string duration_text(std::chrono::microseconds duration);
[[nodiscard]] std::string size_text(std::uint64_t bytes);

// The text in quotes, as a message shows what an operator wrote: in one line, cut when long.
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace flowgauge
