// The table of packet fields: data, one row a field, NFStream's first.
#include "core/record/packet_field.h"

#include <cstddef>
#include <cstdint>

namespace flowgauge {
namespace {

const Packet& packet_of(const RecordView& view) noexcept {
    return view.packet->packet;
}

void read_time(const RecordView& view, ValueSink& out) {
    out.integer(packet_of(view).tick);
}

void read_gap(const RecordView& view, ValueSink& out) {
    out.integer(view.packet->gap);
}

void read_direction_gap(const RecordView& view, ValueSink& out) {
    out.integer(view.packet->direction_gap);
}

void read_direction(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(static_cast<std::uint64_t>(view.packet->direction));
}

template <auto Member>
void read_number(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(static_cast<std::uint64_t>(packet_of(view).*Member));
}

template <std::uint8_t Flag>
void read_flag(const RecordView& view, ValueSink& out) {
    out.unsigned_integer((packet_of(view).tcp_flags & Flag) != 0 ? 1 : 0);
}

void read_source(const RecordView& view, ValueSink& out) {
    out.address(packet_of(view).source, packet_of(view).ip_version);
}

void read_destination(const RecordView& view, ValueSink& out) {
    out.address(packet_of(view).destination, packet_of(view).ip_version);
}

// Of the flow, as NFStream does it.
template <auto Member, std::size_t Bytes>
void read_mac(const RecordView& view, ValueSink& out) {
    out.mac(view.packet->flow.*Member, Bytes);
}

void read_accounted(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.packet->bytes);
}

void read_captured(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(packet_of(view).ip.size());
}

void read_place(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.packet->flow.all_packets());
}

// One row a field, however long.
// clang-format off
constexpr Column kPacketFields[] = {
    {"packet.time", ColumnType::kInteger, "{unit}", Presence::kAlways, true,
     "when it was captured; since 1970 UTC",
     read_time},
    {"packet.delta_time", ColumnType::kInteger, "{unit}", Presence::kAlways, true,
     "since the packet of the flow before it, 0 of the first",
     read_gap},
    {"packet.direction", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "0 src2dst, 1 dst2src",
     read_direction},
    {"packet.raw_size", ColumnType::kUnsigned, "bytes", Presence::kAlways, true,
     "of the frame",
     read_number<&Packet::frame_bytes>},
    {"packet.ip_size", ColumnType::kUnsigned, "bytes", Presence::kAlways, true,
     "IP header and payload",
     read_number<&Packet::ip_bytes>},
    {"packet.transport_size", ColumnType::kUnsigned, "bytes", Presence::kAlways, true,
     "TCP, UDP or ICMP header and payload, else 0",
     read_number<&Packet::transport_bytes>},
    {"packet.payload_size", ColumnType::kUnsigned, "bytes", Presence::kAlways, true,
     "behind the TCP, UDP or ICMP header, else 0",
     read_number<&Packet::payload_bytes>},
    {"packet.src_ip", ColumnType::kAddress, "", Presence::kAlways, true,
     "source address of the packet",
     read_source},
    {"packet.src_mac", ColumnType::kMac, "", Presence::kAlways, true,
     "MAC address at the source of the flow, in both directions",
     read_mac<&Flow::source_mac, 6>},
    {"packet.src_oui", ColumnType::kMac, "", Presence::kAlways, true,
     "first three bytes of that MAC address",
     read_mac<&Flow::source_mac, 3>},
    {"packet.dst_ip", ColumnType::kAddress, "", Presence::kAlways, true,
     "destination address of the packet",
     read_destination},
    {"packet.dst_mac", ColumnType::kMac, "", Presence::kAlways, true,
     "MAC address at the destination of the flow, in both directions",
     read_mac<&Flow::destination_mac, 6>},
    {"packet.dst_oui", ColumnType::kMac, "", Presence::kAlways, true,
     "first three bytes of that MAC address",
     read_mac<&Flow::destination_mac, 3>},
    {"packet.src_port", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "source port of the packet; 0 unless TCP or UDP",
     read_number<&Packet::source_port>},
    {"packet.dst_port", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "destination port of the packet; 0 unless TCP or UDP",
     read_number<&Packet::destination_port>},
    {"packet.protocol", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "IP protocol, of IPv6 the last next header",
     read_number<&Packet::protocol>},
    {"packet.vlan_id", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "innermost IEEE 802.1Q tag, 0 without one",
     read_number<&Packet::vlan_id>},
    {"packet.ip_version", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "4 or 6",
     read_number<&Packet::ip_version>},
    {"packet.syn", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "1 with TCP flag SYN, else 0",
     read_flag<kTcpSyn>},
    {"packet.cwr", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "1 with TCP flag CWR, else 0",
     read_flag<kTcpCwr>},
    {"packet.ece", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "1 with TCP flag ECE, else 0",
     read_flag<kTcpEce>},
    {"packet.urg", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "1 with TCP flag URG, else 0",
     read_flag<kTcpUrg>},
    {"packet.ack", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "1 with TCP flag ACK, else 0",
     read_flag<kTcpAck>},
    {"packet.psh", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "1 with TCP flag PSH, else 0",
     read_flag<kTcpPsh>},
    {"packet.rst", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "1 with TCP flag RST, else 0",
     read_flag<kTcpRst>},
    {"packet.fin", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "1 with TCP flag FIN, else 0",
     read_flag<kTcpFin>},
    {"packet.tunnel_id", ColumnType::kUnsigned, "", Presence::kAlways, true,
     "of the innermost tunnel, as column tunnel_id; 0 unless tunnels are decoded",
     read_number<&Packet::tunnel_id>},
    {"packet.direction_delta_time", ColumnType::kInteger, "{unit}", Presence::kAlways, false,
     "since the packet before it of the same direction, 0 of the first",
     read_direction_gap},
    {"packet.size", ColumnType::kUnsigned, "bytes", Presence::kAlways, false,
     "by accounting_mode, as bidirectional_bytes counts it",
     read_accounted},
    {"packet.captured_size", ColumnType::kUnsigned, "bytes", Presence::kAlways, false,
     "from the IP header to the end of the capture",
     read_captured},
    {"packet.tcp_flags", ColumnType::kUnsigned, "", Presence::kAlways, false,
     "byte of TCP flags: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128",
     read_number<&Packet::tcp_flags>},
    {"packet.number", ColumnType::kUnsigned, "", Presence::kAlways, false,
     "its place in the flow, from 1",
     read_place},
};
// clang-format on

}  // namespace

std::span<const Column> packet_fields() noexcept {
    return kPacketFields;
}

}  // namespace flowgauge
