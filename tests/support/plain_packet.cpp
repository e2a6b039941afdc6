#include "tests/support/plain_packet.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <string>

namespace flowgauge::test {
namespace {

constexpr std::uint32_t kEthernetBytes = 14;
constexpr std::uint32_t kIpv4Bytes = 20;
constexpr std::uint32_t kIpv6Bytes = 40;
constexpr std::uint32_t kTcpBytes = 20;
constexpr std::uint32_t kUdpBytes = 8;

struct End {
    IpAddress address;
    std::uint16_t port = 0;
    std::uint8_t ip_version = 4;
};

End end_of(std::string_view text) {
    End end;
    std::size_t colon = text.rfind(':');
    if (text.starts_with('[')) {
        const std::size_t bracket = text.find(']');
        end.ip_version = 6;
        end.address = ip(text.substr(1, bracket - 1));
        colon = bracket + 1 < text.size() ? bracket + 1 : std::string_view::npos;
    } else {
        end.address = ip(text.substr(0, colon));
    }
    if (colon != std::string_view::npos) {
        std::from_chars(text.data() + colon + 1, text.data() + text.size(), end.port);
    }
    return end;
}

std::uint32_t without(std::uint32_t bytes, std::uint32_t header) {
    return bytes > header ? bytes - header : 0;
}

Packet packet_of(
    std::string_view source,
    std::string_view destination,
    std::uint8_t protocol,
    const PacketOptions& options
) {
    const End from = end_of(source);
    const End to = end_of(destination);
    const std::uint32_t transport_header = protocol == kProtocolTcp ? kTcpBytes : kUdpBytes;
    Packet packet;
    packet.tick = options.tick;
    packet.position = options.position;
    packet.source = from.address;
    packet.destination = to.address;
    packet.source_port = from.port;
    packet.destination_port = to.port;
    packet.protocol = protocol;
    packet.ip_version = from.ip_version;
    packet.tcp_flags = options.tcp_flags;
    packet.tcp_sequence = options.tcp_sequence;
    packet.tcp_acknowledgment = options.tcp_acknowledgment;
    packet.vlan_id = options.vlan_id;
    packet.source_mac = {0x02, 0, 0, 0, 0, 0x0a};
    packet.destination_mac = {0x02, 0, 0, 0, 0, 0x0b};
    packet.frame_bytes = options.bytes;
    packet.ip_bytes = without(packet.frame_bytes, kEthernetBytes);
    packet.transport_bytes =
        without(packet.ip_bytes, from.ip_version == 4 ? kIpv4Bytes : kIpv6Bytes);
    packet.payload_bytes = without(packet.transport_bytes, transport_header);
    return packet;
}

}  // namespace

IpAddress ip(std::string_view text) {
    const std::string terminated(text);
    std::array<std::uint8_t, 16> bytes{};
    if (::inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1) {
        return ipv4_address(bytes.data());
    }
    if (::inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) {
        return ipv6_address(bytes.data());
    }
    return {};
}

Packet udp_packet(
    std::string_view source, std::string_view destination, const PacketOptions& options
) {
    return packet_of(source, destination, kProtocolUdp, options);
}

Packet tcp_packet(
    std::string_view source, std::string_view destination, const PacketOptions& options
) {
    return packet_of(source, destination, kProtocolTcp, options);
}

Packet icmp_packet(
    std::string_view source, std::string_view destination, const PacketOptions& options
) {
    return packet_of(source, destination, kProtocolIcmp, options);
}

std::uint32_t PacketStream::below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(random_()) % bound;
}

Packet PacketStream::next() {
    constexpr std::uint64_t kNetwork = 0x0a000000;
    constexpr std::uint32_t kPorts = 3;
    now_ += static_cast<Tick>(below(static_cast<std::uint32_t>(largest_gap_) + 1));
    Packet packet;
    packet.tick = now_;
    packet.position = position_++;
    packet.source = {.high = 0, .low = kNetwork + below(hosts_)};
    packet.destination = {.high = 0, .low = kNetwork + below(hosts_)};
    packet.source_port = static_cast<std::uint16_t>(1000 + below(kPorts));
    packet.destination_port = static_cast<std::uint16_t>(1000 + below(kPorts));
    packet.protocol = below(2) == 0 ? kProtocolUdp : kProtocolTcp;
    packet.ip_version = 4;
    packet.tcp_flags =
        packet.protocol == kProtocolTcp ? static_cast<std::uint8_t>(below(256)) : std::uint8_t{0};
    packet.frame_bytes = 60 + below(1455);
    packet.ip_bytes = packet.frame_bytes - kEthernetBytes;
    packet.transport_bytes = packet.ip_bytes - kIpv4Bytes;
    packet.payload_bytes = packet.transport_bytes - kUdpBytes;
    return packet;
}

}  // namespace flowgauge::test
