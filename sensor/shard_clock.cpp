#include "sensor/shard_clock.h"

#include <cstdlib>

namespace flowgauge {

ShardClock::ShardClock(SystemClock& clock, std::chrono::nanoseconds ring_delay)
    : clock_(clock),
      ring_delay_(in_nanoseconds(ring_delay)) {
    const ClockReading reading = clock_.read();
    difference_ = static_cast<std::int64_t>(reading.system - reading.steady);
    era_ = clock_.look(reading, reading.system) - 1;
    offset_ = clock_.era(era_).offset;
    steady_ = reading.steady;
    now_ = reading.system + static_cast<KernelTime>(offset_);
}

KernelTime ShardClock::look() {
    const ClockReading reading = clock_.read();
    const auto difference = static_cast<std::int64_t>(reading.system - reading.steady);
    const bool stepped =
        std::abs(difference - difference_) >= static_cast<std::int64_t>(SystemClock::kStepMin);
    if (stepped || reading.steady - looked_ >= kNanosecondsPerSecond) {
        looked_ = reading.steady;
        // Not earlier than the last look: there the old era was still in force.
        era_ = clock_.look(reading, now_) - 1;
        offset_ = clock_.era(era_).offset;
        difference_ = difference;
    }
    steady_ = reading.steady;
    now_ = reading.system + static_cast<KernelTime>(offset_);
    return now_;
}

// The stamp does not fit into the ring's era: the system's clock was set, before the last look or
// after it. The first era that fits is the one: frames come in order.
KernelTime ShardClock::find_era(RingClock& ring, KernelTime stamp) {
    look();
    for (std::uint64_t era = ring.era; era <= era_; ++era) {
        if (try_era(ring, stamp, era)) {
            return stamp + static_cast<KernelTime>(ring.offset);
        }
    }
    // None fits: the stamp is not the clock's. It is taken as it is; the shard's clock never falls.
    ring.era = era_;
    ring.offset = offset_;
    ring.not_before = stamp + static_cast<KernelTime>(offset_);
    return ring.not_before;
}

bool ShardClock::try_era(RingClock& ring, KernelTime stamp, std::uint64_t era) {
    const std::int64_t offset = clock_.era(era).offset;
    const KernelTime time = stamp + static_cast<KernelTime>(offset);
    if (time + kSlack < ring.not_before || time > now_ + kSlack) {
        return false;
    }
    ring.era = era;
    ring.offset = offset;
    ring.not_before = time > ring.not_before ? time : ring.not_before;
    return true;
}

}  // namespace flowgauge
