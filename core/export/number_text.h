// Writes numbers as Python writes them, which is what NFStream's CSV has and pandas reads back.
#pragma once

#include <cstdint>
#include <string>

namespace flowgauge {

void append_number(std::string& out, std::uint64_t value);
void append_number(std::string& out, std::int64_t value);

// Python's repr(float): the shortest digits that read back as `value`; fixed notation for decimal
// exponents from -4 to 15, always with a fraction; 1e-05 and 1e+16 beyond.
void append_number(std::string& out, double value);

}  // namespace flowgauge
