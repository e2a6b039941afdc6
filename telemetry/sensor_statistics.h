// SensorStatistics: all that the running sensor knows about itself at one moment, as plain data.
// Metrics, the api, `status` and the page are made of it and of nothing else.
#pragma once

#include "core/attribution/attribution.h"
#include "core/dpi/dissection_observer.h"
#include "core/flow/flow_extension.h"
#include "core/flow/flow_shard.h"
#include "core/packet/rejection.h"
#include "export/sink/sink_numbers.h"
#include "extension/models/model_numbers.h"
#include "extension/plugins/plugin_numbers.h"
#include "telemetry/http_statistics.h"
#include "visibility/visibility_numbers.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// What one worker has done since the start. Trivially copyable, 64-bit numbers only: it is
// published whole (core/base/published.h). Counters of rings add up over all rings that the worker
// has had. Laws, after quiescence: packets_read = shard.packets_in_flows + rejections +
// frames_held, where hand-over makes this true for all workers of an input together;
// shard.flows_created = flows_active + expired.
struct WorkerCounters {
    std::uint64_t packets_read = 0;  // frames that the kernel delivered, or that a file held
    std::uint64_t bytes_read = 0;    // of those frames, on the wire
    RejectionCounts rejected;
    ShardCounters shard;
    std::uint64_t flows_active = 0;
    std::uint64_t flows_capacity = 0;   // this worker's share of max_flows
    std::uint64_t flows_dissected = 0;  // nDPI states alive
    DissectionCounters dissection;
    AttributionCounters attribution;          // zeros without system visibility
    ExtensionCounters extension;              // zeros without features, plugins and models
    std::uint64_t dissection_shed = 0;        // 1 while dissection is shed
    std::uint64_t dissection_shed_flows = 0;  // flows that were not dissected because of it
    std::uint64_t frames_held = 0;            // fragments that wait for the rest of their datagram
    std::uint64_t late_packets = 0;
    std::uint64_t handed_over = 0;         // packets passed to other workers
    std::uint64_t records_emitted = 0;     // offered to the sink
    std::uint64_t records_queue_full = 0;  // of those: dropped, the sink's queue was full
    std::uint64_t ring_dropped = 0;        // frames that found no room in the ring
    std::uint64_t ring_freezes = 0;
    std::uint64_t ring_blocks = 0;
    std::uint64_t ring_polls = 0;
    std::uint64_t ring_truncated = 0;
    std::uint64_t ring_down_events = 0;
    std::uint64_t ring_streak_permille = 0;  // longest run of full blocks since the last reading
    std::uint64_t clock_steps = 0;           // of CLOCK_REALTIME, absorbed
    std::int64_t clock_offset_ms = 0;        // sum of those steps, forward is positive
    std::uint64_t cpu_ns = 0;                // of the thread
    std::uint64_t turns = 0;                 // of its loop: stands still when it is stuck
    std::uint64_t last_packet_ms = 0;        // since 1970 UTC; 0: none yet
};

struct WorkerStatistics {
    std::string input;
    std::uint32_t worker = 0;
    WorkerCounters counters;
    bool stalled = false;  // its loop has not turned for a watchdog period
};

struct InterfaceStatistics {
    std::string name;
    bool present = false;
    bool up = false;
    std::uint64_t opened = 0;  // times that rings were opened on it
    std::uint64_t downs = 0;   // times that it went down or away
    std::uint64_t ring_bytes = 0;
    std::vector<std::string> hints;  // offloads that falsify sizes, less ring than asked for
};

enum class InputState : std::uint8_t { kWaiting, kCapturing, kReading, kDone, kFailed };
constexpr std::array<std::string_view, 5> kInputStateNames{
    "waiting", "capturing", "reading", "done", "failed"};

[[nodiscard]] constexpr std::string_view to_string(InputState state) noexcept {
    return kInputStateNames[static_cast<std::size_t>(state)];
}

struct InputStatistics {
    std::string name;
    InputState state = InputState::kWaiting;
    std::string source;  // as configured: eth*, auto, /srv/captures
    std::string filter;
    std::vector<InterfaceStatistics> interfaces;  // of a live input
    std::uint64_t files_read = 0;                 // of an input of files
    std::uint64_t files_failed = 0;
    std::string problem;  // what it waits for, or why it failed; empty: nothing
};

// Law, at every moment: records_in = acknowledged + sum of dropped + queued.
struct SinkStatistics {
    std::string name;
    std::string type;         // file, stdout, ipfix, kafka, syslog, socket
    std::string destination;  // path, collectors, brokers
    std::uint64_t records_in = 0;
    std::uint64_t records_recovered = 0;  // found in the spool at the start
    std::uint64_t records_acknowledged = 0;
    std::map<std::string, std::uint64_t> records_dropped;  // reason -> records; all reasons present
    std::uint64_t records_queued = 0;
    std::uint64_t queue_capacity = 0;
    std::uint64_t records_spooled = 0;
    std::uint64_t spool_bytes = 0;
    std::uint64_t spool_bytes_max = 0;  // 0: no spool
    std::uint64_t spool_corrupt_bytes = 0;
    std::uint64_t spool_errors = 0;
    std::uint64_t connections = 0;
    std::uint64_t records_repeated = 0;   // sent once more on a new connection
    std::uint64_t records_uncertain = 0;  // acknowledged, perhaps lost with a connection; at most
    std::uint64_t records_skipped = 0;    // that one of several collectors did not get
    std::uint64_t records_shortened = 0;  // without all of their texts or lists
    std::uint64_t bytes_written = 0;
    std::uint64_t files_opened = 0;
    std::uint64_t files_finished = 0;
    std::uint64_t files_removed = 0;    // by `keep`
    std::uint64_t files_recovered = 0;  // unfinished ones of an earlier run
    std::uint64_t errors = 0;
    std::int64_t last_success_ms = 0;  // since 1970 UTC; 0: never
    bool working = true;
    std::string problem;       // why it does not work
    ProducerNumbers producer;  // of Kafka; without one its `producers` is 0
};

struct ConfigStatistics {
    std::string path;    // empty: command line only
    std::string sha256;  // of the effective configuration
    bool last_reload_successful = true;
    std::int64_t last_reload_ms = 0;        // of the last successful one, or of the start
    std::uint64_t reloads = 0;              // tried
    std::uint64_t reloads_refused = 0;      // of those
    std::vector<std::string> restart_keys;  // changed in the file, in force after a restart
    std::string problem;                    // why the last one was refused
};

// What flows of one name had: of an application, or of a process.
struct TrafficStatistics {
    std::string name;
    std::uint64_t flows = 0;  // ended
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
};

// Which process flows belong to: what finds it, and how often it was found. Law, at every moment:
// the sums over both arrays of `attributed` are equal.
struct VisibilityStatistics {
    VisibilityState state;
    PollerCounters poller;
    AttributionCounters attributed;  // of all workers together
};

struct PluginStatistics {
    std::string name;
    std::string version;
    PluginNumbers numbers;
};

// What features, plugins and models have done, of all workers together.
struct ExtensionStatistics {
    std::vector<PluginStatistics> plugins;
    std::vector<ModelNumbers> models;
};

struct ProcessStatistics {
    double cpu_seconds = 0;
    std::uint64_t resident_bytes = 0;
    std::uint64_t open_descriptors = 0;
    std::uint64_t max_descriptors = 0;
};

struct LogStatistics {
    std::int64_t time_ms = 0;
    std::string severity;  // error, warning
    std::string text;
    std::uint64_t times = 1;
};

enum class SensorState : std::uint8_t { kStarting, kRunning, kReloading, kStopping };
constexpr std::array<std::string_view, 4> kSensorStateNames{
    "starting", "running", "reloading", "stopping"};

[[nodiscard]] constexpr std::string_view to_string(SensorState state) noexcept {
    return kSensorStateNames[static_cast<std::size_t>(state)];
}

struct SensorStatistics {
    SensorState state = SensorState::kStarting;
    std::string sensor;  // name
    std::string version;
    std::string ndpi_version;
    std::string compiler;
    std::int64_t time_ms = 0;   // of this snapshot, since 1970 UTC
    std::int64_t start_ms = 0;  // of the process
    std::vector<InputStatistics> inputs;
    std::vector<WorkerStatistics> workers;
    std::vector<SinkStatistics> sinks;
    ConfigStatistics config;
    // Largest first; the last may be "other". No name that was there leaves, and no number falls
    // (telemetry/traffic_labels.h counts on it).
    std::vector<TrafficStatistics> applications;
    VisibilityStatistics visibility;
    std::vector<TrafficStatistics> processes;  // as applications; without system visibility empty
    ExtensionStatistics extension;
    ProcessStatistics process;  // the sensor's own
    HttpStatistics http;
    std::vector<LogStatistics> messages;  // newest first
    std::uint64_t messages_suppressed = 0;
    std::vector<std::string> missing_rights;  // what the process may not do, and what that costs

    // Why it is not ready, one sentence each; empty: ready.
    std::vector<std::string> not_ready;
};

// One active flow, for `top`, the page and /api/v1/flows. Times in ms since 1970 UTC.
struct FlowSnapshot {
    std::string input;
    std::string source;
    std::string destination;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint8_t protocol = 0;
    std::uint16_t vlan_id = 0;
    std::string application;        // empty: not known yet
    std::int64_t process_pid = -1;  // as system_process_pid, at the moment of the snapshot
    std::string process_name;       // empty: not known
    std::int64_t first_ms = 0;
    std::int64_t last_ms = 0;
    std::array<std::uint64_t, 2> packets{};  // src2dst, dst2src
    std::array<std::uint64_t, 2> bytes{};
    std::uint64_t flow_uid = 0;
};

// The largest active flows by bytes, largest first.
struct FlowsSnapshot {
    std::int64_t time_ms = 0;
    std::uint64_t flows_active = 0;  // of all, not only those listed
    std::vector<FlowSnapshot> flows;
};

}  // namespace flowgauge
