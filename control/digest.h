// Digests of text.
#pragma once

#include <string>
#include <string_view>

namespace flowgauge {

// SHA-256 (FIPS 180-4) of `text` in lower-case hexadecimal digits.
[[nodiscard]] std::string sha256_of(std::string_view text);

}  // namespace flowgauge
