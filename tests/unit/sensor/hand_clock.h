// HandClock: both clocks of the machine, moved by hand.
#pragma once

#include "sensor/system_clock.h"

#include <atomic>
#include <chrono>

namespace flowgauge::test {

// Begins on 2026-01-01 00:00:00 UTC. Thread: any.
class HandClock final : public ClockSource {
public:
    static constexpr KernelTime kBegin = 1'767'225'600 * kNanosecondsPerSecond;

    [[nodiscard]] ClockReading read() const noexcept override {
        const KernelTime passed = passed_.load();
        return {
            .system = kBegin + passed + static_cast<KernelTime>(set_.load()), .steady = passed + 1};
    }

    // Time passes.
    void pass(std::chrono::nanoseconds time) { passed_ += in_nanoseconds(time); }

    // Somebody sets the system's clock.
    void set_by(std::chrono::nanoseconds step) { set_ += step.count(); }

    // What the kernel would stamp now.
    [[nodiscard]] CaptureTime stamp() const { return capture_time(read().system); }

private:
    std::atomic<KernelTime> passed_{0};
    std::atomic<std::int64_t> set_{0};
};

}  // namespace flowgauge::test
