#include "export/terminal/quantity_text.h"

#include <array>
#include <charconv>
#include <chrono>
#include <string_view>

namespace flowgauge {
namespace {

// From these on a value has one and no digit behind the point. They lie half a last digit below
// 10, 100 and 1000, so that rounding never adds a digit.
constexpr double kTen = 9.995;
constexpr double kHundred = 99.95;
constexpr double kThousand = 999.5;

std::string fixed(double value, int decimals) {
    std::array<char, 32> text{};
    const auto result = std::to_chars(
        text.data(), text.data() + text.size(), value, std::chars_format::fixed, decimals
    );
    return {text.data(), result.ptr};
}

int decimals_of(double value) {
    if (value < kTen) {
        return 2;
    }
    return value < kHundred ? 1 : 0;
}

// A value as three digits of the largest unit that leaves it at least 1, or nearly.
struct Scaled {
    double value;
    std::size_t unit;
};

Scaled scale(double value, double step) {
    std::size_t unit = 0;
    while (value >= kThousand) {
        value /= step;
        ++unit;
    }
    return {.value = value, .unit = unit};
}

constexpr double kKibi = 1024;

std::string two_digits(std::uint64_t value) {
    return (value < 10 ? "0" : "") + std::to_string(value);
}

// From a minute on.
std::string long_duration(std::uint64_t seconds) {
    constexpr std::uint64_t kMinute = 60;
    constexpr std::uint64_t kHour = 3600;
    constexpr std::uint64_t kDay = 86400;
    constexpr std::uint64_t kDaysMax = 9999;
    if (seconds < kHour) {
        return std::to_string(seconds / kMinute) + "m" + two_digits(seconds % kMinute) + "s";
    }
    if (seconds < kDay) {
        return std::to_string(seconds / kHour) + "h" + two_digits(seconds % kHour / kMinute) + "m";
    }
    const std::uint64_t days = seconds / kDay;
    if (days < 100) {
        return std::to_string(days) + "d" + two_digits(seconds % kDay / kHour) + "h";
    }
    return days > kDaysMax ? ">9999d" : std::to_string(days) + "d";
}

}  // namespace

std::string grouped(std::uint64_t value) {
    std::string digits = std::to_string(value);
    for (std::size_t at = digits.size(); at > 3; at -= 3) {
        digits.insert(at - 3, ",");
    }
    return digits;
}

std::string short_count(std::uint64_t value) {
    constexpr std::uint64_t kPlainMax = 99'999;
    if (value <= kPlainMax) {
        return std::to_string(value);
    }
    constexpr std::string_view kUnits = " kMGTPE";
    const Scaled scaled = scale(static_cast<double>(value), 1000);
    return fixed(scaled.value, decimals_of(scaled.value)) + kUnits[scaled.unit];
}

std::string bytes_text(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 7> kUnits{
        " B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
    const Scaled scaled = scale(static_cast<double>(bytes), kKibi);
    const int decimals = scaled.unit == 0 ? 0 : decimals_of(scaled.value);
    return fixed(scaled.value, decimals) + std::string(kUnits[scaled.unit]);
}

std::string bytes_in_unit_of(std::uint64_t bytes, std::uint64_t whole) {
    const Scaled scaled = scale(static_cast<double>(whole), kKibi);
    auto value = static_cast<double>(bytes);
    for (std::size_t unit = 0; unit < scaled.unit; ++unit) {
        value /= kKibi;
    }
    return fixed(value, scaled.unit == 0 ? 0 : decimals_of(scaled.value));
}

std::string duration_text(Tick duration, TimeUnit unit) {
    if (duration <= 0) {
        return "0s";
    }
    const Tick per_second = ticks_per_second(unit);
    if (duration / per_second >= 60) {
        return long_duration(static_cast<std::uint64_t>(duration / per_second));
    }
    const Tick nanoseconds = duration * (1'000'000'000 / per_second);
    if (nanoseconds >= 1'000'000'000) {
        const double seconds = static_cast<double>(nanoseconds) / 1e9;
        return fixed(seconds, decimals_of(seconds)) + "s";
    }
    if (nanoseconds >= 1'000'000) {
        return std::to_string(nanoseconds / 1'000'000) + "ms";
    }
    return nanoseconds >= 1'000 ? std::to_string(nanoseconds / 1'000) + "us"
                                : std::to_string(nanoseconds) + "ns";
}

std::string share_text(std::uint64_t part, std::uint64_t whole) {
    if (whole == 0) {
        return "-";
    }
    return fixed(100.0 * static_cast<double>(part) / static_cast<double>(whole), 1) + "%";
}

std::string utc_text(Tick time, TimeUnit unit) {
    using std::chrono::days;
    const Tick seconds = time / ticks_per_second(unit);
    constexpr Tick kYear10000 = 253'402'300'800;
    if (seconds < 0 || seconds >= kYear10000) {
        return "@" + std::to_string(seconds) + " s";
    }
    constexpr Tick kDay = 86400;
    const std::chrono::year_month_day date{std::chrono::sys_days(days(seconds / kDay))};
    const auto of_day = static_cast<std::uint64_t>(seconds % kDay);
    return std::to_string(static_cast<int>(date.year())) + "-" +
           two_digits(static_cast<unsigned>(date.month())) + "-" +
           two_digits(static_cast<unsigned>(date.day())) + " " + two_digits(of_day / 3600) + ":" +
           two_digits(of_day / 60 % 60) + ":" + two_digits(of_day % 60);
}

}  // namespace flowgauge
