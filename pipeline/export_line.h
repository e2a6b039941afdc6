// ExportLine: the way out of one run, from the shards of all workers to the output.
#pragma once

#include "config/settings.h"
#include "core/base/result.h"
#include "export/sink/queue_outlet.h"
#include "export/sink/sink.h"
#include "export/sink/sink_numbers.h"
#include "core/meter/meter.h"
#include "pipeline/file_sink.h"
#include "pipeline/run_summary.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge {

// One worker's meter and its end of the queue. Thread: the worker's, once the run has started.
struct MeterLane {
    MeterLane(RecordQueue& records, WhenFull when_full)
        : queue(records),
          outlet(records, when_full) {}

    RecordQueue& queue;
    QueueOutlet outlet;
    std::unique_ptr<Meter> meter;
    std::uint64_t flows_capacity = 0;  // its share of max_flows

    [[nodiscard]] FlowShard& shard() const noexcept { return meter->shard(); }

    // Every flow ends at `now`, is written, and gives its memory back.
    void finish(Tick now, EndReason reason);
};

enum class RowOrder : std::uint8_t { kAsTheyCome, kByMomentAndKey };

// Thread: made, joined and summed up by one thread. Ownership: owns sink and lanes.
class ExportLine {
public:
    // Opens the output, which is the sink of the settings or else their `output`, and a meter for
    // each of `workers`, and starts the sink's thread.
    // Errors: kUsage for columns, kOutput for the output, whatever nDPI says.
    [[nodiscard]] static Result<std::unique_ptr<ExportLine>> open(
        const Settings& settings, std::uint32_t workers, RowOrder order
    );

    [[nodiscard]] MeterLane& lane(std::size_t worker) noexcept { return *lanes_[worker]; }
    [[nodiscard]] std::size_t size() const noexcept { return lanes_.size(); }
    [[nodiscard]] Sink& sink() noexcept { return *sink_; }
    [[nodiscard]] const Sink& sink() const noexcept { return *sink_; }

    // What a reload may change of the sink.
    void change(const Settings& fresh);

    // Files are finished, or opened again by their name: for who has moved them away.
    void reopen() { sink_->reopen(); }

    // Names for the applications in records; null without dissection.
    [[nodiscard]] std::shared_ptr<const ApplicationNames> application_names() const {
        return lanes_.front()->meter->application_names();
    }

    // Waits for the last record. Requires: every lane was finished.
    [[nodiscard]] Result<void> join() { return sink_->join(); }

    // What the sink has done so far, in numbers that add up. Thread: any.
    [[nodiscard]] SinkReading read_sink() const;

    // Why the sink does not work at present; empty: it does. Thread: any.
    [[nodiscard]] std::string sink_problem() const { return problem_->text(); }

    // Adds what the shards and the sink did. Requires: joined.
    void sum_up(RunSummary& summary) const;

private:
    ExportLine() = default;

    std::shared_ptr<SinkProblem> problem_ = std::make_shared<SinkProblem>();
    std::unique_ptr<Sink> sink_;
    std::vector<std::unique_ptr<MeterLane>> lanes_;
};

// Prints the summary for people, and writes it as JSON to `path` unless that is empty.
[[nodiscard]] Result<void> report(const RunSummary& summary, const std::string& path);

}  // namespace flowgauge
