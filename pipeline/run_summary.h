// RunSummary: what a run did, in numbers that add up.
#pragma once

#include "core/dpi/dissection_observer.h"
#include "core/flow/flow_shard.h"
#include "core/packet/rejection.h"
#include "export/sink/sink.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flowgauge {

struct SinkSummary {
    std::string name;
    SinkCounters counters;
    std::uint64_t records_queue_full = 0;  // live: dropped because the sink did not keep up

    [[nodiscard]] std::uint64_t lost() const noexcept {
        return counters.records_dropped + records_queue_full;
    }
};

// Law: packets_read = packets_in_flows + the sum of packets_rejected.
struct RunSummary {
    std::uint64_t packets_read = 0;
    RejectionCounts rejected;
    ShardCounters shards;
    DissectionCounters dissection;
    std::vector<SinkSummary> sinks;
    std::optional<std::uint64_t> capture_dropped;  // live: by the kernel, for want of ring memory
    std::uint64_t late_packets = 0;
    double seconds = 0;

    // The first sink's, or zeros: every sink is offered the same flows.
    [[nodiscard]] SinkCounters first_sink() const noexcept {
        return sinks.empty() ? SinkCounters{} : sinks.front().counters;
    }

    void add(const ShardCounters& counters) noexcept;
    void add(const DissectionCounters& counters) noexcept;

    // Takes over what a sink did. Flows that it discarded count as ended by max_nflows: every sink
    // discards the same ones.
    void add(SinkSummary sink);
};

// For people, several lines.
[[nodiscard]] std::string to_text(const RunSummary& summary);

// For programs, one JSON object with a newline behind it.
[[nodiscard]] std::string to_json(const RunSummary& summary);

}  // namespace flowgauge
