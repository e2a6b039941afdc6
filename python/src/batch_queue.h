// BatchQueue: batches on their way from the sink of a run to Python.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "python/src/batch.h"

namespace flowgauge {

// Thread: one puts, one takes; end(), abandon() and is_abandoned() any.
class BatchQueue {
public:
    // Room for `batches_max`, 0: for all. `arrived` is called after each batch that was put.
    explicit BatchQueue(std::size_t batches_max, std::function<void()> arrived = {});

    // Waits for room. After abandon() the batch goes, and nothing waits.
    void put(std::unique_ptr<Batch> batch);

    // Nothing follows.
    void end();

    // Nobody takes anything any more.
    void abandon() noexcept;
    [[nodiscard]] bool is_abandoned() const;

    enum class State : std::uint8_t { kBatch, kNothingYet, kEnd };

    // Takes the next batch, for which it waits at most `patience`.
    [[nodiscard]] State take(std::unique_ptr<Batch>& out, std::chrono::milliseconds patience);

    [[nodiscard]] bool has_batches() const;

private:
    std::size_t batches_max_;
    std::function<void()> arrived_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::unique_ptr<Batch>> batches_;
    bool ended_ = false;
    bool abandoned_ = false;
};

}  // namespace flowgauge
