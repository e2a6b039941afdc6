// ShardClock: from the kernel's stamps to the even time of one worker's shard.
#pragma once

#include "sensor/system_clock.h"

#include <chrono>
#include <cstdint>

namespace flowgauge {

// Where one ring stands among the eras of the system's clock. Its frames come in order, so it only
// moves on.
struct RingClock {
    std::uint64_t era = 0;
    std::int64_t offset = 0;    // of that era
    KernelTime not_before = 0;  // shard time; no frame that follows was received earlier
};

// Thread: the worker's. Ownership: refers to the system's clock.
class ShardClock {
public:
    // Frames may be up to `ring_delay` old when the ring that holds them still looks empty.
    ShardClock(SystemClock& clock, std::chrono::nanoseconds ring_delay);

    // Reads the clocks; call it in each turn, before rings are looked at. Returns shard time.
    KernelTime look();

    // Shard time at the last look.
    [[nodiscard]] KernelTime now() const noexcept { return now_; }

    // The steady clock at the last look, for waiting.
    [[nodiscard]] KernelTime steady() const noexcept { return steady_; }

    // The latest era, from 0.
    [[nodiscard]] std::uint64_t era() const noexcept { return era_; }
    [[nodiscard]] ClockEra era_at(std::uint64_t number) const { return clock_.era(number); }
    [[nodiscard]] std::int64_t offset() const noexcept { return offset_; }

    // When a frame of this ring was received, in shard time.
    [[nodiscard]] KernelTime time_of(RingClock& ring, KernelTime stamp) {
        const KernelTime time = stamp + static_cast<KernelTime>(ring.offset);
        if (time + kSlack >= ring.not_before && time <= now_ + kSlack) [[likely]] {
            ring.not_before = time > ring.not_before ? time : ring.not_before;
            return time;
        }
        return find_era(ring, stamp);
    }

    // The ring was empty at the last look: what comes was received not long before.
    void note_empty(RingClock& ring) const noexcept {
        const KernelTime earliest = now_ - ring_delay_;
        ring.not_before = earliest > ring.not_before ? earliest : ring.not_before;
    }

private:
    // Stamps of one ring may go back by a little, and the clock is adjusted.
    static constexpr KernelTime kSlack = SystemClock::kStepMin / 4;

    KernelTime find_era(RingClock& ring, KernelTime stamp);
    [[nodiscard]] bool try_era(RingClock& ring, KernelTime stamp, std::uint64_t era);

    SystemClock& clock_;
    KernelTime ring_delay_;
    KernelTime now_ = 0;
    KernelTime steady_ = 0;
    std::uint64_t era_ = 0;
    std::int64_t offset_ = 0;      // of era_
    std::int64_t difference_ = 0;  // system minus steady at the last look
    KernelTime looked_ = 0;        // steady, when the shared clock was last asked
};

}  // namespace flowgauge
