// RingSet: the rings of one worker, one for each interface of the input, as one source of frames in
// the order of time.
#pragma once

#include "capture/ring_source.h"
#include "sensor/shard_clock.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace flowgauge {

// Thread: the worker's. Ownership: refers to rings, which stay until detach() has given them back.
//
// Frames carry shard time and their observation point. With several rings a frame is shown once no
// other ring can bring an earlier one: a ring that was empty at the last look brings none that was
// received more than `ring_delay` before.
class RingSet {
public:
    // `ring_delay`: the longest time that the kernel keeps a frame to itself.
    RingSet(ShardClock& clock, std::chrono::nanoseconds ring_delay);

    void attach(RingSource& ring, std::uint8_t observation_point);

    // No frame comes to this ring any more. It leaves by itself once it is empty `ring_delay` from
    // now; take_detached() returns it then.
    void retire(const RingSource& ring);
    [[nodiscard]] RingSource* take_detached();

    // Whether frames come from one ring alone, so that none can overtake another.
    [[nodiscard]] bool is_alone(std::uint32_t workers) const noexcept {
        return workers == 1 && rings_.size() == 1;
    }

    // Begins a turn: what is empty now is looked at again. Requires: ShardClock::look() before it.
    void begin_turn();

    // The frame that comes next, or nullptr when there is none yet. Stays until pop().
    [[nodiscard]] const Frame* peek() { return has_head_ ? head_ : next_head(); }

    // Whether pop() gives a block back, and with it the bytes of every frame in it.
    [[nodiscard]] bool ends_block() const noexcept { return rings_[current_].source->ends_block(); }

    void pop() noexcept;

    // Everything received up to here has been shown. Requires: peek() returned nullptr.
    [[nodiscard]] KernelTime reached() const noexcept { return delivered_; }

    // Waits until a block may be ready or the time is over.
    void wait(std::chrono::milliseconds timeout) noexcept;

    void stop_reception() noexcept;

    // Sums over the rings that there are and those that have left.
    [[nodiscard]] RingStatistics read_statistics() noexcept;

    // The longest run of full blocks since the last call, of the fullest ring, as share of 1000.
    [[nodiscard]] std::uint32_t take_block_streak() noexcept;

private:
    struct Ring {
        RingSource* source = nullptr;
        RingClock clock;
        std::uint8_t observation_point = 0;
        bool was_empty = false;             // in this turn
        std::optional<KernelTime> retired;  // steady time
        KernelTime head_time = 0;           // of its head, unless it was empty
    };

    [[nodiscard]] const Frame* next_head();
    [[nodiscard]] bool select();
    [[nodiscard]] bool load(Ring& ring);
    void show(Ring& ring);
    void drop_retired(std::size_t index);

    ShardClock& clock_;
    KernelTime ring_delay_;
    std::vector<Ring> rings_;
    std::vector<RingSource*> detached_;
    RingStatistics of_detached_;
    std::size_t current_ = 0;   // whose frame comes next
    KernelTime until_ = 0;      // as long as its time is not beyond this
    KernelTime delivered_ = 0;  // nothing earlier can come from a ring that is empty
    bool has_head_ = false;
    const Frame* head_ = nullptr;
    Frame shown_;  // the head, where its time had to be changed
};

}  // namespace flowgauge
