#include "sensor/ring_set.h"

#include <poll.h>

#include <algorithm>
#include <array>

namespace flowgauge {
namespace {

void add(RingStatistics& sum, const RingStatistics& more) noexcept {
    sum.packets += more.packets;
    sum.drops += more.drops;
    sum.freezes += more.freezes;
    sum.blocks += more.blocks;
    sum.polls += more.polls;
    sum.truncated_frames += more.truncated_frames;
    sum.network_down_events += more.network_down_events;
}

}  // namespace

RingSet::RingSet(ShardClock& clock, std::chrono::nanoseconds ring_delay)
    : clock_(clock),
      ring_delay_(in_nanoseconds(ring_delay)) {
    rings_.reserve(kObservationPointsMax);
}

void RingSet::attach(RingSource& ring, std::uint8_t observation_point) {
    Ring added;
    added.source = &ring;
    added.observation_point = observation_point;
    added.clock = {
        .era = clock_.era(), .offset = clock_.offset(), .not_before = clock_.now() - ring_delay_};
    rings_.push_back(added);
}

void RingSet::retire(const RingSource& ring) {
    for (Ring& own : rings_) {
        if (own.source == &ring && !own.retired) {
            own.retired = clock_.now();
        }
    }
}

RingSource* RingSet::take_detached() {
    if (detached_.empty()) {
        return nullptr;
    }
    RingSource* ring = detached_.back();
    detached_.pop_back();
    return ring;
}

void RingSet::begin_turn() {
    delivered_ = clock_.now() - ring_delay_;
    until_ = 0;  // select anew: rings that were empty may have frames
    for (std::size_t i = rings_.size(); i > 0; --i) {
        Ring& ring = rings_[i - 1];
        const bool over = ring.retired && clock_.now() >= *ring.retired + 2 * ring_delay_;
        if (over && !(has_head_ && current_ == i - 1) && ring.source->peek() == nullptr) {
            drop_retired(i - 1);
            continue;
        }
        ring.was_empty = false;
    }
}

void RingSet::drop_retired(std::size_t index) {
    RingSource* ring = rings_[index].source;
    add(of_detached_, ring->read_statistics());
    detached_.push_back(ring);
    rings_.erase(rings_.begin() + static_cast<std::ptrdiff_t>(index));
    if (current_ > index) {
        --current_;
    } else if (current_ == index) {
        current_ = 0;
    }
}

// Looks at the ring's head. Returns false when it is empty.
bool RingSet::load(Ring& ring) {
    if (ring.was_empty) {
        return false;
    }
    const Frame* frame = ring.source->peek();
    if (frame == nullptr) {
        ring.was_empty = true;
        clock_.note_empty(ring.clock);
        return false;
    }
    ring.head_time = clock_.time_of(ring.clock, kernel_time(frame->time));
    return true;
}

const Frame* RingSet::next_head() {
    if (rings_.empty()) {
        return nullptr;
    }
    // As long as the ring that was chosen brings the earliest, the others need not be looked at.
    const bool goes_on =
        until_ != 0 && load(rings_[current_]) && rings_[current_].head_time <= until_;
    if (!goes_on && !select()) {
        return nullptr;
    }
    show(rings_[current_]);
    return head_;
}

// Chooses the ring with the earliest head, and until when it stays the one.
bool RingSet::select() {
    KernelTime first = kEndOfTime;
    KernelTime second = kEndOfTime;
    for (std::size_t i = 0; i < rings_.size(); ++i) {
        const bool has_frame = load(rings_[i]);
        const KernelTime time =
            has_frame ? rings_[i].head_time : (rings_.size() == 1 ? kEndOfTime : delivered_);
        if (has_frame && time < first) {
            second = std::min(second, first);
            first = time;
            current_ = i;
        } else {
            second = std::min(second, time);
        }
    }
    until_ = second;
    return first != kEndOfTime && first <= second;
}

void RingSet::show(Ring& ring) {
    head_ = ring.source->peek();
    has_head_ = true;
    if (ring.clock.offset != 0 || ring.observation_point != 0) {
        shown_ = *head_;
        shown_.time = capture_time(ring.head_time);
        shown_.observation_point = ring.observation_point;
        head_ = &shown_;
    }
}

void RingSet::pop() noexcept {
    has_head_ = false;
    rings_[current_].source->pop();
}

// A ring whose head is held back would wake us at once: time is what it waits for.
void RingSet::wait(std::chrono::milliseconds timeout) noexcept {
    if (rings_.size() == 1) {
        static_cast<void>(rings_.front().source->wait(timeout));
        return;
    }
    std::array<pollfd, kObservationPointsMax> wanted{};
    KernelTime held_until = kEndOfTime;
    for (std::size_t i = 0; i < rings_.size(); ++i) {
        const bool held = !rings_[i].was_empty;
        wanted[i] = {
            .fd = held ? -1 : rings_[i].source->descriptor(), .events = POLLIN, .revents = 0};
        held_until = held ? std::min(held_until, rings_[i].head_time) : held_until;
    }
    if (held_until > delivered_) {
        const KernelTime rest = (held_until - delivered_) / kNanosecondsPerMillisecond + 1;
        timeout = std::min(timeout, std::chrono::milliseconds(std::min<KernelTime>(rest, 1000)));
    }
    static_cast<void>(::poll(wanted.data(), rings_.size(), static_cast<int>(timeout.count())));
    for (std::size_t i = 0; i < rings_.size(); ++i) {
        if ((wanted[i].revents & POLLERR) != 0) {
            static_cast<void>(rings_[i].source->wait(std::chrono::milliseconds(0)));
        }
    }
}

void RingSet::stop_reception() noexcept {
    for (const Ring& ring : rings_) {
        ring.source->stop_reception();
    }
}

RingStatistics RingSet::read_statistics() noexcept {
    RingStatistics sum = of_detached_;
    for (const Ring& ring : rings_) {
        add(sum, ring.source->read_statistics());
    }
    return sum;
}

std::uint32_t RingSet::take_block_streak() noexcept {
    std::uint32_t worst = 0;
    for (const Ring& ring : rings_) {
        worst = std::max(worst, ring.source->take_block_streak());
    }
    return worst;
}

}  // namespace flowgauge
