// ExportLine: the way out of one run, from the shards of all workers to the output.
#pragma once

#include "config/settings.h"
#include "core/base/result.h"
#include "core/export/queue_outlet.h"
#include "core/export/sink.h"
#include "core/meter/meter.h"

#include <cstdint>
#include <memory>
#include <vector>

#include "pipeline/run_summary.h"

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
    // Opens the output and a meter for each of `workers`, and starts the sink's thread.
    // Errors: kUsage for columns, kOutput for the output, whatever nDPI says.
    [[nodiscard]] static Result<std::unique_ptr<ExportLine>> open(
        const Settings& settings, std::uint32_t workers, RowOrder order
    );

    [[nodiscard]] MeterLane& lane(std::size_t worker) noexcept { return *lanes_[worker]; }
    [[nodiscard]] std::size_t size() const noexcept { return lanes_.size(); }
    [[nodiscard]] Sink& sink() noexcept { return *sink_; }
    [[nodiscard]] const Sink& sink() const noexcept { return *sink_; }

    // Names for the applications in records; null without dissection.
    [[nodiscard]] std::shared_ptr<const ApplicationNames> application_names() const {
        return lanes_.front()->meter->application_names();
    }

    // Waits for the last record. Requires: every lane was finished.
    [[nodiscard]] Result<void> join() { return sink_->join(); }

    // Adds what the shards and the sink did. Requires: joined.
    void sum_up(RunSummary& summary) const;

private:
    ExportLine() = default;

    std::unique_ptr<Sink> sink_;
    std::vector<std::unique_ptr<MeterLane>> lanes_;
};

// Prints the summary for people, and writes it as JSON to `path` unless that is empty.
[[nodiscard]] Result<void> report(const RunSummary& summary, const std::string& path);

}  // namespace flowgauge
