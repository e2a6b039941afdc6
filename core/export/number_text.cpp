#include "core/export/number_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace flowgauge {
namespace {

constexpr std::size_t kNumberTextMax = 32;

template <typename... Format>
void append_chars(std::string& out, auto value, Format... format) {
    std::array<char, kNumberTextMax> text{};
    const auto result = std::to_chars(text.data(), text.data() + text.size(), value, format...);
    out.append(text.data(), result.ptr);
}

}  // namespace

void append_number(std::string& out, std::uint64_t value) {
    append_chars(out, value);
}

void append_number(std::string& out, std::int64_t value) {
    append_chars(out, value);
}

void append_number(std::string& out, double value) {
    constexpr double kFixedMin = 1e-4;
    constexpr double kFixedEnd = 1e16;
    const double magnitude = std::fabs(value);
    const bool fixed = magnitude == 0 || (magnitude >= kFixedMin && magnitude < kFixedEnd);
    const std::size_t begin = out.size();
    append_chars(out, value, fixed ? std::chars_format::fixed : std::chars_format::scientific);
    if (fixed && std::string_view(out).find('.', begin) == std::string_view::npos) {
        out += ".0";
    }
}

}  // namespace flowgauge
