// Digests and the text forms of bytes that go with them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace flowgauge {

using Sha256 = std::array<std::uint8_t, 32>;

// SHA-256 (FIPS 180-4) of `text`, and the same in lower-case hexadecimal digits.
[[nodiscard]] Sha256 sha256(std::string_view text);
[[nodiscard]] std::string sha256_of(std::string_view text);

// Base64 with padding and without line breaks (RFC 4648 section 4).
[[nodiscard]] std::string base64_of(std::string_view text);

// Takes equally long wherever the two differ.
[[nodiscard]] bool equal_in_constant_time(const Sha256& a, const Sha256& b);

}  // namespace flowgauge
