#include "telemetry/metric_table.h"

#include "core/base/format.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <string>

namespace flowgauge {
namespace {

using Statistics = const SensorStatistics&;
using Samples = MetricSamples&;

constexpr double kMsPerSecond = 1e3;
constexpr double kUsPerSecond = 1e6;
constexpr double kNsPerSecond = 1e9;
constexpr double kPermille = 1e3;

template <typename T>
double number(T value) {
    return static_cast<double>(value);
}

double seconds(std::int64_t milliseconds) {
    return number(milliseconds) / kMsPerSecond;
}

// A sample of each worker, by {input, worker}. `Get` takes it out of WorkerCounters.
template <auto Get>
void workers(Statistics statistics, Samples samples) {
    for (const WorkerStatistics& worker : statistics.workers) {
        samples.add(
            number(std::invoke(Get, worker.counters)), {worker.input, std::to_string(worker.worker)}
        );
    }
}

template <auto Get>
void interfaces(Statistics statistics, Samples samples) {
    for (const InputStatistics& input : statistics.inputs) {
        for (const InterfaceStatistics& interface : input.interfaces) {
            samples.add(number(std::invoke(Get, interface)), {input.name, interface.name});
        }
    }
}

template <auto Get>
void inputs(Statistics statistics, Samples samples) {
    for (const InputStatistics& input : statistics.inputs) {
        samples.add(number(std::invoke(Get, input)), {input.name});
    }
}

template <auto Get>
void sinks(Statistics statistics, Samples samples) {
    for (const SinkStatistics& sink : statistics.sinks) {
        samples.add(number(std::invoke(Get, sink)), {sink.name});
    }
}

template <auto Get>
void applications(Statistics statistics, Samples samples) {
    for (const TrafficStatistics& application : statistics.applications) {
        samples.add(number(std::invoke(Get, application)), {application.name});
    }
}

template <auto Get>
void processes(Statistics statistics, Samples samples) {
    for (const TrafficStatistics& process : statistics.processes) {
        samples.add(number(std::invoke(Get, process)), {process.name});
    }
}

// Of system visibility, while it is on. `Get` takes it out of PollerCounters.
template <auto Get>
void poller(Statistics statistics, Samples samples) {
    if (statistics.visibility.state.on) {
        samples.add(number(std::invoke(Get, statistics.visibility.poller)), {});
    }
}

template <auto Get>
void attributed(Statistics statistics, Samples samples) {
    if (statistics.visibility.state.on) {
        samples.add(number(std::invoke(Get, statistics.visibility.attributed)), {});
    }
}

template <auto Part, auto Get>
void one(Statistics statistics, Samples samples) {
    samples.add(number(std::invoke(Get, std::invoke(Part, statistics))), {});
}

// What lies deeper than one member, or in another unit.
std::uint64_t in_flows(const WorkerCounters& worker) {
    return worker.shard.packets_in_flows;
}
std::uint64_t flows_created(const WorkerCounters& worker) {
    return worker.shard.flows_created;
}
std::uint64_t dissection_packets(const WorkerCounters& worker) {
    return worker.dissection.packets;
}
std::uint64_t dissection_packets_refused(const WorkerCounters& worker) {
    return worker.dissection.packets_refused;
}
std::uint64_t dissection_flows_refused(const WorkerCounters& worker) {
    return worker.dissection.flows_refused;
}
double ring_streak(const WorkerCounters& worker) {
    return number(worker.ring_streak_permille) / kPermille;
}
double clock_offset(const WorkerCounters& worker) {
    return seconds(worker.clock_offset_ms);
}
double cpu_seconds(const WorkerCounters& worker) {
    return number(worker.cpu_ns) / kNsPerSecond;
}
double last_packet(const WorkerCounters& worker) {
    return number(worker.last_packet_ms) / kMsPerSecond;
}
// Of sinks that have a producer. `Get` takes it out of ProducerNumbers.
template <auto Get>
void producers(Statistics statistics, Samples samples) {
    for (const SinkStatistics& sink : statistics.sinks) {
        if (sink.producer.producers != 0) {
            samples.add(number(std::invoke(Get, sink.producer)), {sink.name});
        }
    }
}

double round_trip(const ProducerNumbers& producer) {
    return number(producer.round_trip_us) / kUsPerSecond;
}

double round_trip_p99(const ProducerNumbers& producer) {
    return number(producer.round_trip_p99_us) / kUsPerSecond;
}

double last_success(const SinkStatistics& sink) {
    return seconds(sink.last_success_ms);
}
double last_reload(const ConfigStatistics& config) {
    return seconds(config.last_reload_ms);
}
bool restart_required(const ConfigStatistics& config) {
    return !config.restart_keys.empty();
}

void rejected(Statistics statistics, Samples samples) {
    for (const WorkerStatistics& worker : statistics.workers) {
        for (std::size_t i = 1; i < kRejectionCount; ++i) {  // without kNone
            const auto reason = static_cast<Rejection>(i);
            samples.add(
                number(worker.counters.rejected.of(reason)),
                {worker.input, std::to_string(worker.worker), to_string(reason)}
            );
        }
    }
}

void expired(Statistics statistics, Samples samples) {
    for (const WorkerStatistics& worker : statistics.workers) {
        for (std::size_t i = 0; i < kEndReasonCount; ++i) {
            samples.add(
                number(worker.counters.shard.flows_expired[i]),
                {worker.input, std::to_string(worker.worker), to_string(static_cast<EndReason>(i))}
            );
        }
    }
}

void stalled(Statistics statistics, Samples samples) {
    for (const WorkerStatistics& worker : statistics.workers) {
        samples.add(number(worker.stalled), {worker.input, std::to_string(worker.worker)});
    }
}

void records_dropped(Statistics statistics, Samples samples) {
    for (const SinkStatistics& sink : statistics.sinks) {
        for (const auto& [reason, records] : sink.records_dropped) {
            samples.add(number(records), {sink.name, reason});
        }
    }
}

void sink_info(Statistics statistics, Samples samples) {
    for (const SinkStatistics& sink : statistics.sinks) {
        samples.add(1, {sink.name, sink.type});
    }
}

void input_state(Statistics statistics, Samples samples) {
    for (const InputStatistics& input : statistics.inputs) {
        for (const std::string_view state : kInputStateNames) {
            samples.add(number(state == to_string(input.state)), {input.name, state});
        }
    }
}

void build_info(Statistics statistics, Samples samples) {
    samples.add(1, {statistics.version, statistics.ndpi_version, statistics.compiler});
}

void config_info(Statistics statistics, Samples samples) {
    samples.add(1, {statistics.config.sha256});
}

void start_time(Statistics statistics, Samples samples) {
    samples.add(seconds(statistics.start_ms), {});
}

void ready(Statistics statistics, Samples samples) {
    const bool runs =
        statistics.state == SensorState::kRunning || statistics.state == SensorState::kReloading;
    samples.add(number(runs && statistics.not_ready.empty()), {});
}

void missing_rights(Statistics statistics, Samples samples) {
    samples.add(number(statistics.missing_rights.size()), {});
}

void messages_suppressed(Statistics statistics, Samples samples) {
    samples.add(number(statistics.messages_suppressed), {});
}

void http_requests(Statistics statistics, Samples samples) {
    for (const auto& [code, count] : statistics.http.requests) {
        samples.add(number(count), {std::to_string(code)});
    }
}

// One of several numbers of the poller, under a word.
struct PollerPart {
    std::string_view word;
    std::uint64_t value = 0;
};

void add_parts(
    Statistics statistics, Samples samples, std::initializer_list<PollerPart> parts, double unit = 1
) {
    if (statistics.visibility.state.on) {
        for (const PollerPart& part : parts) {
            samples.add(number(part.value) / unit, {part.word});
        }
    }
}

void poll_seconds(Statistics statistics, Samples samples) {
    const PollerCounters& poller = statistics.visibility.poller;
    add_parts(
        statistics,
        samples,
        {{"table", poller.table_ns}, {"owner", poller.owner_ns}, {"publish", poller.publish_ns}},
        kNsPerSecond
    );
}

void last_poll_seconds(Statistics statistics, Samples samples) {
    const PollerCounters& poller = statistics.visibility.poller;
    add_parts(
        statistics,
        samples,
        {{"table", poller.last_table_ns},
         {"owner", poller.last_owner_ns},
         {"publish", poller.last_publish_ns}},
        kNsPerSecond
    );
}

void sockets_listed(Statistics statistics, Samples samples) {
    const PollerCounters& poller = statistics.visibility.poller;
    const std::uint64_t others =
        poller.sockets - std::min(poller.sockets, poller.sockets_tcp + poller.sockets_udp);
    add_parts(
        statistics,
        samples,
        {{"tcp", poller.sockets_tcp}, {"udp", poller.sockets_udp}, {"other", others}}
    );
}

void process_scans(Statistics statistics, Samples samples) {
    const PollerCounters& poller = statistics.visibility.poller;
    add_parts(
        statistics,
        samples,
        {{"hint", poller.scans_by_hint},
         {"recent", poller.scans_recent},
         {"full", poller.scans_full},
         {"threads", poller.scans_of_threads},
         {"kernel", poller.scans_by_kernel}}
    );
}

void socket_events(Statistics statistics, Samples samples) {
    const PollerCounters& poller = statistics.visibility.poller;
    add_parts(
        statistics,
        samples,
        {{"connect", poller.events_connect},
         {"listen", poller.events_listen},
         {"send", poller.events_send},
         {"process", poller.events_process}}
    );
}

void flows_by_match(Statistics statistics, Samples samples) {
    for (std::size_t i = 0; statistics.visibility.state.on && i < kOwnerMatchCount; ++i) {
        samples.add(number(statistics.visibility.attributed.by_match[i]), {kOwnerMatchNames[i]});
    }
}

void flows_by_reason(Statistics statistics, Samples samples) {
    for (std::size_t i = 0; statistics.visibility.state.on && i < kOwnerReasonCount; ++i) {
        samples.add(number(statistics.visibility.attributed.by_reason[i]), {kOwnerReasonNames[i]});
    }
}

void plugin_calls(Statistics statistics, Samples samples) {
    for (const PluginStatistics& plugin : statistics.extension.plugins) {
        for (std::size_t i = 0; i < kPluginFunctionCount; ++i) {
            samples.add(
                number(plugin.numbers.calls[i]),
                {plugin.name, to_string(static_cast<PluginFunction>(i))}
            );
        }
    }
}

// `Get` takes it out of PluginNumbers.
template <auto Get>
void plugins(Statistics statistics, Samples samples) {
    for (const PluginStatistics& plugin : statistics.extension.plugins) {
        samples.add(number(std::invoke(Get, plugin.numbers)), {plugin.name});
    }
}

int is_disabled(const PluginNumbers& plugin) {
    return plugin.fault == PluginFault::kNone ? 0 : 1;
}

void model_predictions(Statistics statistics, Samples samples) {
    for (const ModelNumbers& model : statistics.extension.models) {
        for (const ModelNumbers::Class& each : model.classes) {
            samples.add(number(each.predictions), {model.model, each.name});
        }
        if (model.classes.empty()) {
            samples.add(number(model.predictions), {model.model, ""});
        } else {
            samples.add(number(model.others), {model.model, "other"});
        }
    }
}

template <auto Get>
void models(Statistics statistics, Samples samples) {
    for (const ModelNumbers& model : statistics.extension.models) {
        samples.add(number(std::invoke(Get, model)), {model.model});
    }
}

// `Get` takes it out of ExtensionCounters.
template <auto Get>
void extension_values(Statistics statistics, Samples samples) {
    for (const WorkerStatistics& worker : statistics.workers) {
        samples.add(
            number(std::invoke(Get, worker.counters.extension)),
            {worker.input, std::to_string(worker.worker)}
        );
    }
}

void visibility_info(Statistics statistics, Samples samples) {
    const VisibilityState& state = statistics.visibility.state;
    samples.add(1, {state.on ? state.table : "off", state.on ? state.events : "off"});
}

void visibility_notes(Statistics statistics, Samples samples) {
    if (statistics.visibility.state.on) {
        samples.add(number(statistics.visibility.state.notes.size()), {});
    }
}

// From the moment up to which everything was looked at; nothing before the first poll.
void snapshot_age(Statistics statistics, Samples samples) {
    const VisibilityStatistics& visibility = statistics.visibility;
    if (visibility.state.on && visibility.poller.covered_ms != 0) {
        const auto covered = static_cast<std::int64_t>(visibility.poller.covered_ms);
        samples.add(seconds(std::max<std::int64_t>(statistics.time_ms - covered, 0)), {});
    }
}

double period(const PollerCounters& poller) {
    return number(poller.period_ns) / kNsPerSecond;
}

double period_set(const PollerCounters& poller) {
    return number(poller.period_set_ns) / kNsPerSecond;
}

double poll_cpu(const PollerCounters& poller) {
    return number(poller.poll_cpu_ns) / kNsPerSecond;
}

constexpr auto kConfig = &SensorStatistics::config;
constexpr auto kHttp = &SensorStatistics::http;
constexpr auto kProcess = &SensorStatistics::process;
constexpr auto kCounter = MetricType::kCounter;
constexpr auto kGauge = MetricType::kGauge;
constexpr std::string_view kWorker = "input,worker";

using Worker = WorkerCounters;
using Interface = InterfaceStatistics;
using Input = InputStatistics;
using Sink = SinkStatistics;
using Producer = ProducerNumbers;
using Traffic = TrafficStatistics;
using Poller = PollerCounters;
using Attributed = AttributionCounters;
using Config = ConfigStatistics;
using Http = HttpStatistics;
using Process = ProcessStatistics;

// clang-format off
constexpr Metric kMetrics[] = {
    {"flowgauge_build_info", kGauge, "", "version,ndpi,compiler", "Always 1; what runs is in the labels.", build_info},
    {"flowgauge_start_time_seconds", kGauge, "seconds", "", "When the process began, since 1970 UTC.", start_time},
    {"flowgauge_ready", kGauge, "0 or 1", "", "1 when /readyz answers 200.", ready},
    {"flowgauge_missing_rights", kGauge, "rights", "", "Privileges that are missing; flowgauge status names them and what they cost.", missing_rights},

    {"flowgauge_config_info", kGauge, "", "sha256", "Always 1; the label is the SHA-256 of the configuration in force.", config_info},
    {"flowgauge_config_last_reload_successful", kGauge, "0 or 1", "", "0 when the last reload was refused; the configuration before it is in force.", one<kConfig, &Config::last_reload_successful>},
    {"flowgauge_config_last_reload_success_timestamp_seconds", kGauge, "seconds", "", "When the configuration in force was loaded, since 1970 UTC.", one<kConfig, last_reload>},
    {"flowgauge_config_reloads_total", kCounter, "reloads", "", "Reloads that were tried.", one<kConfig, &Config::reloads>},
    {"flowgauge_config_reloads_refused_total", kCounter, "reloads", "", "Reloads that were refused because of an error in the configuration.", one<kConfig, &Config::reloads_refused>},
    {"flowgauge_config_restart_required", kGauge, "0 or 1", "", "1 when the file has changes that only a restart brings into force.", one<kConfig, restart_required>},

    {"flowgauge_packets_read_total", kCounter, "packets", kWorker, "Frames delivered to us: taken from the rings, or read from files.", workers<&Worker::packets_read>},
    {"flowgauge_packets_in_flows_total", kCounter, "packets", kWorker, "Packets counted in a flow.", workers<in_flows>},
    {"flowgauge_packets_rejected_total", kCounter, "packets", "input,worker,reason", "Frames that are in no flow, by reason (docs/COUNTERS.md); reassembled_fragment is healthy traffic.", rejected},
    {"flowgauge_reassembly_held_frames", kGauge, "frames", kWorker, "Fragments that wait for the rest of their datagram; read, and neither in a flow nor rejected yet.", workers<&Worker::frames_held>},
    {"flowgauge_late_packets_total", kCounter, "packets", kWorker, "Packets that came after their shard's time had passed them; they are in their flows.", workers<&Worker::late_packets>},
    {"flowgauge_handoff_packets_total", kCounter, "packets", kWorker, "Packets passed on to the worker that owns their flow.", workers<&Worker::handed_over>},
    {"flowgauge_last_packet_timestamp_seconds", kGauge, "seconds", kWorker, "When the last packet came, since 1970 UTC; 0: none yet.", workers<last_packet>},

    {"flowgauge_capture_bytes_total", kCounter, "bytes", kWorker, "Bytes on the wire of the frames read.", workers<&Worker::bytes_read>},
    {"flowgauge_capture_dropped_packets_total", kCounter, "packets", kWorker, "Frames that the kernel dropped because the ring was full; not among those read.", workers<&Worker::ring_dropped>},
    {"flowgauge_capture_ring_freezes_total", kCounter, "events", kWorker, "Times that the ring filled up and the kernel stopped writing to it.", workers<&Worker::ring_freezes>},
    {"flowgauge_capture_ring_blocks_total", kCounter, "blocks", kWorker, "Blocks taken from the ring.", workers<&Worker::ring_blocks>},
    {"flowgauge_capture_ring_polls_total", kCounter, "waits", kWorker, "Times that the worker waited for the ring.", workers<&Worker::ring_polls>},
    {"flowgauge_capture_ring_streak_ratio", kGauge, "ratio", kWorker, "Longest run of full blocks since the last reading, as a share of the ring; near 1 it is about to drop.", workers<ring_streak>},
    {"flowgauge_capture_ring_down_events_total", kCounter, "events", kWorker, "Times that a ring reported that its interface is down.", workers<&Worker::ring_down_events>},
    {"flowgauge_capture_truncated_packets_total", kCounter, "packets", kWorker, "Frames longer than snapshot_length, captured in part; their lengths are counted whole.", workers<&Worker::ring_truncated>},

    {"flowgauge_capture_interface_present", kGauge, "0 or 1", "input,interface", "1 while the interface exists.", interfaces<&Interface::present>},
    {"flowgauge_capture_interface_up", kGauge, "0 or 1", "input,interface", "1 while the interface is up.", interfaces<&Interface::up>},
    {"flowgauge_capture_interface_opens_total", kCounter, "events", "input,interface", "Times that rings were opened on the interface.", interfaces<&Interface::opened>},
    {"flowgauge_capture_interface_downs_total", kCounter, "events", "input,interface", "Times that the interface went down or away.", interfaces<&Interface::downs>},
    {"flowgauge_capture_ring_bytes", kGauge, "bytes", "input,interface", "Memory of the interface's rings.", interfaces<&Interface::ring_bytes>},

    {"flowgauge_input_state", kGauge, "0 or 1", "input,state", "1 for the state that the input is in: waiting, capturing, reading, done, failed.", input_state},
    {"flowgauge_input_files_read_total", kCounter, "files", "input", "Capture files read to their end.", inputs<&Input::files_read>},
    {"flowgauge_input_files_failed_total", kCounter, "files", "input", "Capture files that could not be read, or not to their end.", inputs<&Input::files_failed>},

    {"flowgauge_flows_created_total", kCounter, "flows", kWorker, "Flows begun.", workers<flows_created>},
    {"flowgauge_flows_expired_total", kCounter, "flows", "input,worker,reason", "Flows that ended, by the words of end_reason (docs/COUNTERS.md).", expired},
    {"flowgauge_flows_active", kGauge, "flows", kWorker, "Flows in the table.", workers<&Worker::flows_active>},
    {"flowgauge_flows_capacity", kGauge, "flows", kWorker, "This worker's share of max_flows; when it is reached, the longest idle flow is evicted.", workers<&Worker::flows_capacity>},

    {"flowgauge_dissection_packets_total", kCounter, "packets", kWorker, "Packets given to nDPI.", workers<dissection_packets>},
    {"flowgauge_dissection_refused_packets_total", kCounter, "packets", kWorker, "Packets kept from nDPI because it might crash on them, or could not use them.", workers<dissection_packets_refused>},
    {"flowgauge_dissection_refused_flows_total", kCounter, "flows", kWorker, "Flows not dissected because as many as dissection allows were at that time.", workers<dissection_flows_refused>},
    {"flowgauge_dissection_flows_active", kGauge, "flows", kWorker, "Flows under dissection.", workers<&Worker::flows_dissected>},
    {"flowgauge_dissection_shedding", kGauge, "0 or 1", kWorker, "1 while new flows are not dissected, to save time for packets.", workers<&Worker::dissection_shed>},
    {"flowgauge_dissection_shed_flows_total", kCounter, "flows", kWorker, "Flows that were not dissected because of that.", workers<&Worker::dissection_shed_flows>},

    {"flowgauge_application_flows_total", kCounter, "flows", "application", "Flows that ended, by application; what has no label of its own is other.", applications<&Traffic::flows>},
    {"flowgauge_application_packets_total", kCounter, "packets", "application", "Packets of flows that ended, by application.", applications<&Traffic::packets>},
    {"flowgauge_application_bytes_total", kCounter, "bytes", "application", "Bytes of flows that ended, by application.", applications<&Traffic::bytes>},

    {"flowgauge_process_flows_total", kCounter, "flows", "process", "Flows that ended, by the name of their process (system_process_name); unknown: not known; what has no label of its own is other.", processes<&Traffic::flows>},
    {"flowgauge_process_packets_total", kCounter, "packets", "process", "Packets of flows that ended, by process.", processes<&Traffic::packets>},
    {"flowgauge_process_bytes_total", kCounter, "bytes", "process", "Bytes of flows that ended, by process.", processes<&Traffic::bytes>},

    {"flowgauge_visibility_info", kGauge, "", "table,events", "Always 1; where sockets and events come from, off without system visibility: then no other metric of it is there.", visibility_info},
    {"flowgauge_visibility_notes", kGauge, "notes", "", "What the host does not allow; flowgauge status says what, and what to do.", visibility_notes},
    {"flowgauge_visibility_flows_total", kCounter, "flows", "match", "Flows that ended, by how their process was found (system_match).", flows_by_match},
    {"flowgauge_visibility_reasons_total", kCounter, "flows", "reason", "The same flows, by why their process is not known (system_reason).", flows_by_reason},
    {"flowgauge_visibility_records_waited_total", kCounter, "records", "", "Records that waited for the next poll.", attributed<&Attributed::waited>},
    {"flowgauge_visibility_records_waiting", kGauge, "records", "", "Of those: still waiting.", attributed<&Attributed::waiting>},
    {"flowgauge_visibility_records_unheld_total", kCounter, "records", "", "Records that should have waited and found no room.", attributed<&Attributed::unheld>},
    {"flowgauge_visibility_polls_total", kCounter, "polls", "", "Times that all sockets were looked at.", poller<&Poller::polls>},
    {"flowgauge_visibility_polls_inconsistent_total", kCounter, "polls", "", "Of those: the kernel changed its table meanwhile.", poller<&Poller::polls_inconsistent>},
    {"flowgauge_visibility_poll_cpu_seconds_total", kCounter, "seconds", "", "Processor time of the poller's thread.", poller<poll_cpu>},
    {"flowgauge_visibility_poll_seconds_total", kCounter, "seconds", "stage", "Processor time of polls, by stage: table (reading sockets), owner (finding their processes), publish (making what flows are compared with).", poll_seconds},
    {"flowgauge_visibility_last_poll_seconds", kGauge, "seconds", "stage", "The same of the last poll.", last_poll_seconds},
    {"flowgauge_visibility_period_seconds", kGauge, "seconds", "", "From one poll to the next, in force: stretched where polls would take more than max_cpu_percent.", poller<period>},
    {"flowgauge_visibility_period_configured_seconds", kGauge, "seconds", "", "The same as configured.", poller<period_set>},
    {"flowgauge_visibility_sockets", kGauge, "sockets", "protocol", "Sockets at the last poll.", sockets_listed},
    {"flowgauge_visibility_sockets_unowned", kGauge, "sockets", "", "Of those: no process was found for them.", poller<&Poller::sockets_unowned>},
    {"flowgauge_visibility_negative_cache_sockets", kGauge, "sockets", "", "Of those: not searched for at every poll.", poller<&Poller::negative_cache>},
    {"flowgauge_visibility_processes", kGauge, "processes", "", "Processes at the last poll.", poller<&Poller::processes>},
    {"flowgauge_visibility_namespaces", kGauge, "namespaces", "", "Network namespaces at the last poll.", poller<&Poller::namespaces>},
    {"flowgauge_visibility_namespaces_skipped", kGauge, "namespaces", "", "Of those: not readable, or beyond the bound.", poller<&Poller::namespaces_skipped>},
    {"flowgauge_visibility_scans_total", kCounter, "processes", "stage", "Processes whose descriptors were read, by why: hint (their number changed), recent (they had new sockets lately), full (an owner was still missing), threads (and then their threads); kernel: passes over all of them by BPF, instead of the last two.", process_scans},
    {"flowgauge_visibility_links_read_total", kCounter, "links", "", "Descriptors read.", poller<&Poller::links_read>},
    {"flowgauge_visibility_vanished_total", kCounter, "processes", "", "Processes that ended while they were looked at.", poller<&Poller::processes_vanished>},
    {"flowgauge_visibility_denied_total", kCounter, "looks", "", "Looks at processes and namespaces that the kernel refused.", poller<&Poller::denied>},
    {"flowgauge_visibility_events_total", kCounter, "events", "type", "What the kernel told between two polls.", socket_events},
    {"flowgauge_visibility_events_lost_total", kCounter, "events", "", "Events that found no room; a poll follows at once.", poller<&Poller::events_lost>},
    {"flowgauge_visibility_history_sockets", kGauge, "sockets", "", "Sockets remembered, for flows that end later.", poller<&Poller::history>},
    {"flowgauge_visibility_history_evicted_total", kCounter, "sockets", "", "Sockets forgotten early, for want of room.", poller<&Poller::history_evicted>},
    {"flowgauge_visibility_snapshot_bytes", kGauge, "bytes", "", "Size of what flows are compared with.", poller<&Poller::snapshot_bytes>},
    {"flowgauge_visibility_snapshot_age_seconds", kGauge, "seconds", "", "Time since everything was looked at.", snapshot_age},

    {"flowgauge_plugin_calls_total", kCounter, "calls", "plugin,hook", "Calls of a plugin's functions.", plugin_calls},
    {"flowgauge_plugin_errors_total", kCounter, "calls", "plugin", "Of those: threw, failed or took longer than the budget; the plugin is disabled then.", plugins<&PluginNumbers::errors>},
    {"flowgauge_plugin_seconds_total", kCounter, "seconds", "plugin", "Time in a plugin's functions, estimated by sampling.", plugins<&PluginNumbers::seconds>},
    {"flowgauge_plugin_expired_flows_total", kCounter, "flows", "plugin", "Flows that ended because the plugin asked for it.", plugins<&PluginNumbers::expired_flows>},
    {"flowgauge_plugin_values_of_wrong_type_total", kCounter, "values", "plugin", "Values for a column of another type, or for none; they are left out.", plugins<&PluginNumbers::values_of_wrong_type>},
    {"flowgauge_plugin_disabled", kGauge, "", "plugin", "1 after an error: it is called no more; flowgauge status says why.", plugins<is_disabled>},
    {"flowgauge_model_predictions_total", kCounter, "flows", "model,class", "Flows by what the model predicted, of the first 64 classes and all others; of a regression class is empty.", model_predictions},
    {"flowgauge_model_absent_total", kCounter, "flows", "model", "Flows without a prediction, because an input had no value.", models<&ModelNumbers::absent>},
    {"flowgauge_model_replacements_total", kCounter, "times", "model", "Times that a reload replaced the model.", models<&ModelNumbers::replacements>},
    {"flowgauge_extension_value_bytes", kGauge, "bytes", kWorker, "Memory of texts and lists of features and plugins.", extension_values<&ExtensionCounters::value_bytes>},
    {"flowgauge_extension_values_left_out_total", kCounter, "values", kWorker, "Texts and lists that found no room there.", extension_values<&ExtensionCounters::values_left_out>},
    {"flowgauge_extension_values_cut_total", kCounter, "values", kWorker, "Texts and lists longer than a value may be, cut.", extension_values<&ExtensionCounters::values_cut>},
    {"flowgauge_records_emitted_total", kCounter, "records", kWorker, "Records offered to the sinks.", workers<&Worker::records_emitted>},
    {"flowgauge_records_queue_full_total", kCounter, "records", kWorker, "Of those: dropped because the queue to the sinks was full.", workers<&Worker::records_queue_full>},

    {"flowgauge_sink_info", kGauge, "", "sink,type", "Always 1; the label says what the sink is.", sink_info},
    {"flowgauge_sink_records_in_total", kCounter, "records", "sink", "Records that came to the sink.", sinks<&Sink::records_in>},
    {"flowgauge_sink_records_recovered_total", kCounter, "records", "sink", "Records that were in the spool at the start.", sinks<&Sink::records_recovered>},
    {"flowgauge_sink_records_acknowledged_total", kCounter, "records", "sink", "Of those: arrived, as far as the output can tell. File: written, or synced as fsync says; UDP: accepted by send; TCP, TLS: left the replay ring; Kafka: delivery report.", sinks<&Sink::records_acknowledged>},
    {"flowgauge_sink_records_dropped_total", kCounter, "records", "sink,reason", "Of those: given up, by reason.", records_dropped},
    {"flowgauge_sink_queued_records", kGauge, "records", "sink", "Of those: not decided yet.", sinks<&Sink::records_queued>},
    {"flowgauge_sink_queue_capacity_records", kGauge, "records", "sink", "Records that may wait.", sinks<&Sink::queue_capacity>},
    {"flowgauge_sink_spooled_records", kGauge, "records", "sink", "Of those: written to the spool on disk; they survive the death of the process.", sinks<&Sink::records_spooled>},
    {"flowgauge_sink_spool_bytes", kGauge, "bytes", "sink", "Size of the spool on disk.", sinks<&Sink::spool_bytes>},
    {"flowgauge_sink_spool_size_bytes", kGauge, "bytes", "sink", "What the spool may take; 0: there is none.", sinks<&Sink::spool_bytes_max>},
    {"flowgauge_sink_spool_corrupt_bytes_total", kCounter, "bytes", "sink", "Bytes of the spool that could not be read and were set aside.", sinks<&Sink::spool_corrupt_bytes>},
    {"flowgauge_sink_spool_errors_total", kCounter, "errors", "sink", "Reads, writes and syncs of the spool that failed.", sinks<&Sink::spool_errors>},
    {"flowgauge_sink_connections_total", kCounter, "connections", "sink", "Connections made to collectors; to brokers of Kafka: tried.", sinks<&Sink::connections>},
    {"flowgauge_sink_records_repeated_total", kCounter, "records", "sink", "Records sent once more on a new connection; flow_uid tells them.", sinks<&Sink::records_repeated>},
    {"flowgauge_sink_records_uncertain_total", kCounter, "records", "sink", "Records acknowledged that a lost connection may have taken along, at most.", sinks<&Sink::records_uncertain>},
    {"flowgauge_sink_records_skipped_total", kCounter, "records", "sink", "Records that one of several collectors did not get (distribute: duplicate), counted once for each.", sinks<&Sink::records_skipped>},
    {"flowgauge_sink_records_shortened_total", kCounter, "records", "sink", "Records whose texts or lists were cut to fit a message (IPFIX).", sinks<&Sink::records_shortened>},
    {"flowgauge_sink_bytes_total", kCounter, "bytes", "sink", "Bytes written.", sinks<&Sink::bytes_written>},
    {"flowgauge_sink_files_opened_total", kCounter, "files", "sink", "Files begun.", sinks<&Sink::files_opened>},
    {"flowgauge_sink_files_removed_total", kCounter, "files", "sink", "Files removed because more than keep were there.", sinks<&Sink::files_removed>},
    {"flowgauge_sink_errors_total", kCounter, "errors", "sink", "Writes and other steps that failed; what is lost by them is in records_dropped.", sinks<&Sink::errors>},
    {"flowgauge_sink_working", kGauge, "0 or 1", "sink", "0 while the sink cannot write; flowgauge status says why.", sinks<&Sink::working>},
    {"flowgauge_sink_last_success_timestamp_seconds", kGauge, "seconds", "sink", "When something was last written, since 1970 UTC; 0: never.", sinks<last_success>},
    {"flowgauge_sink_kafka_waiting_messages", kGauge, "messages", "sink", "Messages that the producer has and no broker has confirmed, as of its last report: at most 10 s ago, as all of flowgauge_sink_kafka.", producers<&Producer::messages_waiting>},
    {"flowgauge_sink_kafka_waiting_bytes", kGauge, "bytes", "sink", "Their size.", producers<&Producer::bytes_waiting>},
    {"flowgauge_sink_kafka_brokers", kGauge, "brokers", "sink", "Brokers that the producer knows.", producers<&Producer::brokers>},
    {"flowgauge_sink_kafka_brokers_up", kGauge, "brokers", "sink", "Of those: connected.", producers<&Producer::brokers_up>},
    {"flowgauge_sink_kafka_round_trip_seconds", kGauge, "seconds", "sink", "Mean time that the slowest broker took to answer.", producers<round_trip>},
    {"flowgauge_sink_kafka_round_trip_p99_seconds", kGauge, "seconds", "sink", "99th percentile of it.", producers<round_trip_p99>},
    {"flowgauge_sink_kafka_messages_sent_total", kCounter, "messages", "sink", "Messages transmitted, delivered or not, those sent once more among them.", producers<&Producer::messages_sent>},
    {"flowgauge_sink_kafka_sent_bytes_total", kCounter, "bytes", "sink", "Their size.", producers<&Producer::bytes_sent>},
    {"flowgauge_sink_kafka_request_errors_total", kCounter, "requests", "sink", "Requests to brokers that could not be transmitted.", producers<&Producer::transmit_errors>},
    {"flowgauge_sink_kafka_request_retries_total", kCounter, "requests", "sink", "Requests transmitted once more.", producers<&Producer::retries>},
    {"flowgauge_sink_kafka_request_timeouts_total", kCounter, "requests", "sink", "Requests that no broker answered in time.", producers<&Producer::timeouts>},
    {"flowgauge_sink_kafka_producers_total", kCounter, "producers", "sink", "Producers made: one more after each error that ended one.", producers<&Producer::producers>},

    {"flowgauge_worker_cpu_seconds_total", kCounter, "seconds", kWorker, "Processor time of the worker's thread.", workers<cpu_seconds>},
    {"flowgauge_worker_turns_total", kCounter, "turns", kWorker, "Turns of the worker's loop; stands still when it is stuck.", workers<&Worker::turns>},
    {"flowgauge_worker_stalled", kGauge, "0 or 1", kWorker, "1 when the worker's loop has not turned for a watchdog period.", stalled},
    {"flowgauge_clock_steps_total", kCounter, "events", kWorker, "Steps of the system clock that were absorbed.", workers<&Worker::clock_steps>},
    {"flowgauge_clock_offset_seconds", kGauge, "seconds", kWorker, "Sum of those steps.", workers<clock_offset>},

    {"flowgauge_log_messages_suppressed_total", kCounter, "messages", "", "Messages that the rate limit left out.", messages_suppressed},
    {"flowgauge_http_connections", kGauge, "connections", "", "Open connections to the HTTP server and the control socket.", one<kHttp, &Http::connections_open>},
    {"flowgauge_http_connections_total", kCounter, "connections", "", "Connections accepted.", one<kHttp, &Http::connections>},
    {"flowgauge_http_connections_refused_total", kCounter, "connections", "", "Connections closed at once because too many were open.", one<kHttp, &Http::connections_refused>},
    {"flowgauge_http_requests_total", kCounter, "requests", "code", "Requests answered, by status.", http_requests},
    {"flowgauge_http_timeouts_total", kCounter, "events", "", "Connections closed, or requests given up, because something took too long.", one<kHttp, &Http::timeouts>},
    {"flowgauge_http_tls_failures_total", kCounter, "events", "", "TLS handshakes that failed.", one<kHttp, &Http::tls_failures>},

    {"process_cpu_seconds_total", kCounter, "seconds", "", "Processor time of all threads.", one<kProcess, &Process::cpu_seconds>},
    {"process_resident_memory_bytes", kGauge, "bytes", "", "Memory in use.", one<kProcess, &Process::resident_bytes>},
    {"process_open_fds", kGauge, "descriptors", "", "Open file descriptors.", one<kProcess, &Process::open_descriptors>},
    {"process_max_fds", kGauge, "descriptors", "", "File descriptors that may be open.", one<kProcess, &Process::max_descriptors>},
};
// clang-format on

}  // namespace

std::span<const Metric> all_metrics() noexcept {
    return kMetrics;
}

std::vector<std::string> label_names(const Metric& metric) {
    std::vector<std::string> names;
    std::string_view rest = metric.labels;
    while (!rest.empty()) {
        const std::string_view name = rest.substr(0, rest.find(','));
        names.emplace_back(name);
        rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    }
    return names;
}

std::string_view to_string(MetricType type) noexcept {
    return type == MetricType::kCounter ? "counter" : "gauge";
}

std::string metrics_markdown() {
    std::string text =
        "# Metrics\n\n"
        "Made by `flowgauge fields --metrics`. `/metrics` shows them in this order, in the text "
        "format of\nPrometheus. Words of `reason` are those of [COUNTERS.md](COUNTERS.md).\n\n"
        "Every label has few values: inputs, interfaces, sinks and workers are bounded by the "
        "configuration,\n`application` and `process` by `metrics.applications` each, reasons, "
        "states and status "
        "codes by the program. All values of\na reason are there from the start, with 0.\n\n"
        "Laws:\n\n"
        "- `flowgauge_packets_read_total` = `flowgauge_packets_in_flows_total` + the sum of\n"
        "  `flowgauge_packets_rejected_total` + `flowgauge_reassembly_held_frames`, for the "
        "workers of an\n"
        "  input together, when packets rest.\n"
        "- `flowgauge_flows_created_total` = `flowgauge_flows_active` + the sum of\n"
        "  `flowgauge_flows_expired_total`, for each worker.\n"
        "- `flowgauge_sink_records_in_total` + `flowgauge_sink_records_recovered_total` =\n"
        "  `flowgauge_sink_records_acknowledged_total` + the sum of "
        "`flowgauge_sink_records_dropped_total` +\n  `flowgauge_sink_queued_records` + "
        "`flowgauge_sink_spooled_records`, at every scrape. A killed process loses what\n"
        "  is queued, at most.\n"
        "- The sum over all values of `application` grows exactly as the traffic does, and that "
        "of `process`\n  as the flows that were attributed. A name that gets a label of its own "
        "begins there at 0; what it\n  had before stays in `other`.\n"
        "- The sum of `flowgauge_visibility_flows_total` = that of "
        "`flowgauge_visibility_reasons_total`.\n\n"
        "| metric | type | unit | labels | meaning |\n|---|---|---|---|---|\n";
    auto out = std::back_inserter(text);
    for (const Metric& metric : all_metrics()) {
        format_to(
            out,
            "| `{}` | {} | {} | {} | {} |\n",
            metric.name,
            to_string(metric.type),
            metric.unit,
            join(label_names(metric), ", "),
            metric.help
        );
    }
    return text;
}

}  // namespace flowgauge
