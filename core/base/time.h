// The two times of a packet: as the capture stamped it, and quantised to the unit of the records.
//
// Nothing below daemon/ reads a clock: a replayed capture must give the flows of the live link.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace flowgauge {

// Time stamp of a frame, since 1970 UTC. Wide enough for any pcapng stamp (64 bits of microseconds
// reach the year 586,000), which no single 64-bit count of nanoseconds is.
struct CaptureTime {
    std::uint64_t seconds = 0;
    std::uint32_t nanoseconds = 0;  // below 1e9

    friend auto operator<=>(const CaptureTime&, const CaptureTime&) = default;
};

// A point in time or a duration in the unit of the records (TimeUnit). Every comparison, timeout,
// duration and inter-arrival time uses it, so that means and deviations agree with NFStream's.
using Tick = std::int64_t;

constexpr Tick kTickMax = std::numeric_limits<Tick>::max();

// Unit of exported times; also the suffix of their column names.
enum class TimeUnit : std::uint8_t { kMilliseconds, kMicroseconds, kNanoseconds };

[[nodiscard]] constexpr Tick ticks_per_second(TimeUnit unit) noexcept {
    switch (unit) {
    case TimeUnit::kMilliseconds:
        return 1'000;
    case TimeUnit::kMicroseconds:
        return 1'000'000;
    case TimeUnit::kNanoseconds:
        return 1'000'000'000;
    }
    return 1'000;
}

[[nodiscard]] constexpr std::string_view suffix(TimeUnit unit) noexcept {
    switch (unit) {
    case TimeUnit::kMilliseconds:
        return "ms";
    case TimeUnit::kMicroseconds:
        return "us";
    case TimeUnit::kNanoseconds:
        return "ns";
    }
    return "ms";
}

// Returns `time` in `unit`, truncated, or nothing when 63 bits cannot hold it.
[[nodiscard]] constexpr std::optional<Tick> quantise(CaptureTime time, TimeUnit unit) noexcept {
    const auto per_second = static_cast<std::uint64_t>(ticks_per_second(unit));
    if (time.seconds >= static_cast<std::uint64_t>(kTickMax) / per_second) {
        return std::nullopt;
    }
    const std::uint64_t fraction = time.nanoseconds / (1'000'000'000 / per_second);
    return static_cast<Tick>(time.seconds * per_second + fraction);
}

}  // namespace flowgauge
