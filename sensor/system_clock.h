// SystemClock: the two clocks of the machine, and the steps of the one that is set by hand.
//
// The kernel stamps frames with CLOCK_REALTIME, which may be set forward and back. Flows must not
// feel that: a shard's time is the stamp plus an offset that absorbs every step (shard_clock.h).
#pragma once

#include "sensor/kernel_time.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

namespace flowgauge {

struct ClockReading {
    KernelTime system = 0;  // CLOCK_REALTIME: what frames are stamped with
    KernelTime steady =
        0;  // CLOCK_BOOTTIME: nobody sets it, and it goes on while the machine sleeps
};

// Thread: any. Tests put another one in place.
class ClockSource {
public:
    virtual ~ClockSource() = default;
    [[nodiscard]] virtual ClockReading read() const noexcept = 0;
};

class MachineClock final : public ClockSource {
public:
    [[nodiscard]] ClockReading read() const noexcept override;
};

// The time between two steps of the system's clock.
struct ClockEra {
    std::int64_t offset = 0;  // shard time is the system's time plus this; whole milliseconds
    KernelTime began = 0;     // shard time; the step came at most one look later
};

// All steps so far, the same for all workers: whoever sees one first notes it. Thread: any. Bound:
// the last kErasKept are kept.
class SystemClock {
public:
    static constexpr std::size_t kErasKept = 16;

    // A step of less is the system's clock being adjusted, and is followed.
    static constexpr KernelTime kStepMin = 1'000'000'000;

    // Requires: `source` outlives it.
    explicit SystemClock(const ClockSource& source) noexcept;

    [[nodiscard]] ClockReading read() const noexcept { return source_.read(); }

    // Compares `reading` with what was known. A step since then begins an era that `began` says
    // when, in shard time. Returns the number of eras, from 1. Takes a lock: call it when a step is
    // suspected, and every second to follow slow adjustment.
    std::uint64_t look(const ClockReading& reading, KernelTime began);

    // Era number `number`, from 0; of those that were forgotten, the oldest that is kept.
    [[nodiscard]] ClockEra era(std::uint64_t number) const;

    // For the operator: steps so far, and their sum.
    [[nodiscard]] std::uint64_t steps() const noexcept {
        return count_.load(std::memory_order_acquire) - 1;
    }

private:
    const ClockSource& source_;
    mutable std::mutex mutex_;
    std::int64_t difference_;  // system minus steady when last looked at
    std::array<ClockEra, kErasKept> eras_{};
    std::atomic<std::uint64_t> count_{1};
};

}  // namespace flowgauge
