// The table of columns: data, one row a field, in the order of output.
#include "core/flow/end_reason.h"
#include "core/record/column.h"

#include <cstddef>
#include <functional>

namespace flowgauge {
namespace {

// Row of a direction in two-row arrays; the third stands for both.
constexpr std::size_t kBoth = FlowStatistics::kBoth;

void read_id(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.id);
}

void read_expiration_id(const RecordView& view, ValueSink& out) {
    out.integer(expiration_id(view.record.end_reason));
}

void read_source_ip(const RecordView& view, ValueSink& out) {
    out.address(view.flow().source(), view.flow().key.ip_version());
}

void read_destination_ip(const RecordView& view, ValueSink& out) {
    out.address(view.flow().destination(), view.flow().key.ip_version());
}

void read_source_mac(const RecordView& view, ValueSink& out) {
    out.mac(view.flow().source_mac, 6);
}

void read_source_oui(const RecordView& view, ValueSink& out) {
    out.mac(view.flow().source_mac, 3);
}

void read_destination_mac(const RecordView& view, ValueSink& out) {
    out.mac(view.flow().destination_mac, 6);
}

void read_destination_oui(const RecordView& view, ValueSink& out) {
    out.mac(view.flow().destination_mac, 3);
}

void read_source_port(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.flow().source_port());
}

void read_destination_port(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.flow().destination_port());
}

void read_protocol(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.flow().key.protocol());
}

void read_ip_version(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.flow().key.ip_version());
}

void read_vlan_id(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.flow().key.vlan_id());
}

void read_tunnel_id(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(static_cast<std::uint64_t>(view.flow().key.tunnel_id()));
}

template <std::size_t Row>
Tick first_seen(const Flow& flow) {
    if constexpr (Row == kBoth) {
        return flow.first();
    } else {
        return flow.packets[Row] == 0 ? 0 : flow.first_seen[Row];
    }
}

template <std::size_t Row>
Tick last_seen(const Flow& flow) {
    if constexpr (Row == kBoth) {
        return flow.last();
    } else {
        return flow.packets[Row] == 0 ? 0 : flow.last_seen[Row];
    }
}

template <std::size_t Row>
void read_first_seen(const RecordView& view, ValueSink& out) {
    const Tick time = first_seen<Row>(view.flow());
    out.integer(time == 0 ? 0 : time + view.record.clock_shift);
}

template <std::size_t Row>
void read_last_seen(const RecordView& view, ValueSink& out) {
    const Tick time = last_seen<Row>(view.flow());
    out.integer(time == 0 ? 0 : time + view.record.clock_shift);
}

template <std::size_t Row>
void read_duration(const RecordView& view, ValueSink& out) {
    out.integer(last_seen<Row>(view.flow()) - first_seen<Row>(view.flow()));
}

template <std::size_t Row>
void read_packets(const RecordView& view, ValueSink& out) {
    if constexpr (Row == kBoth) {
        out.unsigned_integer(view.flow().all_packets());
    } else {
        out.unsigned_integer(view.flow().packets[Row]);
    }
}

template <std::size_t Row>
void read_bytes(const RecordView& view, ValueSink& out) {
    if constexpr (Row == kBoth) {
        out.unsigned_integer(view.flow().all_bytes());
    } else {
        out.unsigned_integer(view.flow().bytes[Row]);
    }
}

void put(std::uint64_t value, ValueSink& out) {
    out.unsigned_integer(value);
}

void put(double value, ValueSink& out) {
    out.real(value);
}

template <std::size_t Row, auto Member>
void read_size(const RecordView& view, ValueSink& out) {
    put(std::invoke(Member, view.statistics().packet_sizes(view.flow(), Row)), out);
}

template <std::size_t Row, auto Member>
void read_gap(const RecordView& view, ValueSink& out) {
    put(std::invoke(Member, view.statistics().inter_arrival_times(view.flow(), Row)), out);
}

template <std::size_t Row, std::size_t Flag>
void read_flag(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.statistics().flag_packets(Row, Flag));
}

// Writes length() entries, of which the first count() exist. The memory is used again for each list
// of a sink's thread.
template <typename Entry>
void put_sequence(const RecordView& view, ValueSink& out, Entry entry) {
    const EarlySequence sequence = view.sequence();
    thread_local std::vector<std::int64_t> values;
    values.assign(sequence.length(), -1);
    for (std::size_t i = 0; i < sequence.count(); ++i) {
        values[i] = static_cast<std::int64_t>((sequence.*entry)(i));
    }
    out.list(values);
}

void read_splt_direction(const RecordView& view, ValueSink& out) {
    put_sequence(view, out, &EarlySequence::direction);
}

void read_splt_ps(const RecordView& view, ValueSink& out) {
    put_sequence(view, out, &EarlySequence::bytes);
}

void read_splt_piat(const RecordView& view, ValueSink& out) {
    put_sequence(view, out, &EarlySequence::gap);
}

void read_application_name(const RecordView& view, ValueSink& out) {
    thread_local std::string name;  // used again, as in put_sequence()
    name.clear();
    view.context.application_names->append_application(view.application(), name);
    out.text(name);
}

void read_application_category_name(const RecordView& view, ValueSink& out) {
    out.text(view.context.application_names->category(view.application()));
}

void read_application_is_guessed(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.application().guessed ? 1 : 0);
}

void read_application_confidence(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(static_cast<std::uint64_t>(view.application().confidence));
}

template <std::string ApplicationMetadata::*Member>
void read_metadata(const RecordView& view, ValueSink& out) {
    const ApplicationMetadata* metadata = view.application().metadata.get();
    out.text(metadata == nullptr ? std::string_view{} : std::string_view{metadata->*Member});
}

void read_risks(const RecordView& view, ValueSink& out) {
    thread_local std::string names;  // used again, as in put_sequence()
    names.clear();
    view.context.application_names->append_risks(view.application(), names);
    out.text(names);
}

void read_end_reason(const RecordView& view, ValueSink& out) {
    out.token(to_string(view.record.end_reason));
}

void read_flow_uid(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.flow().flow_uid);
}

// One row a column, however long.
// clang-format off
constexpr Column kColumns[] = {
    {"id", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "position in this output, from 0",
     read_id},
    {"expiration_id", ColumnType::kInteger, "", Presence::kAlways, true,
     "0 idle or end of input, 1 active timeout, -1 plugin",
     read_expiration_id},
    {"src_ip", ColumnType::kAddress, "", Presence::kAlways, true,
     "source address of the flow's first packet",
     read_source_ip},
    {"src_mac", ColumnType::kMac, "", Presence::kAlways, true,
     "its source MAC address, zeros without one",
     read_source_mac},
    {"src_oui", ColumnType::kMac, "", Presence::kAlways, true,
     "first three bytes of that MAC address",
     read_source_oui},
    {"src_port", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "source port; 0 unless TCP or UDP",
     read_source_port},
    {"dst_ip", ColumnType::kAddress, "", Presence::kAlways, true,
     "destination address of the flow's first packet",
     read_destination_ip},
    {"dst_mac", ColumnType::kMac, "", Presence::kAlways, true,
     "its destination MAC address, zeros without one",
     read_destination_mac},
    {"dst_oui", ColumnType::kMac, "", Presence::kAlways, true,
     "first three bytes of that MAC address",
     read_destination_oui},
    {"dst_port", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "destination port; 0 unless TCP or UDP",
     read_destination_port},
    {"protocol", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "IP protocol, of IPv6 the last next header",
     read_protocol},
    {"ip_version", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "4 or 6",
     read_ip_version},
    {"vlan_id", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "innermost IEEE 802.1Q tag, 0 without one",
     read_vlan_id},
    {"tunnel_id", ColumnType::kUnsigned, "", Presence::kTunnels, true,
     "0 none, 1 GTP-U, 2 CAPWAP, 3 TZSP, 4 L2TP, 5 VXLAN, 6 GENEVE, 7 GRE, 8 ERSPAN, 9 Teredo",
     read_tunnel_id},
    {"bidirectional_first_seen_{unit}", ColumnType::kInteger, "{unit}", Presence::kAlways, true,
     "first packet, both directions; since 1970 UTC",
     read_first_seen<kBoth>},
    {"bidirectional_last_seen_{unit}", ColumnType::kInteger, "{unit}", Presence::kAlways, true,
     "last packet, both directions; since 1970 UTC",
     read_last_seen<kBoth>},
    {"bidirectional_duration_{unit}", ColumnType::kInteger, "{unit}", Presence::kAlways, true,
     "from first to last packet, both directions",
     read_duration<kBoth>},
    {"bidirectional_packets", ColumnType::kUnsigned, "packets", Presence::kAlways, true,
     "packets, both directions",
     read_packets<kBoth>},
    {"bidirectional_bytes", ColumnType::kUnsigned, "bytes", Presence::kAlways, true,
     "sum of packet sizes by accounting_mode, both directions",
     read_bytes<kBoth>},
    {"src2dst_first_seen_{unit}", ColumnType::kInteger, "{unit}", Presence::kAlways, true,
     "first packet, source to destination; since 1970 UTC",
     read_first_seen<0>},
    {"src2dst_last_seen_{unit}", ColumnType::kInteger, "{unit}", Presence::kAlways, true,
     "last packet, source to destination; since 1970 UTC",
     read_last_seen<0>},
    {"src2dst_duration_{unit}", ColumnType::kInteger, "{unit}", Presence::kAlways, true,
     "from first to last packet, source to destination",
     read_duration<0>},
    {"src2dst_packets", ColumnType::kUnsigned, "packets", Presence::kAlways, true,
     "packets, source to destination",
     read_packets<0>},
    {"src2dst_bytes", ColumnType::kUnsigned, "bytes", Presence::kAlways, true,
     "sum of packet sizes by accounting_mode, source to destination",
     read_bytes<0>},
    {"dst2src_first_seen_{unit}", ColumnType::kInteger, "{unit}", Presence::kAlways, true,
     "first packet, destination to source; since 1970 UTC",
     read_first_seen<1>},
    {"dst2src_last_seen_{unit}", ColumnType::kInteger, "{unit}", Presence::kAlways, true,
     "last packet, destination to source; since 1970 UTC",
     read_last_seen<1>},
    {"dst2src_duration_{unit}", ColumnType::kInteger, "{unit}", Presence::kAlways, true,
     "from first to last packet, destination to source",
     read_duration<1>},
    {"dst2src_packets", ColumnType::kUnsigned, "packets", Presence::kAlways, true,
     "packets, destination to source",
     read_packets<1>},
    {"dst2src_bytes", ColumnType::kUnsigned, "bytes", Presence::kAlways, true,
     "sum of packet sizes by accounting_mode, destination to source",
     read_bytes<1>},
    {"bidirectional_min_ps", ColumnType::kUnsigned, "bytes", Presence::kStatistics, true,
     "smallest packet size, both directions",
     read_size<kBoth, &Distribution::minimum>},
    {"bidirectional_mean_ps", ColumnType::kReal, "bytes", Presence::kStatistics, true,
     "mean packet size, both directions",
     read_size<kBoth, &Distribution::mean>},
    {"bidirectional_stddev_ps", ColumnType::kReal, "bytes", Presence::kStatistics, true,
     "sample deviation of packet size, both directions",
     read_size<kBoth, &Distribution::deviation>},
    {"bidirectional_max_ps", ColumnType::kUnsigned, "bytes", Presence::kStatistics, true,
     "largest packet size, both directions",
     read_size<kBoth, &Distribution::maximum>},
    {"src2dst_min_ps", ColumnType::kUnsigned, "bytes", Presence::kStatistics, true,
     "smallest packet size, source to destination",
     read_size<0, &Distribution::minimum>},
    {"src2dst_mean_ps", ColumnType::kReal, "bytes", Presence::kStatistics, true,
     "mean packet size, source to destination",
     read_size<0, &Distribution::mean>},
    {"src2dst_stddev_ps", ColumnType::kReal, "bytes", Presence::kStatistics, true,
     "sample deviation of packet size, source to destination",
     read_size<0, &Distribution::deviation>},
    {"src2dst_max_ps", ColumnType::kUnsigned, "bytes", Presence::kStatistics, true,
     "largest packet size, source to destination",
     read_size<0, &Distribution::maximum>},
    {"dst2src_min_ps", ColumnType::kUnsigned, "bytes", Presence::kStatistics, true,
     "smallest packet size, destination to source",
     read_size<1, &Distribution::minimum>},
    {"dst2src_mean_ps", ColumnType::kReal, "bytes", Presence::kStatistics, true,
     "mean packet size, destination to source",
     read_size<1, &Distribution::mean>},
    {"dst2src_stddev_ps", ColumnType::kReal, "bytes", Presence::kStatistics, true,
     "sample deviation of packet size, destination to source",
     read_size<1, &Distribution::deviation>},
    {"dst2src_max_ps", ColumnType::kUnsigned, "bytes", Presence::kStatistics, true,
     "largest packet size, destination to source",
     read_size<1, &Distribution::maximum>},
    {"bidirectional_min_piat_{unit}", ColumnType::kUnsigned, "{unit}", Presence::kStatistics, true,
     "shortest inter-arrival time, both directions",
     read_gap<kBoth, &Distribution::minimum>},
    {"bidirectional_mean_piat_{unit}", ColumnType::kReal, "{unit}", Presence::kStatistics, true,
     "mean inter-arrival time, both directions",
     read_gap<kBoth, &Distribution::mean>},
    {"bidirectional_stddev_piat_{unit}", ColumnType::kReal, "{unit}", Presence::kStatistics, true,
     "sample deviation of inter-arrival time, both directions",
     read_gap<kBoth, &Distribution::deviation>},
    {"bidirectional_max_piat_{unit}", ColumnType::kUnsigned, "{unit}", Presence::kStatistics, true,
     "longest inter-arrival time, both directions",
     read_gap<kBoth, &Distribution::maximum>},
    {"src2dst_min_piat_{unit}", ColumnType::kUnsigned, "{unit}", Presence::kStatistics, true,
     "shortest inter-arrival time, source to destination",
     read_gap<0, &Distribution::minimum>},
    {"src2dst_mean_piat_{unit}", ColumnType::kReal, "{unit}", Presence::kStatistics, true,
     "mean inter-arrival time, source to destination",
     read_gap<0, &Distribution::mean>},
    {"src2dst_stddev_piat_{unit}", ColumnType::kReal, "{unit}", Presence::kStatistics, true,
     "sample deviation of inter-arrival time, source to destination",
     read_gap<0, &Distribution::deviation>},
    {"src2dst_max_piat_{unit}", ColumnType::kUnsigned, "{unit}", Presence::kStatistics, true,
     "longest inter-arrival time, source to destination",
     read_gap<0, &Distribution::maximum>},
    {"dst2src_min_piat_{unit}", ColumnType::kUnsigned, "{unit}", Presence::kStatistics, true,
     "shortest inter-arrival time, destination to source",
     read_gap<1, &Distribution::minimum>},
    {"dst2src_mean_piat_{unit}", ColumnType::kReal, "{unit}", Presence::kStatistics, true,
     "mean inter-arrival time, destination to source",
     read_gap<1, &Distribution::mean>},
    {"dst2src_stddev_piat_{unit}", ColumnType::kReal, "{unit}", Presence::kStatistics, true,
     "sample deviation of inter-arrival time, destination to source",
     read_gap<1, &Distribution::deviation>},
    {"dst2src_max_piat_{unit}", ColumnType::kUnsigned, "{unit}", Presence::kStatistics, true,
     "longest inter-arrival time, destination to source",
     read_gap<1, &Distribution::maximum>},
    {"bidirectional_syn_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag SYN, both directions",
     read_flag<kBoth, 0>},
    {"bidirectional_cwr_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag CWR, both directions",
     read_flag<kBoth, 1>},
    {"bidirectional_ece_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag ECE, both directions",
     read_flag<kBoth, 2>},
    {"bidirectional_urg_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag URG, both directions",
     read_flag<kBoth, 3>},
    {"bidirectional_ack_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag ACK, both directions",
     read_flag<kBoth, 4>},
    {"bidirectional_psh_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag PSH, both directions",
     read_flag<kBoth, 5>},
    {"bidirectional_rst_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag RST, both directions",
     read_flag<kBoth, 6>},
    {"bidirectional_fin_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag FIN, both directions",
     read_flag<kBoth, 7>},
    {"src2dst_syn_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag SYN, source to destination",
     read_flag<0, 0>},
    {"src2dst_cwr_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag CWR, source to destination",
     read_flag<0, 1>},
    {"src2dst_ece_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag ECE, source to destination",
     read_flag<0, 2>},
    {"src2dst_urg_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag URG, source to destination",
     read_flag<0, 3>},
    {"src2dst_ack_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag ACK, source to destination",
     read_flag<0, 4>},
    {"src2dst_psh_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag PSH, source to destination",
     read_flag<0, 5>},
    {"src2dst_rst_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag RST, source to destination",
     read_flag<0, 6>},
    {"src2dst_fin_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag FIN, source to destination",
     read_flag<0, 7>},
    {"dst2src_syn_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag SYN, destination to source",
     read_flag<1, 0>},
    {"dst2src_cwr_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag CWR, destination to source",
     read_flag<1, 1>},
    {"dst2src_ece_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag ECE, destination to source",
     read_flag<1, 2>},
    {"dst2src_urg_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag URG, destination to source",
     read_flag<1, 3>},
    {"dst2src_ack_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag ACK, destination to source",
     read_flag<1, 4>},
    {"dst2src_psh_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag PSH, destination to source",
     read_flag<1, 5>},
    {"dst2src_rst_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag RST, destination to source",
     read_flag<1, 6>},
    {"dst2src_fin_packets", ColumnType::kUnsigned, "packets", Presence::kStatistics, true,
     "packets with TCP flag FIN, destination to source",
     read_flag<1, 7>},
    {"splt_direction", ColumnType::kList, "", Presence::kSequence, true,
     "of the first packets: 0 src2dst, 1 dst2src; -1 where there is none",
     read_splt_direction},
    {"splt_ps", ColumnType::kList, "bytes", Presence::kSequence, true,
     "sizes of the first packets; -1 where there is none",
     read_splt_ps},
    {"splt_piat_{unit}", ColumnType::kList, "{unit}", Presence::kSequence, true,
     "times since the packet before; the first is 0, -1 where there is none",
     read_splt_piat},
    {"application_name", ColumnType::kText, "", Presence::kDissection, true,
     "nDPI's name, as TLS.Google; Unknown without one",
     read_application_name},
    {"application_category_name", ColumnType::kText, "", Presence::kDissection, true,
     "nDPI's category; Unspecified without one",
     read_application_category_name},
    {"application_is_guessed", ColumnType::kUnsigned, "", Presence::kDissection, true,
     "1 when guessed from port or address",
     read_application_is_guessed},
    {"application_confidence", ColumnType::kUnsigned, "", Presence::kDissection, true,
     "0 unknown, 1 port, 3 partial, 4 partial from cache, 5 cache, 6 dissected, 7 address",
     read_application_confidence},
    {"requested_server_name", ColumnType::kText, "", Presence::kDissection, true,
     "TLS or QUIC server name, HTTP host, DNS query",
     read_metadata<&ApplicationMetadata::requested_server_name>},
    {"client_fingerprint", ColumnType::kText, "", Presence::kDissection, true,
     "JA3, HASSH or DHCP fingerprint of the client",
     read_metadata<&ApplicationMetadata::client_fingerprint>},
    {"server_fingerprint", ColumnType::kText, "", Presence::kDissection, true,
     "JA3S or HASSH of the server",
     read_metadata<&ApplicationMetadata::server_fingerprint>},
    {"user_agent", ColumnType::kText, "", Presence::kDissection, true,
     "HTTP or QUIC user agent",
     read_metadata<&ApplicationMetadata::user_agent>},
    {"content_type", ColumnType::kText, "", Presence::kDissection, true,
     "HTTP content type of the answer",
     read_metadata<&ApplicationMetadata::content_type>},
    {"end_reason", ColumnType::kText, "", Presence::kAlways, false,
     "idle, active, end_of_input, shutdown, tcp_end, evicted or plugin",
     read_end_reason},
    {"flow_uid", ColumnType::kUnsigned, "", Presence::kAlways, false,
     "identity of the flow, the same in every output",
     read_flow_uid},
    {"alpn", ColumnType::kText, "", Presence::kDissection, false,
     "protocols that a TLS or QUIC client offered, between them a comma; the server's choice when there was no offer",
     read_metadata<&ApplicationMetadata::alpn>},
    {"tls_version", ColumnType::kText, "", Presence::kDissection, false,
     "as TLSv1.3: the server's choice in supported_versions, else the client hello's version field; of QUIC TLSv1.3",
     read_metadata<&ApplicationMetadata::tls_version>},
    {"risks", ColumnType::kText, "", Presence::kDissection, false,
     "what nDPI finds suspicious: its names, between them a vertical bar, in the order of its numbers",
     read_risks},
};
// clang-format on

}  // namespace

std::span<const Column> all_columns() noexcept {
    return kColumns;
}

}  // namespace flowgauge
