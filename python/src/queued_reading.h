// QueuedReading: what readings of files and of interfaces have in common: the queue to Python, and
// what is known at the end.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "python/src/reading.h"

namespace flowgauge {

// Ownership: of the plan and the queue. Lines and threads are the derived class's, and so end
// before.
class QueuedReading : public Reading {
public:
    // Requires of the derived class: abandons in its destructor, where stop() is still its own.
    ~QueuedReading() override = default;
    QueuedReading(const QueuedReading&) = delete;
    QueuedReading& operator=(const QueuedReading&) = delete;

    void abandon() noexcept final {
        stop();
        if (queue_ != nullptr) {
            queue_->abandon();
        }
    }
    [[nodiscard]] const std::vector<Error>& problems() const noexcept final { return problems_; }
    [[nodiscard]] std::uint64_t packets() const noexcept final { return packets_; }
    [[nodiscard]] const std::shared_ptr<const BatchSchema>& schema() const noexcept final {
        return schema_;
    }

protected:
    explicit QueuedReading(ReadingPlan plan) : plan_(std::move(plan)) {}

    // The sink of the run. Queue and schema are there from now on; whoever made the plan is told.
    [[nodiscard]] Result<std::unique_ptr<LineSink>> open_sink(
        std::uint32_t workers, std::function<void()> arrived
    ) {
        Result<ReadingOutput> output = open_reading_output(plan_, workers, std::move(arrived));
        if (!output) {
            return std::move(output).error();
        }
        queue_ = std::move(output.value().queue);
        schema_ = std::move(output.value().schema);
        if (plan_.prepared) {
            plan_.prepared(*this);
        }
        return std::move(output.value().sink);
    }

    // What the line said when it was joined: of interest to whoever still waits for records.
    void note_written(Result<void> written) {
        if (!written && !queue_->is_abandoned()) {
            problems_.push_back(std::move(written).error());
        }
    }

    ReadingPlan plan_;
    std::shared_ptr<BatchQueue> queue_;
    std::shared_ptr<const BatchSchema> schema_;
    std::vector<Error> problems_;
    std::uint64_t packets_ = 0;
};

// Kind: a class of readings with open().
template <typename Kind>
[[nodiscard]] Result<std::unique_ptr<Reading>> open_reading(ReadingPlan plan) {
    auto reading = std::make_unique<Kind>(std::move(plan));
    if (Result<void> opened = reading->open(); !opened) {
        return std::move(opened).error();
    }
    return std::unique_ptr<Reading>(std::move(reading));
}

}  // namespace flowgauge
