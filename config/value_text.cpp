#include "config/value_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <string>
#include <utility>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;

Error usage(std::string message) {
    return {ErrorKind::kUsage, std::move(message)};
}

std::string quoted(std::string_view text) {
    return "\"" + std::string(text) + "\"";
}

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

// Splits "120s" and multiplies. Returns nothing when the text is no such thing or does not fit.
template <std::size_t N>
bool scale(
    std::string_view text, const std::array<Unit, N>& units, std::uint64_t bare, std::uint64_t& out
) {
    std::uint64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{}) {
        return false;
    }
    const std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
    std::uint64_t factor = bare;
    if (!name.empty()) {
        const auto unit = std::ranges::find(units, name, &Unit::name);
        if (unit == units.end()) {
            return false;
        }
        factor = unit->factor;
    }
    return !__builtin_mul_overflow(number, factor, &out);
}

}  // namespace

Result<std::uint64_t> parse_integer(
    std::string_view text, std::uint64_t minimum, std::uint64_t maximum
) {
    std::uint64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size() || value < minimum ||
        value > maximum) {
        const bool open_ended = maximum == std::numeric_limits<std::uint64_t>::max();
        return usage(
            quoted(text) + " is not a whole number " +
            (open_ended ? "of at least " + std::to_string(minimum)
                        : "from " + std::to_string(minimum) + " to " + std::to_string(maximum))
        );
    }
    return value;
}

Result<bool> parse_bool(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    for (const std::string_view yes : {"true", "yes", "on", "1"}) {
        if (lower == yes) {
            return true;
        }
    }
    for (const std::string_view no : {"false", "no", "off", "0"}) {
        if (lower == no) {
            return false;
        }
    }
    return usage(quoted(text) + " is neither true nor false");
}

Result<milliseconds> parse_duration(std::string_view text, milliseconds bare) {
    constexpr std::array<Unit, 5> kUnits{
        {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
    std::uint64_t value = 0;
    if (!scale(text, kUnits, static_cast<std::uint64_t>(bare.count()), value)) {
        return usage(quoted(text) + " is not a duration; write it as 120s, 500ms, 2m, 1h or 1d");
    }
    constexpr auto kMax = static_cast<std::uint64_t>(milliseconds::max().count());
    return milliseconds(static_cast<std::int64_t>(std::min(value, kMax)));
}

Result<std::uint64_t> parse_size(std::string_view text) {
    constexpr std::array<Unit, 4> kUnits{
        {{"B", 1},
         {"KiB", std::uint64_t{1} << 10},
         {"MiB", std::uint64_t{1} << 20},
         {"GiB", std::uint64_t{1} << 30}}};
    std::uint64_t value = 0;
    if (!scale(text, kUnits, 1, value)) {
        return usage(quoted(text) + " is not a size; write it as 64MiB, 512KiB, 1GiB or 100B");
    }
    return value;
}

}  // namespace flowgauge
