// Packet: what the flow table needs to know of one IP packet or reassembled datagram.
#pragma once

#include "core/base/ip_address.h"
#include "core/base/time.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace flowgauge {

// Captured bytes that a Packet keeps. One more than any IP packet but a jumbogram has, so that what
// is longer shows; files may hold frames of many megabytes.
constexpr std::size_t kPacketBytesMax = 65536;

using MacAddress = std::array<std::uint8_t, 6>;

// IP protocol numbers that are treated by name (IANA protocol-numbers).
constexpr std::uint8_t kProtocolIcmp = 1;
constexpr std::uint8_t kProtocolIpv4 = 4;
constexpr std::uint8_t kProtocolTcp = 6;
constexpr std::uint8_t kProtocolUdp = 17;
constexpr std::uint8_t kProtocolIpv6 = 41;
constexpr std::uint8_t kProtocolGre = 47;
constexpr std::uint8_t kProtocolIcmpv6 = 58;

// TCP flags as in byte 13 of the header (RFC 9293 section 3.1).
constexpr std::uint8_t kTcpFin = 0x01;
constexpr std::uint8_t kTcpSyn = 0x02;
constexpr std::uint8_t kTcpRst = 0x04;
constexpr std::uint8_t kTcpPsh = 0x08;
constexpr std::uint8_t kTcpAck = 0x10;
constexpr std::uint8_t kTcpUrg = 0x20;
constexpr std::uint8_t kTcpEce = 0x40;
constexpr std::uint8_t kTcpCwr = 0x80;

// Of the innermost decoded tunnel; IP-in-IP leaves it 0. The first three are NFStream's, the next
// two nDPI's numbers. The flow key has 4 bits for it.
enum class TunnelId : std::uint8_t {
    kNone = 0,
    kGtp = 1,
    kCapwap = 2,
    kTzsp = 3,
    kL2tp = 4,
    kVxlan = 5,
    kGeneve = 6,
    kGre = 7,
    kErspan = 8,
    kTeredo = 9,
};

// Addresses, ports and sizes are those of the innermost IP packet; MACs and vlan_id those of the
// innermost frame that has them, frame_bytes those of the outermost. Ownership: `ip` points into
// the source's bytes, with kFrameSlackBytes readable after it.
struct Packet {
    CaptureTime time;            // of the frame that completed it
    Tick tick = 0;               // `time` quantised and made monotone (core/flow/packet_clock.h)
    std::uint64_t position = 0;  // of that frame in the input

    IpAddress source;
    IpAddress destination;
    std::uint16_t source_port = 0;  // 0 unless TCP or UDP with a whole header
    std::uint16_t destination_port = 0;
    std::uint8_t protocol = 0;
    std::uint8_t ip_version = 0;
    std::uint8_t tcp_flags = 0;
    TunnelId tunnel_id = TunnelId::kNone;
    std::uint16_t vlan_id = 0;  // innermost IEEE 802.1Q tag
    MacAddress source_mac{};
    MacAddress destination_mac{};

    // Sizes in bytes, by accounting mode. Header lengths decide, not what was captured.
    std::uint32_t frame_bytes = 0;      // 0: on the wire; summed over the fragments of a datagram
    std::uint32_t ip_bytes = 0;         // 1: IP header and payload
    std::uint32_t transport_bytes = 0;  // 2: TCP, UDP, ICMP header and payload, else 0
    std::uint32_t payload_bytes = 0;    // 3: behind the TCP, UDP or ICMP header, else 0

    std::uint32_t tcp_sequence = 0;  // both 0 unless TCP with a whole header
    std::uint32_t tcp_acknowledgment = 0;

    // From the IP header to the end of the capture, at most kPacketBytesMax.
    std::span<const std::uint8_t> ip;
    std::uint8_t observation_point = 0;  // of the frame
    std::uint8_t encapsulations = 0;     // IP headers and tunnels opened so far; bounded
};

}  // namespace flowgauge
