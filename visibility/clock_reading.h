// The kernel's clocks as nanoseconds.
#pragma once

#include <cstdint>
#include <ctime>

namespace flowgauge {

// Errors: none, for clocks that every Linux has.
[[nodiscard]] inline std::int64_t read_clock(clockid_t clock) noexcept {
    constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
    timespec time{};
    ::clock_gettime(clock, &time);
    return time.tv_sec * kNanosecondsPerSecond + time.tv_nsec;
}

// Of the processor, by the calling thread.
[[nodiscard]] inline std::uint64_t thread_cpu_time() noexcept {
    return static_cast<std::uint64_t>(read_clock(CLOCK_THREAD_CPUTIME_ID));
}

}  // namespace flowgauge
