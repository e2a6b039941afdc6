// RecordQueue: records on their way from one worker to one sink, and their slots on the way back.
//
// Two rings of equal size, one in each direction. Records are pointers into the shard's memory and
// are never copied: the sink reads them in place and gives them back. As many records may be under
// way as one ring holds, so that neither can overflow.
#pragma once

#include "core/base/time.h"
#include "core/base/wakeup.h"
#include "core/flow/flow.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace flowgauge {

// A sink without a thread of its own. Thread: the producer's.
class RecordConsumer {
public:
    virtual ~RecordConsumer() = default;

    // Takes every record that waits, and gives it back.
    virtual void take_waiting() = 0;
};

// Thread: one producer (the worker), one consumer (the sink). Memory order: each position is
// written by one side with release and read by the other with acquire, so the entries before it are
// visible.
class RecordQueue {
public:
    // With `consumer` there is no thread to wake: the producer calls it instead.
    // Requires: `capacity` > 0 records; `sink_wakeup` and `consumer` outlive the queue.
    RecordQueue(
        std::size_t capacity,
        Wakeup& sink_wakeup,
        RecordConsumer* consumer = nullptr,
        std::uint32_t worker = 0
    );

    // The number of the producer.
    [[nodiscard]] std::uint32_t worker() const noexcept { return worker_; }

    // Producer ------------------------------------------------------------------------------------

    // Returns false when as many records are under way as there is room for.
    [[nodiscard]] bool push(const FlowRecord& record) noexcept;

    // Makes sure that the sink looks; cheap enough for every block, too dear for every record.
    void wake_sink() {
        if (consumer_ != nullptr) {
            consumer_->take_waiting();
        } else {
            sink_wakeup_.signal();
        }
    }

    // All records that end before `moment` have been pushed.
    void set_reached(Tick moment) noexcept { reached_.store(moment, std::memory_order_release); }

    // Hands every record that came back to `release`.
    template <typename Release>
    void reclaim(Release&& release) {
        const std::uint64_t end = returned_.load(std::memory_order_acquire);
        for (; reclaimed_ < end; ++reclaimed_) {
            release(back_[reclaimed_ & mask_]);
        }
    }

    // Sleeps until records have come back. Requires: reclaim() was called and push() failed.
    void wait_for_room();

    // No record follows.
    void close();

    // Consumer ------------------------------------------------------------------------------------

    // The next record, or nullptr when none is there yet.
    [[nodiscard]] const FlowRecord* front() noexcept;

    // Fetches a record that comes a little after front(), with its first `cold_bytes`: it lies in
    // the caches of the core that made it.
    void fetch_ahead(std::size_t cold_bytes) const noexcept;

    // Takes front() off; give_back() follows once it was written. Requires: front().
    void pop() noexcept { ++popped_; }
    void give_back(const FlowRecord& record) noexcept;

    // The consumer is about to sleep: the producer must not, while there is room.
    void wake_producer() noexcept { room_.signal(); }

    [[nodiscard]] Tick reached() const noexcept { return reached_.load(std::memory_order_acquire); }

    // Whether the producer is done. When so, front() decides whether anything is left.
    [[nodiscard]] bool is_closed() const noexcept {
        return closed_.load(std::memory_order_acquire);
    }

    // Any thread: records pushed and not yet given back, about.
    [[nodiscard]] std::uint64_t under_way() const noexcept {
        return pushed_.load(std::memory_order_relaxed) - returned_.load(std::memory_order_relaxed);
    }

    // Any thread: records pushed since the start. Whoever has seen that one was taken, sees it
    // counted here.
    [[nodiscard]] std::uint64_t pushed() const noexcept {
        return pushed_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::size_t capacity() const noexcept { return forth_.size(); }

private:
    static constexpr std::size_t kCacheLineBytes = 64;

    std::uint64_t mask_;
    std::vector<FlowRecord> forth_;
    std::vector<FlowRecord> back_;
    Wakeup& sink_wakeup_;
    RecordConsumer* consumer_;
    std::uint32_t worker_;
    Wakeup room_;

    alignas(kCacheLineBytes) std::atomic<std::uint64_t> pushed_{0};
    std::atomic<Tick> reached_{0};
    std::atomic<bool> closed_{false};
    std::uint64_t reclaimed_ = 0;  // producer's own

    alignas(kCacheLineBytes) std::atomic<std::uint64_t> returned_{0};
    std::uint64_t popped_ = 0;       // consumer's own
    std::uint64_t pushed_seen_ = 0;  // consumer's copy of pushed_
};

}  // namespace flowgauge
