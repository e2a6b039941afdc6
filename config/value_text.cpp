#include "config/value_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <span>
#include <string>
#include <utility>

namespace flowgauge {
namespace {

using std::chrono::microseconds;

Error usage(std::string message) {
    return {ErrorKind::kUsage, std::move(message)};
}

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array<Unit, 6> kDurationUnits{
    {{"d", 86'400'000'000},
     {"h", 3'600'000'000},
     {"m", 60'000'000},
     {"s", 1'000'000},
     {"ms", 1'000},
     {"us", 1}}};
constexpr std::array<Unit, 4> kSizeUnits{
    {{"GiB", std::uint64_t{1} << 30},
     {"MiB", std::uint64_t{1} << 20},
     {"KiB", std::uint64_t{1} << 10},
     {"B", 1}}};

enum class Scaling : std::uint8_t { kDone, kNotThat, kNoUnit };

// Splits "120s" and multiplies. `bare` is the factor without unit, 0 for none.
Scaling scale(
    std::string_view text, std::span<const Unit> units, std::uint64_t bare, std::uint64_t& out
) {
    std::uint64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{}) {
        return Scaling::kNotThat;
    }
    const std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
    std::uint64_t factor = bare;
    if (!name.empty()) {
        const auto unit = std::ranges::find(units, name, &Unit::name);
        if (unit == units.end()) {
            return Scaling::kNotThat;
        }
        factor = unit->factor;
    }
    if (factor == 0) {
        return Scaling::kNoUnit;
    }
    return __builtin_mul_overflow(number, factor, &out) ? Scaling::kNotThat : Scaling::kDone;
}

// In the largest unit that leaves no rest, but never in `except`. Requires: a unit of 1.
std::string in_largest_unit(
    std::uint64_t count, std::span<const Unit> units, std::string_view except
) {
    const auto unit = std::ranges::find_if(units, [&](const Unit& each) {
        return each.name != except && count % each.factor == 0;
    });
    return std::to_string(count / unit->factor) + std::string(unit->name);
}

std::string unit_error(Scaling scaling, std::string_view text, std::string_view what) {
    return in_quotes(text) +
           (scaling == Scaling::kNoUnit ? " has no unit" : " is not a " + std::string(what));
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
        if (minimum == maximum) {
            return usage(in_quotes(text) + " is not " + std::to_string(minimum));
        }
        return usage(
            in_quotes(text) + " is not a whole number " +
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
    return usage(in_quotes(text) + " is neither true nor false");
}

Result<microseconds> parse_duration(std::string_view text, microseconds bare) {
    constexpr auto kMax = static_cast<std::uint64_t>(microseconds::max().count());
    std::uint64_t value = 0;
    Scaling scaling = scale(text, kDurationUnits, static_cast<std::uint64_t>(bare.count()), value);
    if (scaling == Scaling::kDone && value > kMax) {
        scaling = Scaling::kNotThat;
    }
    if (scaling != Scaling::kDone) {
        return usage(
            unit_error(scaling, text, "duration") + "; write it as 120s, 500ms, 2m, 1h or 1d"
        );
    }
    return microseconds(static_cast<std::int64_t>(value));
}

Result<std::uint64_t> parse_size(std::string_view text, bool bare_allowed) {
    std::uint64_t value = 0;
    const Scaling scaling = scale(text, kSizeUnits, bare_allowed ? 1 : 0, value);
    if (scaling != Scaling::kDone) {
        return usage(
            unit_error(scaling, text, "size") + "; write it as 64MiB, 512KiB, 1GiB or 100B"
        );
    }
    return value;
}

std::string duration_text(microseconds duration) {
    const auto count = static_cast<std::uint64_t>(duration.count());
    if (count == 0) {
        return "0s";
    }
    // Minutes are left out: NFStream's timeouts are read as seconds.
    return in_largest_unit(count, kDurationUnits, "m");
}

std::string size_text(std::uint64_t bytes) {
    if (bytes == 0) {
        return "0B";
    }
    return in_largest_unit(bytes, kSizeUnits, "");
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t kShownMax = 60;
    std::string shown(text.substr(0, kShownMax));
    for (char& c : shown) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            c = '?';
        }
    }
    return "\"" + shown + (text.size() > kShownMax ? "..." : "") + "\"";
}

}  // namespace flowgauge
