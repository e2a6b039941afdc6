// Reads the values of parameters from text. Errors are kUsage and say what would have been right.
#pragma once

#include "core/base/result.h"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace flowgauge {

// A whole number from `minimum` to `maximum`.
[[nodiscard]] Result<std::uint64_t> parse_integer(
    std::string_view text, std::uint64_t minimum, std::uint64_t maximum
);

// true, false, yes, no, on, off, 1 or 0, in any case.
[[nodiscard]] Result<bool> parse_bool(std::string_view text);

// "120s", "1500ms", "2m", "1h", "1d"; a bare number counts in `bare` (NFStream's unit of it).
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(
    std::string_view text, std::chrono::milliseconds bare
);

// "64MiB", "512KiB", "1GiB", "100B"; a bare number counts bytes.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);

}  // namespace flowgauge
