// KernelTime: nanoseconds since 1970, as rings stamp frames, and the way from and to CaptureTime.
#pragma once

#include "core/base/time.h"

#include <chrono>
#include <cstdint>

namespace flowgauge {

using KernelTime = std::uint64_t;

constexpr KernelTime kEndOfTime = ~KernelTime{0};
constexpr KernelTime kNanosecondsPerSecond = 1'000'000'000;
constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;

[[nodiscard]] constexpr KernelTime kernel_time(CaptureTime time) noexcept {
    return time.seconds * kNanosecondsPerSecond + time.nanoseconds;
}

[[nodiscard]] constexpr CaptureTime capture_time(KernelTime time) noexcept {
    return {
        .seconds = time / kNanosecondsPerSecond,
        .nanoseconds = static_cast<std::uint32_t>(time % kNanosecondsPerSecond)};
}

[[nodiscard]] constexpr KernelTime in_nanoseconds(std::chrono::nanoseconds duration) noexcept {
    return static_cast<KernelTime>(duration.count());
}

}  // namespace flowgauge
