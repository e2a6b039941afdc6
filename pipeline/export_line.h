// ExportLine: the way out of one run, from the shards of all workers to all sinks.
#pragma once

#include "config/settings.h"
#include "core/base/result.h"
#include "core/meter/meter.h"
#include "export/ipfix/interface_table.h"
#include "export/sink/queue_outlet.h"
#include "export/sink/sink.h"
#include "export/sink/sink_numbers.h"
#include "pipeline/attribution_stage.h"
#include "pipeline/extension_stage.h"
#include "pipeline/line_sink.h"
#include "pipeline/run_summary.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge {

// One worker's meter and its end of the queues. Thread: the worker's, once the run has started.
struct MeterLane {
    explicit MeterLane(bool waits) noexcept : outlet(waits) {}

    QueueOutlet outlet;

    // Stations on the way to the outlet, in reverse; null without them.
    std::unique_ptr<FlowExtension> extension;
    std::unique_ptr<ExtensionStage> completion;
    std::unique_ptr<AttributionStage> attribution;
    std::unique_ptr<Meter> meter;
    std::uint32_t worker = 0;          // its number
    std::uint64_t flows_capacity = 0;  // its share of max_flows

    [[nodiscard]] FlowShard& shard() const noexcept { return meter->shard(); }

    // Between packets: records go on, and their memory comes back.
    void turn();

    // Every flow ends at `now`, is written, and gives its memory back.
    void finish(Tick now, EndReason reason);
};

enum class RowOrder : std::uint8_t { kAsTheyCome, kByMomentAndKey };

// Thread: made, joined and summed up by one thread. Ownership: owns sinks and lanes.
class ExportLine {
public:
    // Opens the sinks of the settings, or else their `output`, and a meter for each of `workers`,
    // and starts the threads of the sinks. With `only` that is the one sink there is.
    // Errors: kUsage for columns, kOutput for outputs, whatever nDPI says.
    [[nodiscard]] static Result<std::unique_ptr<ExportLine>> open(
        const Settings& settings,
        std::uint32_t workers,
        RowOrder order,
        std::unique_ptr<LineSink> only = nullptr
    );

    [[nodiscard]] MeterLane& lane(std::size_t worker) noexcept { return *lanes_[worker]; }
    [[nodiscard]] std::size_t size() const noexcept { return lanes_.size(); }
    [[nodiscard]] std::size_t sinks() const noexcept { return sinks_.size(); }
    [[nodiscard]] const LineSink& sink(std::size_t i) const noexcept { return *sinks_[i]; }

    // Whether any sink still wants records; kFailed when none does and one has failed for good.
    [[nodiscard]] Sink::State state() const noexcept;

    // See Sink::flush().
    void flush();

    // No packet follows: sinks may hold up the workers now.
    void drain() noexcept;

    // What a reload may change of the sinks: whether it can be, and the change. Errors: kUsage, a
    // filter that names columns which there are only after a restart. change() requires: checked.
    [[nodiscard]] Result<void> check(const Settings& fresh) const;
    void change(const Settings& fresh);

    // Files are finished, or opened again by their name: for who has moved them away.
    void reopen();

    // Names for the applications in records; null without dissection.
    [[nodiscard]] std::shared_ptr<const ApplicationNames> application_names() const {
        return lanes_.front()->meter->application_names();
    }

    // Which interface the packets of a worker come from, told by whoever captures; null where all
    // are files.
    [[nodiscard]] InterfaceTable* interfaces() const noexcept { return interfaces_.get(); }

    // Packets so far that are in no flow, for sinks that tell it. Thread: any.
    void set_ignored_packets(std::uint64_t packets) noexcept { ignored_packets_->store(packets); }

    // Waits for the last record. Requires: every lane was finished. Errors: of all sinks that
    // failed for good.
    [[nodiscard]] Result<void> join();

    // What a sink has done so far, in numbers that add up. Thread: any.
    [[nodiscard]] SinkReading read_sink(std::size_t sink) const;

    // Adds what the shards and the sinks did. Requires: joined.
    void sum_up(RunSummary& summary) const;

private:
    ExportLine() = default;
    [[nodiscard]] Result<void> open_sinks(
        const Settings& settings, std::uint32_t workers, RowOrder order
    );
    void connect();
    [[nodiscard]] LineSink* find_sink(const std::string& name) const noexcept;
    [[nodiscard]] Result<void> open_lanes(
        const Settings& settings, std::uint32_t workers, RowOrder order
    );
    [[nodiscard]] static Result<void> open_lane(
        const Settings& settings, MeterLane& lane, const FlowIdentity& identity
    );

    std::shared_ptr<InterfaceTable> interfaces_;
    std::shared_ptr<std::atomic<std::uint64_t>> ignored_packets_ =
        std::make_shared<std::atomic<std::uint64_t>>(0);
    std::vector<std::unique_ptr<LineSink>> sinks_;
    std::vector<std::unique_ptr<MeterLane>> lanes_;
};

// Prints the summary for people, and writes it as JSON to `path` unless that is empty.
[[nodiscard]] Result<void> report(const RunSummary& summary, const std::string& path);

}  // namespace flowgauge
