#include "export/sink/record_merge.h"

#include "core/flow/record_order.h"

#include <algorithm>

namespace flowgauge {

RecordMerge::RecordMerge(
    std::size_t workers,
    std::size_t queue_records,
    bool ordered,
    Wakeup& wakeup,
    RecordConsumer* consumer
)
    : ordered_(ordered) {
    for (std::size_t i = 0; i < workers; ++i) {
        const auto worker = static_cast<std::uint32_t>(i);
        queues_.push_back(std::make_unique<RecordQueue>(queue_records, wakeup, consumer, worker));
    }
}

// Unordered queues take turns; ordered ones give the earliest record, once no other queue can bring
// an earlier one.
RecordQueue* RecordMerge::next() {
    if (!ordered_) {
        return next_in_turn();
    }
    RecordQueue* first = nullptr;
    for (const std::unique_ptr<RecordQueue>& queue : queues_) {
        const FlowRecord* record = queue->front();
        if (record != nullptr && (first == nullptr || written_before(*record, *first->front()))) {
            first = queue.get();
        }
    }
    return first != nullptr && may_precede(*first->front(), first) ? first : nullptr;
}

RecordQueue* RecordMerge::next_in_turn() {
    for (std::size_t i = 0; i < queues_.size(); ++i) {
        RecordQueue& queue = *queues_[turn_++ % queues_.size()];
        if (queue.front() != nullptr) {
            return &queue;
        }
    }
    return nullptr;
}

// A queue without a record has promised to bring none before reached(). The promise is read first:
// a record pushed before it is then seen. One pushed since next() looked may come before `record`.
bool RecordMerge::may_precede(const FlowRecord& record, const RecordQueue* own) {
    return std::ranges::all_of(queues_, [&](const std::unique_ptr<RecordQueue>& other) {
        if (other.get() == own) {
            return true;
        }
        const bool done = other->is_closed();
        const Tick reached = other->reached();
        if (const FlowRecord* theirs = other->front(); theirs != nullptr) {
            return !written_before(*theirs, record);
        }
        return done || reached > record.moment || (record.unordered && reached >= record.moment);
    });
}

bool RecordMerge::all_closed() const noexcept {
    return std::ranges::all_of(queues_, [](const auto& queue) { return queue->is_closed(); });
}

void RecordMerge::wake_producers() noexcept {
    for (const std::unique_ptr<RecordQueue>& queue : queues_) {
        queue->wake_producer();
    }
}

void RecordMerge::close_all() {
    for (const std::unique_ptr<RecordQueue>& queue : queues_) {
        queue->close();
    }
}

}  // namespace flowgauge
