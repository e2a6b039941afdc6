// The fields of what the api answers, under their names, once for both directions of JSON.
#pragma once

#include "telemetry/reload_verdict.h"
#include "telemetry/sensor_statistics.h"

#include <cstddef>
#include <span>
#include <string_view>

namespace flowgauge {

// Names the fields of a struct to a visitor, once for both directions: visitor(name, field), or
// visitor.counts(name, array, names) where an array has a word for each of its elements.
template <typename T>
struct Fields;

template <typename T>
concept HasFields = requires {
    sizeof(Fields<T>);
};

// Words of the values of an enumeration.
template <typename T>
inline constexpr std::span<const std::string_view> kNamesOf;
template <>
inline constexpr std::span<const std::string_view> kNamesOf<InputState> = kInputStateNames;
template <>
inline constexpr std::span<const std::string_view> kNamesOf<SensorState> = kSensorStateNames;
template <>
inline constexpr std::span<const std::string_view> kNamesOf<PluginFault> = kPluginFaultNames;

// Empty for what is never counted.
inline std::string_view rejection_name(std::size_t index) {
    const auto reason = static_cast<Rejection>(index);
    return reason == Rejection::kNone ? std::string_view{} : to_string(reason);
}

inline std::string_view end_reason_name(std::size_t index) {
    return to_string(static_cast<EndReason>(index));
}

inline std::string_view owner_match_name(std::size_t index) {
    return kOwnerMatchNames[index];
}

inline std::string_view plugin_function_name(std::size_t index) {
    return to_string(static_cast<PluginFunction>(index));
}

inline std::string_view owner_reason_name(std::size_t index) {
    return kOwnerReasonNames[index];
}

template <>
struct Fields<ShardCounters> {
    static void visit(auto& visitor, auto& value) {
        visitor("packets_in_flows", value.packets_in_flows);
        visitor("flows_created", value.flows_created);
        visitor.counts("flows_expired", value.flows_expired, end_reason_name);
    }
};

template <>
struct Fields<DissectionCounters> {
    static void visit(auto& visitor, auto& value) {
        visitor("packets", value.packets);
        visitor("packets_refused", value.packets_refused);
        visitor("flows_refused", value.flows_refused);
        visitor("flows_active", value.flows_active);
    }
};

template <>
struct Fields<AttributionCounters> {
    static void visit(auto& visitor, auto& value) {
        visitor.counts("by_match", value.by_match, owner_match_name);
        visitor.counts("by_reason", value.by_reason, owner_reason_name);
        visitor("waited", value.waited);
        visitor("waiting", value.waiting);
        visitor("unheld", value.unheld);
    }
};

template <>
struct Fields<ExtensionCounters> {
    static void visit(auto& visitor, auto& value) {
        visitor("value_bytes", value.value_bytes);
        visitor("values_left_out", value.values_left_out);
        visitor("values_cut", value.values_cut);
    }
};

// Its share of AttributionCounters is in VisibilityStatistics::attributed.
template <>
struct Fields<WorkerCounters> {
    static void visit(auto& visitor, auto& value) {
        visitor("packets_read", value.packets_read);
        visitor("bytes_read", value.bytes_read);
        visitor.counts("rejected", value.rejected.frames, rejection_name);
        visitor("shard", value.shard);
        visitor("flows_active", value.flows_active);
        visitor("flows_capacity", value.flows_capacity);
        visitor("flows_dissected", value.flows_dissected);
        visitor("dissection", value.dissection);
        visitor("extension", value.extension);
        visitor("dissection_shed", value.dissection_shed);
        visitor("dissection_shed_flows", value.dissection_shed_flows);
        visitor("frames_held", value.frames_held);
        visitor("late_packets", value.late_packets);
        visitor("handed_over", value.handed_over);
        visitor("records_emitted", value.records_emitted);
        visitor("records_queue_full", value.records_queue_full);
        visitor("ring_dropped", value.ring_dropped);
        visitor("ring_freezes", value.ring_freezes);
        visitor("ring_blocks", value.ring_blocks);
        visitor("ring_polls", value.ring_polls);
        visitor("ring_truncated", value.ring_truncated);
        visitor("ring_down_events", value.ring_down_events);
        visitor("ring_streak_permille", value.ring_streak_permille);
        visitor("clock_steps", value.clock_steps);
        visitor("clock_offset_ms", value.clock_offset_ms);
        visitor("cpu_ns", value.cpu_ns);
        visitor("turns", value.turns);
        visitor("last_packet_ms", value.last_packet_ms);
    }
};

template <>
struct Fields<WorkerStatistics> {
    static void visit(auto& visitor, auto& value) {
        visitor("input", value.input);
        visitor("worker", value.worker);
        visitor("counters", value.counters);
        visitor("stalled", value.stalled);
    }
};

template <>
struct Fields<InterfaceStatistics> {
    static void visit(auto& visitor, auto& value) {
        visitor("name", value.name);
        visitor("present", value.present);
        visitor("up", value.up);
        visitor("opened", value.opened);
        visitor("downs", value.downs);
        visitor("ring_bytes", value.ring_bytes);
        visitor("hints", value.hints);
    }
};

template <>
struct Fields<InputStatistics> {
    static void visit(auto& visitor, auto& value) {
        visitor("name", value.name);
        visitor("state", value.state);
        visitor("source", value.source);
        visitor("filter", value.filter);
        visitor("interfaces", value.interfaces);
        visitor("files_read", value.files_read);
        visitor("files_failed", value.files_failed);
        visitor("problem", value.problem);
    }
};

template <>
struct Fields<ProducerNumbers> {
    static void visit(auto& visitor, auto& value) {
        visitor("messages_waiting", value.messages_waiting);
        visitor("bytes_waiting", value.bytes_waiting);
        visitor("brokers", value.brokers);
        visitor("brokers_up", value.brokers_up);
        visitor("round_trip_us", value.round_trip_us);
        visitor("round_trip_p99_us", value.round_trip_p99_us);
        visitor("messages_sent", value.messages_sent);
        visitor("bytes_sent", value.bytes_sent);
        visitor("connections", value.connections);
        visitor("transmit_errors", value.transmit_errors);
        visitor("retries", value.retries);
        visitor("timeouts", value.timeouts);
        visitor("producers", value.producers);
    }
};

template <>
struct Fields<SinkStatistics> {
    static void visit(auto& visitor, auto& value) {
        visitor("name", value.name);
        visitor("type", value.type);
        visitor("destination", value.destination);
        visitor("records_in", value.records_in);
        visitor("records_recovered", value.records_recovered);
        visitor("records_acknowledged", value.records_acknowledged);
        visitor("records_dropped", value.records_dropped);
        visitor("records_queued", value.records_queued);
        visitor("queue_capacity", value.queue_capacity);
        visitor("records_spooled", value.records_spooled);
        visitor("spool_bytes", value.spool_bytes);
        visitor("spool_bytes_max", value.spool_bytes_max);
        visitor("spool_corrupt_bytes", value.spool_corrupt_bytes);
        visitor("spool_errors", value.spool_errors);
        visitor("connections", value.connections);
        visitor("records_repeated", value.records_repeated);
        visitor("records_uncertain", value.records_uncertain);
        visitor("records_skipped", value.records_skipped);
        visitor("records_shortened", value.records_shortened);
        visitor("bytes_written", value.bytes_written);
        visitor("files_opened", value.files_opened);
        visitor("files_removed", value.files_removed);
        visitor("errors", value.errors);
        visitor("last_success_ms", value.last_success_ms);
        visitor("working", value.working);
        visitor("problem", value.problem);
        visitor("producer", value.producer);
    }
};

template <>
struct Fields<ConfigStatistics> {
    static void visit(auto& visitor, auto& value) {
        visitor("path", value.path);
        visitor("sha256", value.sha256);
        visitor("last_reload_successful", value.last_reload_successful);
        visitor("last_reload_ms", value.last_reload_ms);
        visitor("reloads", value.reloads);
        visitor("reloads_refused", value.reloads_refused);
        visitor("restart_keys", value.restart_keys);
        visitor("problem", value.problem);
    }
};

template <>
struct Fields<TrafficStatistics> {
    static void visit(auto& visitor, auto& value) {
        visitor("name", value.name);
        visitor("flows", value.flows);
        visitor("packets", value.packets);
        visitor("bytes", value.bytes);
    }
};

template <>
struct Fields<PollerCounters> {
    static void visit(auto& visitor, auto& value) {
        visitor("polls", value.polls);
        visitor("polls_inconsistent", value.polls_inconsistent);
        visitor("poll_cpu_ns", value.poll_cpu_ns);
        visitor("last_table_ns", value.last_table_ns);
        visitor("last_owner_ns", value.last_owner_ns);
        visitor("last_publish_ns", value.last_publish_ns);
        visitor("table_ns", value.table_ns);
        visitor("owner_ns", value.owner_ns);
        visitor("publish_ns", value.publish_ns);
        visitor("period_ns", value.period_ns);
        visitor("period_set_ns", value.period_set_ns);
        visitor("sockets", value.sockets);
        visitor("sockets_tcp", value.sockets_tcp);
        visitor("sockets_udp", value.sockets_udp);
        visitor("history", value.history);
        visitor("history_evicted", value.history_evicted);
        visitor("processes", value.processes);
        visitor("namespaces", value.namespaces);
        visitor("namespaces_skipped", value.namespaces_skipped);
        visitor("sockets_unowned", value.sockets_unowned);
        visitor("scans_by_hint", value.scans_by_hint);
        visitor("scans_recent", value.scans_recent);
        visitor("scans_full", value.scans_full);
        visitor("scans_of_threads", value.scans_of_threads);
        visitor("scans_by_kernel", value.scans_by_kernel);
        visitor("links_read", value.links_read);
        visitor("negative_cache", value.negative_cache);
        visitor("processes_vanished", value.processes_vanished);
        visitor("denied", value.denied);
        visitor("events_connect", value.events_connect);
        visitor("events_listen", value.events_listen);
        visitor("events_send", value.events_send);
        visitor("events_process", value.events_process);
        visitor("events_lost", value.events_lost);
        visitor("covered_ms", value.covered_ms);
        visitor("snapshot_bytes", value.snapshot_bytes);
    }
};

// Nothing but `on` where it is off, in both directions of JSON.
template <>
struct Fields<VisibilityStatistics> {
    static void visit(auto& visitor, auto& value) {
        visitor("on", value.state.on);
        if (value.state.on) {
            visitor("table", value.state.table);
            visitor("events", value.state.events);
            visitor("notes", value.state.notes);
            visitor("poller", value.poller);
            visitor("attributed", value.attributed);
        }
    }
};

template <>
struct Fields<PluginStatistics> {
    static void visit(auto& visitor, auto& value) {
        visitor("name", value.name);
        visitor("version", value.version);
        visitor.counts("calls", value.numbers.calls, plugin_function_name);
        visitor("errors", value.numbers.errors);
        visitor("expired_flows", value.numbers.expired_flows);
        visitor("values_of_wrong_type", value.numbers.values_of_wrong_type);
        visitor("seconds", value.numbers.seconds);
        visitor("fault", value.numbers.fault);
        visitor("why", value.numbers.why);
    }
};

template <>
struct Fields<ModelNumbers::Class> {
    static void visit(auto& visitor, auto& value) {
        visitor("name", value.name);
        visitor("predictions", value.predictions);
    }
};

template <>
struct Fields<ModelNumbers> {
    static void visit(auto& visitor, auto& value) {
        visitor("name", value.model);
        visitor("classes", value.classes);
        visitor("others", value.others);
        visitor("predictions", value.predictions);
        visitor("absent", value.absent);
        visitor("replacements", value.replacements);
    }
};

template <>
struct Fields<ExtensionStatistics> {
    static void visit(auto& visitor, auto& value) {
        visitor("plugins", value.plugins);
        visitor("models", value.models);
    }
};

template <>
struct Fields<ProcessStatistics> {
    static void visit(auto& visitor, auto& value) {
        visitor("cpu_seconds", value.cpu_seconds);
        visitor("resident_bytes", value.resident_bytes);
        visitor("open_descriptors", value.open_descriptors);
        visitor("max_descriptors", value.max_descriptors);
    }
};

template <>
struct Fields<HttpStatistics> {
    static void visit(auto& visitor, auto& value) {
        visitor("connections_open", value.connections_open);
        visitor("connections", value.connections);
        visitor("connections_refused", value.connections_refused);
        visitor("requests", value.requests);
        visitor("timeouts", value.timeouts);
        visitor("tls_failures", value.tls_failures);
    }
};

template <>
struct Fields<LogStatistics> {
    static void visit(auto& visitor, auto& value) {
        visitor("time_ms", value.time_ms);
        visitor("severity", value.severity);
        visitor("text", value.text);
        visitor("times", value.times);
    }
};

template <>
struct Fields<SensorStatistics> {
    static void visit(auto& visitor, auto& value) {
        visitor("state", value.state);
        visitor("sensor", value.sensor);
        visitor("version", value.version);
        visitor("ndpi_version", value.ndpi_version);
        visitor("compiler", value.compiler);
        visitor("time_ms", value.time_ms);
        visitor("start_ms", value.start_ms);
        visitor("inputs", value.inputs);
        visitor("workers", value.workers);
        visitor("sinks", value.sinks);
        visitor("config", value.config);
        visitor("applications", value.applications);
        visitor("visibility", value.visibility);
        visitor("processes", value.processes);
        visitor("extension", value.extension);
        visitor("process", value.process);
        visitor("http", value.http);
        visitor("messages", value.messages);
        visitor("messages_suppressed", value.messages_suppressed);
        visitor("missing_rights", value.missing_rights);
        visitor("not_ready", value.not_ready);
    }
};

template <>
struct Fields<FlowSnapshot> {
    static void visit(auto& visitor, auto& value) {
        visitor("input", value.input);
        visitor("source", value.source);
        visitor("destination", value.destination);
        visitor("source_port", value.source_port);
        visitor("destination_port", value.destination_port);
        visitor("protocol", value.protocol);
        visitor("vlan_id", value.vlan_id);
        visitor("application", value.application);
        visitor("process_pid", value.process_pid);
        visitor("process_name", value.process_name);
        visitor("first_ms", value.first_ms);
        visitor("last_ms", value.last_ms);
        visitor("packets", value.packets);
        visitor("bytes", value.bytes);
        visitor("flow_uid", value.flow_uid);
    }
};

template <>
struct Fields<FlowsSnapshot> {
    static void visit(auto& visitor, auto& value) {
        visitor("time_ms", value.time_ms);
        visitor("flows_active", value.flows_active);
        visitor("flows", value.flows);
    }
};

template <>
struct Fields<ReloadVerdict> {
    static void visit(auto& visitor, auto& value) {
        visitor("ok", value.ok);
        visitor("applied", value.applied);
        visitor("restart", value.restart);
        visitor("errors", value.errors);
    }
};

}  // namespace flowgauge
