// RecordMerge: the queues of all workers seen as one, in turns or in the order of rows.
#pragma once

#include "core/base/wakeup.h"
#include "export/sink/record_queue.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace flowgauge {

// Thread: made by one, then the consumer's. Ownership: owns the queues; each has a worker at its
// other end.
class RecordMerge {
public:
    // `ordered`: rows by moment and key over all queues. `consumer` as of RecordQueue.
    RecordMerge(
        std::size_t workers,
        std::size_t queue_records,
        bool ordered,
        Wakeup& wakeup,
        RecordConsumer* consumer
    );

    [[nodiscard]] RecordQueue& queue(std::size_t worker) noexcept { return *queues_[worker]; }
    [[nodiscard]] const RecordQueue& queue(std::size_t worker) const noexcept {
        return *queues_[worker];
    }
    [[nodiscard]] std::size_t workers() const noexcept { return queues_.size(); }

    // The order does not matter any more.
    void set_unordered() noexcept { ordered_ = false; }

    // The queue whose front() comes next; nullptr when there is none yet.
    [[nodiscard]] RecordQueue* next();

    [[nodiscard]] bool all_closed() const noexcept;
    void wake_producers() noexcept;
    void close_all();

private:
    [[nodiscard]] RecordQueue* next_in_turn();
    [[nodiscard]] bool may_precede(const FlowRecord& record, const RecordQueue* own);

    std::vector<std::unique_ptr<RecordQueue>> queues_;
    std::size_t turn_ = 0;
    bool ordered_;
};

}  // namespace flowgauge
