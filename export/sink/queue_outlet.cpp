#include "export/sink/queue_outlet.h"

namespace flowgauge {

void QueueOutlet::connect(const std::vector<RecordQueue*>& queues) {
    for (RecordQueue* queue : queues) {
        targets_.push_back(std::make_unique<Target>(*queue));
    }
}

bool QueueOutlet::emit(const FlowRecord& record) {
    ++emitted_;
    const bool held = targets_.size() == 1 ? emit_to_one(record) : emit_to_all(record);
    constexpr std::uint32_t kAnnounceEvery = 64;
    if (++unannounced_ == kAnnounceEvery) {
        unannounced_ = 0;
        for (const std::unique_ptr<Target>& target : targets_) {
            target->queue.wake_sink();
        }
    }
    return held;
}

bool QueueOutlet::emit_to_one(const FlowRecord& record) {
    Target& target = *targets_.front();
    reclaim(target);
    return offer(target, record);
}

// The number of readers is there before the first of them can give the record back, which is
// noticed on this thread.
bool QueueOutlet::emit_to_all(const FlowRecord& record) {
    record.flow->readers = static_cast<std::uint8_t>(targets_.size());
    for (const std::unique_ptr<Target>& target : targets_) {
        reclaim(*target);
        if (!offer(*target, record)) {
            --record.flow->readers;
        }
    }
    return record.flow->readers != 0;
}

bool QueueOutlet::offer(Target& target, const FlowRecord& record) {
    while (!target.queue.push(record)) {
        if (!waits_) {
            target.dropped.store(
                target.dropped.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed
            );
            return false;
        }
        target.queue.wait_for_room();
        reclaim(target);
    }
    return true;
}

void QueueOutlet::reached(Tick moment) {
    for (const std::unique_ptr<Target>& target : targets_) {
        target->queue.set_reached(moment);
    }
    turn();
}

void QueueOutlet::turn() {
    unannounced_ = 0;
    for (const std::unique_ptr<Target>& target : targets_) {
        reclaim(*target);
        target->queue.wake_sink();
    }
}

void QueueOutlet::close() {
    for (const std::unique_ptr<Target>& target : targets_) {
        target->queue.close();
    }
}

void QueueOutlet::wait_until_empty() {
    for (const std::unique_ptr<Target>& target : targets_) {
        reclaim(*target);
        while (target->queue.under_way() != 0) {
            target->queue.wait_for_room();
            reclaim(*target);
        }
        reclaim(*target);  // what came back between the last look and the condition
    }
}

std::uint64_t QueueOutlet::dropped() const noexcept {
    std::uint64_t sum = 0;
    for (std::size_t sink = 0; sink < targets_.size(); ++sink) {
        sum += dropped(sink);
    }
    return sum;
}

void QueueOutlet::reclaim(Target& target) {
    target.queue.reclaim([this](const FlowRecord& record) {
        if (targets_.size() == 1 || --record.flow->readers == 0) {
            owner_->release(record);
        }
    });
}

}  // namespace flowgauge
