#include "core/export/record_queue.h"

#include <bit>

namespace flowgauge {

RecordQueue::RecordQueue(std::size_t capacity, Wakeup& sink_wakeup)
    : mask_(std::bit_ceil(capacity) - 1),
      forth_(mask_ + 1),
      back_(mask_ + 1),
      sink_wakeup_(sink_wakeup) {}

bool RecordQueue::push(const FlowRecord& record) noexcept {
    const std::uint64_t position = pushed_.load(std::memory_order_relaxed);
    if (position - reclaimed_ > mask_) {
        return false;
    }
    forth_[position & mask_] = record;
    pushed_.store(position + 1, std::memory_order_release);
    return true;
}

void RecordQueue::wait_for_room() noexcept {
    const std::uint32_t ticket = room_.ticket();
    if (returned_.load(std::memory_order_acquire) == reclaimed_) {
        sink_wakeup_.signal();
        room_.wait(ticket);
    }
}

void RecordQueue::close() noexcept {
    closed_.store(true, std::memory_order_release);
    sink_wakeup_.signal();
}

const FlowRecord* RecordQueue::front() noexcept {
    if (popped_ == pushed_seen_) {
        pushed_seen_ = pushed_.load(std::memory_order_acquire);
        if (popped_ == pushed_seen_) {
            return nullptr;
        }
    }
    return &forth_[popped_ & mask_];
}

void RecordQueue::give_back(const FlowRecord& record) noexcept {
    const std::uint64_t position = returned_.load(std::memory_order_relaxed);
    back_[position & mask_] = record;
    returned_.store(position + 1, std::memory_order_release);
    // The producer may sleep for room; waking it for each record would cost more than the record.
    constexpr std::uint64_t kWakeEvery = 64;
    if ((position + 1) % kWakeEvery == 0) {
        room_.signal();
    }
}

}  // namespace flowgauge
