#include "export/sink/record_queue.h"

#include <bit>

namespace flowgauge {

RecordQueue::RecordQueue(
    std::size_t capacity, Wakeup& sink_wakeup, RecordConsumer* consumer, std::uint32_t worker
)
    : mask_(std::bit_ceil(capacity) - 1),
      forth_(mask_ + 1),
      back_(mask_ + 1),
      sink_wakeup_(sink_wakeup),
      consumer_(consumer),
      worker_(worker) {}

bool RecordQueue::push(const FlowRecord& record) noexcept {
    const std::uint64_t position = pushed_.load(std::memory_order_relaxed);
    if (position - reclaimed_ > mask_) {
        return false;
    }
    forth_[position & mask_] = record;
    pushed_.store(position + 1, std::memory_order_release);
    return true;
}

void RecordQueue::wait_for_room() {
    const std::uint32_t ticket = room_.ticket();
    if (returned_.load(std::memory_order_acquire) == reclaimed_) {
        wake_sink();
        if (consumer_ == nullptr) {
            room_.wait(ticket);
        }
    }
}

void RecordQueue::close() {
    closed_.store(true, std::memory_order_release);
    wake_sink();
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

void RecordQueue::fetch_ahead(std::size_t cold_bytes) const noexcept {
    constexpr std::uint64_t kAhead = 4;
    constexpr std::size_t kLineBytes = 64;
    if (popped_ + kAhead >= pushed_seen_) {
        return;
    }
    const FlowRecord& record = forth_[(popped_ + kAhead) & mask_];
    const auto* flow = reinterpret_cast<const std::byte*>(record.flow);
    __builtin_prefetch(flow);
    __builtin_prefetch(flow + kLineBytes);
    for (std::size_t at = 0; at < cold_bytes; at += kLineBytes) {
        __builtin_prefetch(record.cold + at);
    }
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
