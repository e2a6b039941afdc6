// The tables of places in ECS and OCSF: data, one row a place. Names and types are those of the
// schemas' own lists: ECS 8.17 (ecs_flat.yml), OCSF 1.5.0 (class network_activity).
#include "export/text/json_names.h"

namespace flowgauge {
namespace {

using enum JsonForm;
using enum JsonWhen;

constexpr JsonConstant kEcsConstants[] = {
    {"ecs.version", R"("8.17.0")"},
    {"event.kind", R"("event")"},
    {"event.category", R"(["network"])"},
    {"event.type", R"(["connection","end"])"},
    {"event.dataset", R"("flowgauge.flow")"},
    {"observer.product", R"("flowgauge")"},
};

// network.application is nDPI's name. MAC addresses are in the form of RFC 7042.
// An event has one process: that of the other end has no place, nor has a control group or a unit.
// http.response.mime_type may not come from a header, and tls.next_protocol is what was agreed
// upon, not what was offered: content_type and alpn have no place.
constexpr JsonPlace kEcsPlaces[] = {
    {"id", "event.sequence"},
    {"src_ip", "source.ip"},
    {"src_mac", "source.mac", kMac},
    {"src_port", "source.port"},
    {"dst_ip", "destination.ip"},
    {"dst_mac", "destination.mac", kMac},
    {"dst_port", "destination.port"},
    {"protocol", "network.iana_number", kText},
    {"protocol", "network.transport", kTransport},
    {"ip_version", "network.type", kIpVersion},
    {"vlan_id", "network.vlan.id", kNotZero},
    {"bidirectional_first_seen_{unit}", "event.start", kTime},
    {"bidirectional_last_seen_{unit}", "@timestamp", kTime},
    {"bidirectional_last_seen_{unit}", "event.end", kTime},
    {"bidirectional_duration_{unit}", "event.duration", kDurationNs},
    {"bidirectional_packets", "network.packets"},
    {"bidirectional_bytes", "network.bytes"},
    {"src2dst_packets", "source.packets"},
    {"src2dst_bytes", "source.bytes"},
    {"dst2src_packets", "destination.packets"},
    {"dst2src_bytes", "destination.bytes"},
    {"application_name", "network.application", kLowerCase},
    {"requested_server_name", "tls.client.server_name", kText, kTls},
    {"requested_server_name", "flowgauge.requested_server_name", kText, kNotTls},
    {"client_fingerprint", "tls.client.ja3", kText, kTls},
    {"client_fingerprint", "flowgauge.client_fingerprint", kText, kNotTls},
    {"server_fingerprint", "tls.server.ja3s", kText, kTls},
    {"server_fingerprint", "flowgauge.server_fingerprint", kText, kNotTls},
    {"user_agent", "user_agent.original", kText},
    {"end_reason", "event.reason", kText},
    {"flow_uid", "flowgauge.flow_uid", kText},
    {"tls_version", "tls.version", kTlsNumber},
    {"tls_version", "tls.version_protocol", kTlsProtocol},
    {"system_process_pid", "process.pid", kKnown},
    {"system_process_name", "process.name", kText},
    {"system_process_exe", "process.executable", kText},
    {"system_process_cmdline", "process.command_line", kText},
    {"system_process_uid", "user.id", kKnownText},
    {"system_user", "user.name", kText},
    {"system_container_id", "container.id", kText},
    {"system_peer_process_pid", "flowgauge.system_peer_process_pid", kKnown},
};

constexpr JsonConstant kOcsfConstants[] = {
    {"activity_id", "6"},  // Traffic
    {"category_uid", "4"},
    {"class_uid", "4001"},
    {"type_uid", "400106"},
    {"severity_id", "1"},  // Informational
    {"metadata.version", R"("1.5.0")"},
    {"metadata.product.name", R"("flowgauge")"},
    {"metadata.product.vendor_name", R"("flowgauge")"},
    {"connection_info.direction_id", "0"},  // Unknown
};

// In and out are those of the source. An object `tls` must have a version, so that only flows of
// TLS have one. A process must have a number, and a user may be known without one: it is the
// actor's. Fields of an actor are of the profile host, those of a container of another.
constexpr JsonPlace kOcsfPlaces[] = {
    {"id", "metadata.sequence"},
    {"src_ip", "src_endpoint.ip"},
    {"src_mac", "src_endpoint.mac", kMac},
    {"src_port", "src_endpoint.port"},
    {"dst_ip", "dst_endpoint.ip"},
    {"dst_mac", "dst_endpoint.mac", kMac},
    {"dst_port", "dst_endpoint.port"},
    {"protocol", "connection_info.protocol_num"},
    {"protocol", "connection_info.protocol_name", kTransport},
    {"ip_version", "connection_info.protocol_ver_id"},
    {"bidirectional_first_seen_{unit}", "start_time", kTimeMs},
    {"bidirectional_last_seen_{unit}", "time", kTimeMs},
    {"bidirectional_last_seen_{unit}", "end_time", kTimeMs},
    {"bidirectional_duration_{unit}", "duration", kDurationMs},
    {"bidirectional_packets", "traffic.packets"},
    {"bidirectional_bytes", "traffic.bytes"},
    {"src2dst_packets", "traffic.packets_out"},
    {"src2dst_bytes", "traffic.bytes_out"},
    {"dst2src_packets", "traffic.packets_in"},
    {"dst2src_bytes", "traffic.bytes_in"},
    {"application_name", "app_name", kText},
    {"requested_server_name", "tls.sni", kText, kTls},
    {"requested_server_name", "unmapped.flowgauge.requested_server_name", kText, kNotTls},
    {"client_fingerprint", "tls.ja3_hash", kFingerprint, kTls},
    {"client_fingerprint", "unmapped.flowgauge.client_fingerprint", kText, kNotTls},
    {"server_fingerprint", "tls.ja3s_hash", kFingerprint, kTls},
    {"server_fingerprint", "unmapped.flowgauge.server_fingerprint", kText, kNotTls},
    {"flow_uid", "connection_info.uid", kText},
    {"tls_version", "tls.version", kTlsNumber},
    {"system_process_pid", "actor.process.pid", kKnown},
    {"system_process_name", "actor.process.name", kText},
    {"system_process_exe", "actor.process.path", kText},
    {"system_process_cmdline", "actor.process.cmd_line", kText},
    {"system_process_uid", "actor.user.uid", kKnownText},
    {"system_user", "actor.user.name", kText},
    {"system_container_id", "actor.process.container.uid", kText, kProcess},
    {"system_container_id", "unmapped.flowgauge.system_container_id", kText, kNoProcess},
    {"system_peer_process_pid", "unmapped.flowgauge.system_peer_process_pid", kKnown},
    {"system_match", "metadata.profiles", kProfiles},
    {"system_match", "unmapped.flowgauge.system_match", kText},
};

}  // namespace

std::span<const JsonPlace> json_places(JsonNames names) noexcept {
    switch (names) {
    case JsonNames::kNfstream:
        break;
    case JsonNames::kEcs:
        return kEcsPlaces;
    case JsonNames::kOcsf:
        return kOcsfPlaces;
    }
    return {};
}

std::span<const JsonConstant> json_constants(JsonNames names) noexcept {
    switch (names) {
    case JsonNames::kNfstream:
        break;
    case JsonNames::kEcs:
        return kEcsConstants;
    case JsonNames::kOcsf:
        return kOcsfConstants;
    }
    return {};
}

std::string_view json_rest(JsonNames names) noexcept {
    switch (names) {
    case JsonNames::kNfstream:
        break;
    case JsonNames::kEcs:
        return "flowgauge";
    case JsonNames::kOcsf:
        return "unmapped.flowgauge";
    }
    return {};
}

}  // namespace flowgauge
