#include "export/text/number_text.h"

#include <charconv>
#include <cmath>
#include <string_view>

namespace flowgauge {
namespace {

// Below this a double that has no fraction is exactly an integer of 64 bits.
constexpr double kIntegerEnd = 9007199254740992.0;  // 2^53

// Means and deviations of few values often have no fraction, or a half: no search for the shortest
// digits then.
char* write_simple(char* out, double value) noexcept {
    const auto twice = static_cast<std::int64_t>(2 * value);
    out = write_number(out, twice / 2);
    *out++ = '.';
    *out++ = twice % 2 == 0 ? '0' : '5';
    return out;
}

bool is_simple(double value) noexcept {
    return value >= 0 && value < kIntegerEnd / 2 && !std::signbit(value) &&
           2 * value == std::floor(2 * value);
}

}  // namespace

char* write_number(char* out, std::uint64_t value) noexcept {
    if (value < 10) {
        *out = static_cast<char>('0' + value);
        return out + 1;
    }
    return std::to_chars(out, out + kNumberTextMax, value).ptr;
}

char* write_number(char* out, std::int64_t value) noexcept {
    if (value >= 0) {
        return write_number(out, static_cast<std::uint64_t>(value));
    }
    return std::to_chars(out, out + kNumberTextMax, value).ptr;
}

char* write_number(char* out, double value) noexcept {
    if (is_simple(value)) {
        return write_simple(out, value);
    }
    constexpr double kFixedMin = 1e-4;
    constexpr double kFixedEnd = 1e16;
    const double magnitude = std::fabs(value);
    if (magnitude != 0 && (magnitude < kFixedMin || magnitude >= kFixedEnd)) {
        return std::to_chars(out, out + kNumberTextMax, value, std::chars_format::scientific).ptr;
    }
    char* end = std::to_chars(out, out + kNumberTextMax, value, std::chars_format::fixed).ptr;
    const std::string_view text(out, static_cast<std::size_t>(end - out));
    if (magnitude >= kIntegerEnd / 2 || value < 0 || magnitude == 0) {
        if (text.find('.') == std::string_view::npos) {
            *end++ = '.';
            *end++ = '0';
        }
    }
    return end;
}

}  // namespace flowgauge
