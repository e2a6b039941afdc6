#include "core/packet/transport_layer.h"

namespace flowgauge {
namespace {

constexpr std::uint32_t kTcpHeaderMin = 20;
constexpr std::uint32_t kTcpThroughFlags = 14;  // captured bytes that hold ports to flags
constexpr std::uint32_t kUdpHeader = 8;
constexpr std::uint32_t kIcmpHeader = 8;

std::uint32_t beyond(std::uint32_t bytes, std::uint32_t header) noexcept {
    return bytes > header ? bytes - header : 0;
}

void read_ports(const ByteCursor& bytes, Packet& packet) noexcept {
    packet.source_port = bytes.be16(0);
    packet.destination_port = bytes.be16(2);
}

Rejection read_tcp(const ByteCursor& bytes, std::uint32_t length, Packet& packet) noexcept {
    if (length < kTcpHeaderMin) {
        return Rejection::kNone;
    }
    if (!bytes.has(kTcpThroughFlags)) {
        return Rejection::kTruncatedTransport;
    }
    read_ports(bytes, packet);
    packet.tcp_sequence = bytes.be32(4);
    packet.tcp_acknowledgment = bytes.be32(8);
    packet.tcp_flags = bytes.u8(13);
    packet.transport_bytes = length;
    packet.payload_bytes = beyond(length, static_cast<std::uint32_t>(bytes.u8(12) >> 4) * 4);
    return Rejection::kNone;
}

Rejection read_udp(const ByteCursor& bytes, std::uint32_t length, Packet& packet) noexcept {
    if (!bytes.has(kUdpHeader)) {
        return Rejection::kTruncatedTransport;
    }
    if (length < kUdpHeader) {
        return Rejection::kNone;
    }
    read_ports(bytes, packet);
    packet.transport_bytes = length;
    packet.payload_bytes = length - kUdpHeader;
    return Rejection::kNone;
}

}  // namespace

Rejection read_transport(const Layer& layer, const IpHeader& ip, Packet& packet) noexcept {
    packet.source_port = 0;
    packet.destination_port = 0;
    packet.tcp_flags = 0;
    packet.tcp_sequence = 0;
    packet.tcp_acknowledgment = 0;
    packet.transport_bytes = 0;
    packet.payload_bytes = 0;
    const std::uint32_t length = ip.total_bytes - ip.header_bytes;
    switch (ip.protocol) {
    case kProtocolTcp:
        return read_tcp(layer.bytes, length, packet);
    case kProtocolUdp:
        return read_udp(layer.bytes, length, packet);
    case kProtocolIcmp:
    case kProtocolIcmpv6:
        packet.transport_bytes = length;
        packet.payload_bytes = beyond(length, kIcmpHeader);
        return Rejection::kNone;
    default:
        return Rejection::kNone;
    }
}

}  // namespace flowgauge
