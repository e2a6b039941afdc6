#include "export/text/number_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
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

// The two digits of each number below 100, one behind the other.
constexpr std::array<char, 200> kPairs = [] {
    std::array<char, 200> pairs{};
    for (std::size_t i = 0; i < 100; ++i) {
        pairs[2 * i] = static_cast<char>('0' + i / 10);
        pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return pairs;
}();

constexpr std::uint32_t kFourDigits = 10'000;
constexpr std::uint32_t kEightDigits = 100'000'000;

char* write_pair(char* out, std::uint32_t value) noexcept {
    std::memcpy(out, &kPairs[2 * value], 2);
    return out + 2;
}

char* write_four(char* out, std::uint32_t value) noexcept {
    return write_pair(write_pair(out, value / 100), value % 100);
}

char* write_eight(char* out, std::uint32_t value) noexcept {
    return write_four(write_four(out, value / kFourDigits), value % kFourDigits);
}

// Without leading zeros; value < 10^4.
char* write_short(char* out, std::uint32_t value) noexcept {
    if (value < 10) {
        *out = static_cast<char>('0' + value);
        return out + 1;
    }
    if (value < 100) {
        return write_pair(out, value);
    }
    if (value < 1000) {
        *out = static_cast<char>('0' + value / 100);
        return write_pair(out + 1, value % 100);
    }
    return write_four(out, value);
}

// Without leading zeros; value < 10^8.
char* write_medium(char* out, std::uint32_t value) noexcept {
    if (value < kFourDigits) {
        return write_short(out, value);
    }
    return write_four(write_short(out, value / kFourDigits), value % kFourDigits);
}

}  // namespace

// Most numbers are short, and times have 13 digits: divisions of 32 bits and no loop.
char* write_number(char* out, std::uint64_t value) noexcept {
    if (value < kEightDigits) {
        return write_medium(out, static_cast<std::uint32_t>(value));
    }
    const std::uint64_t high = value / kEightDigits;
    if (high < kEightDigits) {
        out = write_medium(out, static_cast<std::uint32_t>(high));
    } else {
        out = write_short(out, static_cast<std::uint32_t>(high / kEightDigits));
        out = write_eight(out, static_cast<std::uint32_t>(high % kEightDigits));
    }
    return write_eight(out, static_cast<std::uint32_t>(value % kEightDigits));
}

char* write_number(char* out, std::int64_t value) noexcept {
    if (value >= 0) {
        return write_number(out, static_cast<std::uint64_t>(value));
    }
    *out++ = '-';
    return write_number(out, std::uint64_t{0} - static_cast<std::uint64_t>(value));
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
