// QueueOutlet: a shard's outlet into the queues of all sinks.
#pragma once

#include "core/flow/record_outlet.h"
#include "export/sink/record_queue.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace flowgauge {

// A record goes into the queue of each sink and back to its owner when the last one has read it.
// Thread: the shard's worker; dropped() may be read by any. Ownership: refers to queues and owner.
class QueueOutlet final : public RecordOutlet {
public:
    // `waits`: for a sink that does not keep up, which is for files, and for live capture once it
    // has stopped. Otherwise the record is dropped there and counted.
    explicit QueueOutlet(bool waits) noexcept : waits_(waits) {}
    QueueOutlet(const std::vector<RecordQueue*>& queues, bool waits) : waits_(waits) {
        connect(queues);
    }

    // Requires: both called once, before the first record; 1 to 255 queues.
    void connect(const std::vector<RecordQueue*>& queues);
    void attach(RecordOwner& owner) noexcept { owner_ = &owner; }

    void set_waits(bool waits) noexcept { waits_ = waits; }

    [[nodiscard]] bool emit(const FlowRecord& record) override;
    void reached(Tick moment) override;

    // Releases what has come back and wakes the sinks for what was emitted.
    void turn();

    // No record follows.
    void close();

    // Waits until every record has come back. Requires: closed.
    void wait_until_empty();

    // Records that were offered to each sink. Thread: the worker's.
    [[nodiscard]] std::uint64_t emitted() const noexcept { return emitted_; }

    // Of those: not taken by the queue of sink number `sink`, for want of room.
    [[nodiscard]] std::uint64_t dropped(std::size_t sink) const noexcept {
        return targets_[sink]->dropped.load(std::memory_order_relaxed);
    }

    // As of all sinks together.
    [[nodiscard]] std::uint64_t dropped() const noexcept;

private:
    struct Target {
        explicit Target(RecordQueue& own) noexcept : queue(own) {}

        RecordQueue& queue;
        std::atomic<std::uint64_t> dropped{0};
    };

    [[nodiscard]] bool emit_to_one(const FlowRecord& record);
    [[nodiscard]] bool emit_to_all(const FlowRecord& record);
    [[nodiscard]] bool offer(Target& target, const FlowRecord& record);
    void reclaim(Target& target);

    std::vector<std::unique_ptr<Target>> targets_;
    bool waits_;
    RecordOwner* owner_ = nullptr;
    std::uint32_t unannounced_ = 0;
    std::uint64_t emitted_ = 0;
};

}  // namespace flowgauge
