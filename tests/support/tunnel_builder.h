// Tunnels of `decode_tunnels: all` that read like prose, as those of packet_builder.h do.
#pragma once

#include "tests/support/packet_builder.h"

#include <cstddef>
#include <cstdint>

namespace flowgauge::test {

constexpr std::uint16_t kEtherBridged = 0x6558;  // an Ethernet frame

// Over UDP: what goes into udp_datagram()
// -----------------------------------------------------------------

// Flags, or flags and group, in the first word; the last byte of the header is `reserved`.
[[nodiscard]] Bytes vxlan(
    BytesView frame, std::uint32_t first_word = 0x08000000, std::uint8_t reserved = 0
);

// Next protocols: 1 IPv4, 2 IPv6, 3 Ethernet, 4 NSH, 5 MPLS.
[[nodiscard]] Bytes vxlan_gpe(
    std::uint8_t next_protocol, BytesView inner, std::uint8_t flags = 0x0c
);

struct GeneveHeader {
    std::uint16_t type = kEtherBridged;
    std::size_t option_words = 0;
    std::uint8_t version = 0;
    std::uint8_t flags = 0;
    std::uint8_t reserved = 0;
};
[[nodiscard]] Bytes geneve(const GeneveHeader& header, BytesView inner);

// What may stand before the IPv6 packet of Teredo.
[[nodiscard]] Bytes teredo_authentication(std::size_t client_bytes, std::size_t value_bytes);
[[nodiscard]] Bytes teredo_origin();

struct L2tpHeader {
    std::uint16_t flags =
        0x0002;  // | 0x4000 length, 0x0800 sequence, 0x0200 offset, 0x0100 priority
    std::uint16_t tunnel = 7;
    std::uint16_t session = 8;
    std::uint16_t offset = 4;
};
[[nodiscard]] Bytes l2tp(const L2tpHeader& header, BytesView ppp_frame);

// Over IP protocol 47: what goes into ip_packet()
// ------------------------------------------------------

// Flags: 0x8000 checksum, 0x2000 key, 0x1000 sequence number; each brings its 4 bytes.
[[nodiscard]] Bytes gre(std::uint16_t type, BytesView inner, std::uint16_t flags = 0);

[[nodiscard]] Bytes erspan_one(BytesView frame);
[[nodiscard]] Bytes erspan_two(BytesView frame);

// Frame types: 0 Ethernet, 2 IP.
[[nodiscard]] Bytes erspan_three(
    BytesView frame, bool platform_header = false, std::uint8_t frame_type = 0
);

// Version 1 of GRE with a sequence number. Flags: 0x80 acknowledgement.
[[nodiscard]] Bytes pptp(BytesView ppp_frame, std::uint8_t flags = 0);

}  // namespace flowgauge::test
