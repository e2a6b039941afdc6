#include "python/src/batch_queue.h"

#include <utility>

namespace flowgauge {

BatchQueue::BatchQueue(std::size_t batches_max, std::function<void()> arrived)
    : batches_max_(batches_max),
      arrived_(std::move(arrived)) {}

void BatchQueue::put(std::unique_ptr<Batch> batch) {
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] {
            return abandoned_ || batches_max_ == 0 || batches_.size() < batches_max_;
        });
        // Objects of Python in it are for whoever takes it; nobody else may touch them.
        if (!abandoned_ || !batch->objects.empty()) {
            batches_.push_back(std::move(batch));
        }
    }
    changed_.notify_all();
    if (arrived_) {
        arrived_();
    }
}

void BatchQueue::end() {
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
    }
    changed_.notify_all();
}

void BatchQueue::abandon() noexcept {
    {
        const std::lock_guard lock(mutex_);
        abandoned_ = true;
    }
    changed_.notify_all();
}

bool BatchQueue::is_abandoned() const {
    const std::lock_guard lock(mutex_);
    return abandoned_;
}

bool BatchQueue::has_batches() const {
    const std::lock_guard lock(mutex_);
    return !batches_.empty();
}

BatchQueue::State BatchQueue::take(
    std::unique_ptr<Batch>& out, std::chrono::milliseconds patience
) {
    {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, patience, [this] { return ended_ || !batches_.empty(); });
        if (batches_.empty()) {
            return ended_ ? State::kEnd : State::kNothingYet;
        }
        out = std::move(batches_.front());
        batches_.pop_front();
    }
    changed_.notify_all();
    return State::kBatch;
}

}  // namespace flowgauge
