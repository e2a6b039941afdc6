// SHA-256 (FIPS 180-4), for short texts. Plugins stand on the SDK alone, so they have their own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace flowgauge::plugins {

[[nodiscard]] std::array<std::uint8_t, 32> sha256(std::string_view text);

// The first `digits` hexadecimal digits of it. Requires: digits <= 64.
[[nodiscard]] std::string sha256_hex(std::string_view text, std::size_t digits);

}  // namespace flowgauge::plugins
