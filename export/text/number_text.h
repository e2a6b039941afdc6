// Writes numbers as Python writes them, which is what NFStream's CSV has and pandas reads back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace flowgauge {

// Longest text of a number: a negative double with 17 digits in fixed notation.
constexpr std::size_t kNumberTextMax = 32;

// Each writes `value` at `out` and returns the end of the text. Requires: room for kNumberTextMax.
char* write_number(char* out, std::uint64_t value) noexcept;
char* write_number(char* out, std::int64_t value) noexcept;

// Python's repr(float): the shortest digits that read back as `value`; fixed notation for decimal
// exponents from -4 to 15, always with a fraction; 1e-05 and 1e+16 beyond.
char* write_number(char* out, double value) noexcept;

template <typename Number>
void append_number(std::string& out, Number value) {
    char text[kNumberTextMax];
    out.append(text, write_number(text, value));
}

}  // namespace flowgauge
