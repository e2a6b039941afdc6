#include "export/sink/queue_outlet.h"

namespace flowgauge {

bool QueueOutlet::emit(const FlowRecord& record) {
    ++emitted_;
    reclaim();
    while (!queue_.push(record)) {
        if (when_full_ == WhenFull::kDropNewest) {
            dropped_.store(dropped_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
            return false;
        }
        queue_.wait_for_room();
        reclaim();
    }
    constexpr std::uint32_t kAnnounceEvery = 64;
    if (++unannounced_ == kAnnounceEvery) {
        unannounced_ = 0;
        queue_.wake_sink();
    }
    return true;
}

void QueueOutlet::reached(Tick moment) {
    queue_.set_reached(moment);
    turn();
}

void QueueOutlet::turn() {
    reclaim();
    unannounced_ = 0;
    queue_.wake_sink();
}

void QueueOutlet::wait_until_empty() {
    reclaim();
    while (queue_.under_way() != 0) {
        queue_.wait_for_room();
        reclaim();
    }
    reclaim();  // what came back between the last look and the condition
}

void QueueOutlet::reclaim() {
    queue_.reclaim([this](const FlowRecord& record) { shard_->release(record); });
}

}  // namespace flowgauge
