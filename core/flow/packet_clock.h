// PacketClock: turns the time stamps of packets into one clock that never runs backwards.
#pragma once

#include "core/base/time.h"
#include "core/packet/packet.h"

#include <algorithm>

namespace flowgauge {

// Quantises first, then takes the latest time seen (NFStream's rule): a packet stamped earlier than
// one before it counts as simultaneous with that one. Thread: one.
class PacketClock {
public:
    explicit PacketClock(TimeUnit unit) noexcept : unit_(unit) {}

    // Sets packet.tick. Returns false, and stands still, when the unit cannot hold the time.
    [[nodiscard]] bool stamp(Packet& packet) noexcept {
        const std::optional<Tick> tick = quantise(packet.time, unit_);
        if (!tick) {
            return false;
        }
        now_ = std::max(now_, *tick);
        packet.tick = now_;
        return true;
    }

    // Moves on to `time` without a packet; never back.
    void advance(CaptureTime time) noexcept {
        if (const std::optional<Tick> tick = quantise(time, unit_); tick) {
            now_ = std::max(now_, *tick);
        }
    }

    [[nodiscard]] Tick now() const noexcept { return now_; }

private:
    TimeUnit unit_;
    Tick now_ = 0;
};

}  // namespace flowgauge
