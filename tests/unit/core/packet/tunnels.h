// What the tests of tunnels share: rows that say what a packet on the outside turns out to be.
#pragma once

#include "tests/support/tunnel_builder.h"
#include "tests/unit/core/packet/decoding.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowgauge::test {

inline const DecodeOptions kAllTunnels{.decode_tunnels = TunnelSet::kAll};

// What a row expects of a packet that stays what it is outside.
inline const std::string kOuter = "outer";

struct TunnelRow {
    std::string why;
    Bytes payload;  // behind the UDP or IP header
    std::string seen;
    TunnelId tunnel_id = TunnelId::kNone;
};

inline Decoded decode_raw(const Bytes& bytes, const DecodeOptions& options = kAllTunnels) {
    return decode_bytes(bytes, LinkType::kRaw, options);
}

// Each row over IPv4 and IPv6, from port 40000 to `port`; without `decode_tunnels: all` each one
// stays the outer packet.
inline void expect_over_udp(std::uint16_t port, const std::vector<TunnelRow>& rows) {
    for (const TunnelRow& row : rows) {
        for (const IpPacket& ip : {kOuterFour, kOuterSix}) {
            const Bytes bytes = ip_packet(ip, udp_datagram(40'000, port, row.payload));
            const std::string outer =
                ip.source + ":40000 > " + ip.destination + ":" + std::to_string(port) + " / 17";
            const Decoded decoded = decode_raw(bytes);
            EXPECT_EQ(summary(decoded), row.seen == kOuter ? outer : row.seen) << row.why;
            EXPECT_EQ(decoded.packet.tunnel_id, row.tunnel_id) << row.why;
            EXPECT_EQ(summary(decode_raw(bytes, {})), outer) << row.why;
        }
    }
}

// The same over IP protocol 47.
inline void expect_over_ip(const std::vector<TunnelRow>& rows) {
    for (const TunnelRow& row : rows) {
        for (const IpPacket& ip : {kOuterFour, kOuterSix}) {
            const Bytes bytes = ip_packet(with_protocol(ip, kProtocolGre), row.payload);
            const std::string outer = ip.source + ":0 > " + ip.destination + ":0 / 47";
            const Decoded decoded = decode_raw(bytes);
            EXPECT_EQ(summary(decoded), row.seen == kOuter ? outer : row.seen) << row.why;
            EXPECT_EQ(decoded.packet.tunnel_id, row.tunnel_id) << row.why;
            EXPECT_EQ(summary(decode_raw(bytes, {})), outer) << row.why;
        }
    }
}

}  // namespace flowgauge::test
