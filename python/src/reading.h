// Reading: a run of the sensor's parts whose records go to Python, or to files that Python asked
// for.
#pragma once

#include "config/settings.h"
#include "core/base/result.h"
#include "pipeline/line_sink.h"

#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "python/src/batch_encoder.h"
#include "python/src/batch_queue.h"
#include "python/src/numbered_files.h"

namespace flowgauge {

// What a run is to do, beside its settings.
struct ReadingPlan {
    Settings settings;  // `sources` are files, or `inputs` has one interface

    bool is_live = false;

    // Whoever takes records turns the wheel: everything happens on the thread that calls take().
    // For files, and plugins that want each packet.
    bool is_pulled = false;

    std::optional<NumberedFilesOptions> csv;  // records go there

    // The column by which `take_object` finds the object of a record (BatchEncoder).
    const Column* object = nullptr;
    ObjectTaker take_object = nullptr;

    // Called before the first packet, with the schema known.
    std::function<void(class Reading& reading)> prepared{};
};

// How far a run is.
struct ReadingProgress {
    std::uint64_t bytes = 0;        // of the input so far
    std::uint64_t bytes_total = 0;  // 0: not known
    std::uint64_t packets = 0;
    std::uint64_t flows = 0;  // that were written or handed over
};

// Thread: made, used and destroyed by one at a time; stop() and abandon() any.
class Reading {
public:
    virtual ~Reading() = default;
    Reading() = default;
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

    // The next batch, for which it waits at most `patience`; kEnd when all is done.
    [[nodiscard]] virtual BatchQueue::State take(
        std::unique_ptr<Batch>& out, std::chrono::milliseconds patience
    ) = 0;

    // No packet is read any more; flows under way end and come.
    virtual void stop() noexcept = 0;

    // Nothing comes any more, and nothing is written.
    virtual void abandon() noexcept = 0;

    [[nodiscard]] virtual ReadingProgress progress() const noexcept = 0;

    // What went wrong with the input, in order, and with the output. Requires: take() said kEnd.
    [[nodiscard]] virtual const std::vector<Error>& problems() const noexcept = 0;
    [[nodiscard]] virtual std::uint64_t packets() const noexcept = 0;  // that were read

    // The columns of batches; null where records go to files.
    [[nodiscard]] virtual const std::shared_ptr<const BatchSchema>& schema() const noexcept = 0;
};

// Errors of both: whatever keeps a part from being opened.
[[nodiscard]] Result<std::unique_ptr<Reading>> open_file_reading(ReadingPlan plan);
[[nodiscard]] Result<std::unique_ptr<Reading>> open_live_reading(ReadingPlan plan);

// The one sink of a run.
struct ReadingOutput {
    std::shared_ptr<BatchQueue> queue;
    std::shared_ptr<const BatchSchema> schema;  // null: to files
    std::unique_ptr<LineSink> sink;
};
[[nodiscard]] Result<ReadingOutput> open_reading_output(
    const ReadingPlan& plan, std::uint32_t workers, std::function<void()> arrived
);

// The signals of this thread go to others as long as this lives: those that it makes inherit that,
// so that Python's main thread gets them.
class SignalShelter {
public:
    SignalShelter() noexcept;
    ~SignalShelter();
    SignalShelter(const SignalShelter&) = delete;
    SignalShelter& operator=(const SignalShelter&) = delete;

private:
    sigset_t before_{};
};

}  // namespace flowgauge
