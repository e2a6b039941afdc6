// QueueOutlet: a shard's outlet into the queue of a sink.
#pragma once

#include "core/flow/flow_shard.h"
#include "core/flow/record_outlet.h"

#include <atomic>
#include <cstdint>

#include "export/sink/record_queue.h"

namespace flowgauge {

// What a worker does when its sink does not keep up.
enum class WhenFull : std::uint8_t {
    kWait,        // files, and live capture once it has stopped: nobody is hurt by waiting
    kDropNewest,  // live capture: a worker never waits for a sink
};

// Thread: the shard's worker; dropped() may be read by any. Ownership: refers to queue and shard.
class QueueOutlet final : public RecordOutlet {
public:
    QueueOutlet(RecordQueue& queue, WhenFull when_full) noexcept
        : queue_(queue),
          when_full_(when_full) {}

    // Requires: called once, before the first record.
    void attach(FlowShard& shard) noexcept { shard_ = &shard; }

    void set_when_full(WhenFull when_full) noexcept { when_full_ = when_full; }

    [[nodiscard]] bool emit(const FlowRecord& record) override;
    void reached(Tick moment) override;

    // Releases what has come back and wakes the sink for what was emitted.
    void turn();

    // Waits until every record has come back. Requires: the queue is closed.
    void wait_until_empty();

    // Records that were offered; the dropped ones among them. Thread: the worker's.
    [[nodiscard]] std::uint64_t emitted() const noexcept { return emitted_; }

    [[nodiscard]] std::uint64_t dropped() const noexcept {
        return dropped_.load(std::memory_order_relaxed);
    }

private:
    void reclaim();

    RecordQueue& queue_;
    WhenFull when_full_;
    FlowShard* shard_ = nullptr;
    std::uint32_t unannounced_ = 0;
    std::uint64_t emitted_ = 0;
    std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace flowgauge
