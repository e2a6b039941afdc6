#include "tests/support/sensor_sample.h"

#include <string>

namespace flowgauge::test {
namespace {

constexpr std::int64_t kStart = 1'700'000'000'000;  // 2023-11-14 22:13:20 UTC
constexpr std::int64_t kNow = kStart + 93'784'000;  // 1 day, 2 hours, 3 minutes, 4 s later

std::uint64_t grown(std::uint64_t base, double rate, double seconds) {
    return base + static_cast<std::uint64_t>(rate * seconds);
}

// `scale` makes workers differ.
WorkerCounters worker_counters(std::uint64_t scale, double seconds) {
    WorkerCounters counters;
    counters.packets_read = grown(10'000'000 * scale, 1100.0 * double(scale), seconds);
    counters.bytes_read = grown(8'000'000'000 * scale, 880'000.0 * double(scale), seconds);
    counters.rejected.add(Rejection::kArp, grown(300'000 * scale, 90, seconds));
    counters.rejected.add(Rejection::kReassembledFragment, 400'000 * scale);
    counters.rejected.add(Rejection::kMalformedIp, 20 * scale);
    counters.rejected.add(Rejection::kHandoffFull, 3 * scale);
    counters.shard.packets_in_flows = counters.packets_read - counters.rejected.total();
    counters.shard.flows_created = grown(200'000 * scale, 30, seconds);
    const auto ended = [&counters](EndReason reason) -> std::uint64_t& {
        return counters.shard.flows_expired[static_cast<std::size_t>(reason)];
    };
    ended(EndReason::kIdle) = grown(150'000 * scale, 20, seconds);
    ended(EndReason::kActive) = 1'000 * scale;
    ended(EndReason::kTcpEnd) = grown(40'000 * scale, 5, seconds);
    counters.flows_active = counters.shard.flows_created - counters.shard.expired();
    counters.flows_capacity = 333'333;
    counters.flows_dissected = 700 * scale;
    counters.dissection = {
        .packets = 900'000 * scale,
        .packets_refused = 11 * scale,
        .flows_refused = 12 * scale,
        .flows_active = 700 * scale};
    counters.dissection_shed = scale == 2 ? 1 : 0;
    counters.dissection_shed_flows = scale == 2 ? 1'234 : 0;
    counters.frames_held = 0;
    counters.late_packets = 5 * scale;
    counters.handed_over = 44 * scale;
    counters.records_emitted = counters.shard.expired();
    counters.records_queue_full = scale;
    counters.ring_dropped = grown(2'000 * scale, 10, seconds);
    counters.ring_freezes = 7 * scale;
    counters.ring_blocks = 123'456 * scale;
    counters.ring_polls = 98'765 * scale;
    counters.ring_truncated = 9 * scale;
    counters.ring_down_events = scale;
    counters.ring_streak_permille = 125 * scale;
    counters.clock_steps = 1;
    counters.clock_offset_ms = -3'600'000;
    counters.cpu_ns = grown(4'000'000'000'000 * scale, 250'000'000, seconds);
    counters.turns = grown(77'777 * scale, 40, seconds);
    counters.last_packet_ms = static_cast<std::uint64_t>(kNow) - 20;
    return counters;
}

void add_inputs(SensorStatistics& statistics) {
    InputStatistics edge;
    edge.name = "edge";
    edge.state = InputState::kCapturing;
    edge.source = "eth*";
    edge.filter = "not port 22";
    edge.interfaces.push_back(
        {.name = "eth0",
         .present = true,
         .up = true,
         .opened = 2,
         .downs = 1,
         .ring_bytes = 67'108'864,
         .hints =
             {"eth0: offloads are on (gro), so packets are counted merged or not yet cut; turn "
              "them off with: ethtool -K eth0 gro off"}}
    );
    edge.interfaces.push_back(
        {.name = "eth1",
         .present = false,
         .up = false,
         .opened = 1,
         .downs = 1,
         .ring_bytes = 0,
         .hints = {}}
    );
    statistics.inputs.push_back(edge);
    InputStatistics replay;
    replay.name = "replay";
    replay.state = InputState::kReading;
    replay.source = "/srv/captures/*.pcapng";
    replay.files_read = 12;
    replay.files_failed = 1;
    replay.problem = "/srv/captures/cut.pcapng: cut at byte 4096";
    statistics.inputs.push_back(replay);
}

void add_sinks(SensorStatistics& statistics, double seconds) {
    SinkStatistics disk;
    disk.name = "disk";
    disk.type = "file";
    disk.destination = "/var/log/flowgauge/flows-20231115T221320Z-000026.csv";
    disk.records_in = grown(573'000, 75, seconds);
    disk.records_queued = 200;
    disk.records_dropped = {{"disk_full", 0}, {"filter", 0}, {"queue_full", 0}};
    disk.records_acknowledged = disk.records_in - disk.records_queued;
    disk.queue_capacity = 65'536;
    disk.bytes_written = 350'000'000;
    disk.files_opened = 27;
    disk.files_removed = 3;
    disk.last_success_ms = kNow - 100;
    statistics.sinks.push_back(disk);
    SinkStatistics archive;
    archive.name = "archive";
    archive.type = "file";
    archive.destination = "/mnt/archive/flows.jsonl";
    archive.records_in = grown(573'000, 75, seconds);
    archive.records_queued = 65'536;
    archive.records_dropped = {
        {"disk_full", grown(7'000, 75, seconds)}, {"filter", 0}, {"queue_full", 464}};
    archive.records_acknowledged = 500'000;
    archive.queue_capacity = 65'536;
    archive.bytes_written = 1'234'567;
    archive.files_opened = 1;
    archive.errors = 4;
    archive.last_success_ms = kNow - 3'600'000;
    archive.working = false;
    archive.problem = "/mnt/archive: less than 1 GiB free";
    statistics.sinks.push_back(archive);
}

ConfigStatistics config_statistics() {
    return {
        .path = "/etc/flowgauge/flowgauge.yaml",
        .sha256 = std::string(64, 'a'),
        .last_reload_successful = false,
        .last_reload_ms = kNow - 7'200'000,
        .reloads = 3,
        .reloads_refused = 1,
        .restart_keys = {"inputs.edge.workers", "flows.max_flows"},
        .problem = "/etc/flowgauge/flowgauge.yaml:7:3: flows.idle_timeout: unit missing"};
}

void add_processes(SensorStatistics& statistics, double seconds) {
    VisibilityStatistics& visibility = statistics.visibility;
    visibility.state = {
        .on = true,
        .table = "sock_diag",
        .events = "off",
        .notes = {"events are off: tracefs is not mounted; mount it with: mount -t tracefs nodev "
                  "/sys/kernel/tracing"}};
    visibility.poller = {
        .polls = grown(900'000, 5, seconds),
        .polls_inconsistent = 3,
        .poll_cpu_ns = grown(9'000'000'000'000, 40'000'000, seconds),
        .last_table_ns = 5'000'000,
        .last_owner_ns = 2'000'000,
        .last_publish_ns = 400'000,
        .table_ns = grown(6'000'000'000'000, 25'000'000, seconds),
        .owner_ns = grown(2'000'000'000'000, 12'000'000, seconds),
        .publish_ns = grown(500'000'000'000, 2'000'000, seconds),
        .period_ns = 200'000'000,
        .period_set_ns = 100'000'000,
        .sockets = 10'300,
        .sockets_tcp = 10'000,
        .sockets_udp = 200,
        .history = 40'000,
        .history_evicted = 17,
        .processes = 500,
        .namespaces = 12,
        .namespaces_skipped = 2,
        .sockets_unowned = 30,
        .scans_by_hint = 7'000,
        .scans_recent = 800,
        .scans_full = 90,
        .scans_of_threads = 10,
        .scans_by_kernel = 5,
        .links_read = 1'000'000,
        .negative_cache = 25,
        .processes_vanished = 44,
        .denied = 6,
        .events_connect = 500'000,
        .events_listen = 700,
        .events_send = 80'000,
        .events_process = 9'000,
        .events_lost = grown(5, 1, seconds),
        .covered_ms = static_cast<std::uint64_t>(statistics.time_ms) - 250,
        .snapshot_bytes = 1'800'000};
    visibility.attributed = {
        .by_match = {grown(600'000, 60, seconds), 90'000, 40'000, 30'000, 5'000, 8'000},
        .by_reason = {grown(760'000, 60, seconds), 4'000, 3'000, 2'500, 1'500, 1'000, 1'000},
        .waited = 20'000,
        .waiting = 40,
        .unheld = 2};
    statistics.processes = {
        {.name = "firefox", .flows = 300'000, .packets = 15'000'000, .bytes = 12'000'000'000},
        {.name = "unknown", .flows = 13'000, .packets = 600'000, .bytes = 70'000'000},
        {.name = "systemd-resolved", .flows = 260'000, .packets = 600'000, .bytes = 60'000'000}};
}

void add_extension(SensorStatistics& statistics, double seconds) {
    statistics.extension.plugins = {
        {.name = "tls",
         .version = "1.0",
         .numbers =
             {.calls = {grown(1'000, 10, seconds), grown(90'000, 900, seconds), 990, 980, 0},
              .errors = 0,
              .expired_flows = 12,
              .values_of_wrong_type = 3,
              .seconds = 1.5,
              .fault = PluginFault::kNone,
              .why = ""}},
        {.name = "first16",
         .version = "0.2",
         .numbers = {
             .calls = {7, 70, 6, 5, 0},
             .errors = 1,
             .expired_flows = 0,
             .values_of_wrong_type = 0,
             .seconds = 0,
             .fault = PluginFault::kOverrun,
             .why = "on_update took longer than 100ms"}}};
    statistics.extension.models = {
        {.model = "social",
         .classes = {{.name = "web", .predictions = 700}, {.name = "video", .predictions = 200}},
         .others = 5,
         .predictions = 905,
         .absent = 4,
         .replacements = 1},
        {.model = "duration",
         .classes = {},
         .others = 0,
         .predictions = 50,
         .absent = 0,
         .replacements = 0}};
    statistics.workers.front().counters.extension = {
        .value_bytes = 65'536, .values_left_out = 2, .values_cut = 1};
}

void add_messages(SensorStatistics& statistics) {
    statistics.messages = {
        {.time_ms = kNow - 3'000,
         .severity = "error",
         .text = "sink archive: /mnt/archive: less than 1 GiB free",
         .times = 812},
        {.time_ms = kNow - 65'000,
         .severity = "warning",
         .text = "eth1: gone; waiting for it",
         .times = 1}};
    statistics.messages_suppressed = 31;
    statistics.missing_rights = {
        "CAP_NET_RAW is missing: interfaces cannot be captured; start the program as root or by "
        "flowgauge.service"};
    statistics.not_ready = {"sink archive: /mnt/archive: less than 1 GiB free"};
}

}  // namespace

SensorStatistics sensor_sample() {
    return sensor_sample_after(0);
}

SensorStatistics sensor_sample_after(double seconds) {
    SensorStatistics statistics;
    statistics.state = SensorState::kRunning;
    statistics.sensor = "gate-1";
    statistics.version = "0.1.0";
    statistics.ndpi_version = "4.2.0";
    statistics.compiler = "GCC 12.2.0";
    statistics.time_ms = kNow + static_cast<std::int64_t>(seconds * 1000);
    statistics.start_ms = kStart;
    add_inputs(statistics);
    for (std::uint32_t worker = 0; worker < 2; ++worker) {
        statistics.workers.push_back(
            {.input = "edge",
             .worker = worker,
             .counters = worker_counters(worker + 1, seconds),
             .stalled = worker == 1}
        );
    }
    statistics.workers.push_back(
        {.input = "replay", .worker = 0, .counters = worker_counters(1, seconds), .stalled = false}
    );
    statistics.workers.back().counters.ring_dropped = 0;
    add_sinks(statistics, seconds);
    statistics.config = config_statistics();
    statistics.applications = {
        {.name = "TLS.Google", .flows = 90'000, .packets = 20'000'000, .bytes = 16'000'000'000},
        {.name = "DNS", .flows = 400'000, .packets = 900'000, .bytes = 90'000'000},
        {.name = "other", .flows = 83'000, .packets = 1'000'000, .bytes = 80'000'000}};
    add_processes(statistics, seconds);
    statistics.process = {
        .cpu_seconds = 16'000.5 + seconds,
        .resident_bytes = 400'000'000,
        .open_descriptors = 41,
        .max_descriptors = 65'536};
    statistics.http = {
        .connections_open = 2,
        .connections = 5'000,
        .connections_refused = 3,
        .requests = {{200, 9'000}, {404, 1}},
        .timeouts = 4,
        .tls_failures = 6};
    add_extension(statistics, seconds);
    add_messages(statistics);
    return statistics;
}

FlowsSnapshot flows_sample() {
    FlowsSnapshot flows;
    flows.time_ms = kNow;
    flows.flows_active = 36'000;
    flows.flows.push_back(
        {.input = "edge",
         .source = "10.0.0.1",
         .destination = "192.0.2.80",
         .source_port = 40'000,
         .destination_port = 443,
         .protocol = 6,
         .vlan_id = 7,
         .application = "TLS.Google",
         .process_pid = 4'321,
         .process_name = "firefox",
         .first_ms = kNow - 60'000,
         .last_ms = kNow - 10,
         .packets = {2'000, 8'000},
         .bytes = {120'000, 11'000'000},
         .flow_uid = 18'446'744'073'709'551'615U}
    );
    flows.flows.push_back(
        {.input = "edge",
         .source = "2001:db8::1",
         .destination = "2001:db8::53",
         .source_port = 5353,
         .destination_port = 53,
         .protocol = 17,
         .vlan_id = 0,
         .application = "DNS",
         .process_pid = 612,
         .process_name = "systemd-resolved",
         .first_ms = kNow - 5'000,
         .last_ms = kNow - 4'000,
         .packets = {3, 3},
         .bytes = {210, 900},
         .flow_uid = 2}
    );
    flows.flows.push_back(
        {.input = "replay",
         .source = "10.0.0.1",
         .destination = "10.0.0.9",
         .source_port = 0,
         .destination_port = 0,
         .protocol = 1,
         .vlan_id = 0,
         .application = "",
         .process_pid = -1,
         .process_name = "",
         .first_ms = kNow - 2'000,
         .last_ms = kNow,
         .packets = {2, 0},
         .bytes = {196, 0},
         .flow_uid = 3}
    );
    return flows;
}

}  // namespace flowgauge::test
