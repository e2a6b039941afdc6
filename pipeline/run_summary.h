// RunSummary: what a run did, in numbers that add up.
#pragma once

#include "core/dpi/dissection_observer.h"
#include "export/sink/sink.h"
#include "core/flow/flow_shard.h"
#include "core/packet/rejection.h"

#include <cstdint>
#include <optional>
#include <string>

namespace flowgauge {

// Law: packets_read = packets_in_flows + the sum of packets_rejected.
struct RunSummary {
    std::uint64_t packets_read = 0;
    RejectionCounts rejected;
    ShardCounters shards;
    DissectionCounters dissection;
    SinkCounters sink;
    std::uint64_t records_queue_full = 0;          // live: dropped because the sink did not keep up
    std::optional<std::uint64_t> capture_dropped;  // live: by the kernel, for want of ring memory
    std::uint64_t late_packets = 0;
    double seconds = 0;

    void add(const ShardCounters& counters) noexcept;
    void add(const DissectionCounters& counters) noexcept;

    // Takes over what the sink did; flows that it discarded count as ended by max_nflows.
    void set(const SinkCounters& counters) noexcept;
};

// For people, several lines.
[[nodiscard]] std::string to_text(const RunSummary& summary);

// For programs, one JSON object with a newline behind it.
[[nodiscard]] std::string to_json(const RunSummary& summary);

}  // namespace flowgauge
