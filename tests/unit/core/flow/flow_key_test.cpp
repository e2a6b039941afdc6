#include "core/flow/flow_key.h"

#include "tests/support/plain_packet.h"

#include <gtest/gtest.h>

#include <set>

namespace flowgauge {
namespace {

using test::icmp_packet;
using test::tcp_packet;
using test::udp_packet;

struct Pair {
    const char* reason;
    Packet first;
    Packet second;
    bool same_key;
    bool same_orientation;
};

Packet with_tunnel(Packet packet, TunnelId tunnel) {
    packet.tunnel_id = tunnel;
    return packet;
}

Packet as_version(Packet packet, std::uint8_t version) {
    packet.ip_version = version;
    return packet;
}

Packet with_other_mac(Packet packet) {
    packet.source_mac = {9, 9, 9, 9, 9, 9};
    return packet;
}

TEST(FlowKey, DecidesWhichPacketsAreOneFlow) {
    const Packet base = udp_packet("10.0.0.1:1", "10.0.0.2:2");
    const std::vector<Pair> rows{
        {"the other direction", base, udp_packet("10.0.0.2:2", "10.0.0.1:1"), true, false},
        {"ports swapped only", base, udp_packet("10.0.0.1:2", "10.0.0.2:1"), false, true},
        {"addresses swapped only", base, udp_packet("10.0.0.2:1", "10.0.0.1:2"), false, false},
        {"equal addresses, other direction",
         udp_packet("10.0.0.1:1", "10.0.0.1:2"),
         udp_packet("10.0.0.1:2", "10.0.0.1:1"),
         true,
         false},
        {"all equal, which is its own other direction",
         udp_packet("10.0.0.1:7", "10.0.0.1:7"),
         udp_packet("10.0.0.1:7", "10.0.0.1:7"),
         true,
         true},
        {"equal ports, other direction",
         udp_packet("10.0.0.1:7", "10.0.0.2:7"),
         udp_packet("10.0.0.2:7", "10.0.0.1:7"),
         true,
         false},
        {"another protocol", base, tcp_packet("10.0.0.1:1", "10.0.0.2:2"), false, true},
        {"another VLAN",
         base,
         udp_packet("10.0.0.1:1", "10.0.0.2:2", {.vlan_id = 10}),
         false,
         true},
        {"another tunnel", base, with_tunnel(base, TunnelId::kGtp), false, true},
        {"equal bits of another IP version", base, as_version(base, 6), false, true},
        {"another MAC", base, with_other_mac(base), true, true},
        {"another time and size",
         base,
         udp_packet("10.0.0.1:1", "10.0.0.2:2", {.tick = 9, .bytes = 900}),
         true,
         true},
        {"IPv6, other direction",
         udp_packet("[2001:db8::1]:1", "[2001:db8::2]:2"),
         udp_packet("[2001:db8::2]:2", "[2001:db8::1]:1"),
         true,
         false},
        {"ICMP, other direction",
         icmp_packet("10.0.0.1", "10.0.0.2"),
         icmp_packet("10.0.0.2", "10.0.0.1"),
         true,
         false},
    };
    for (const Pair& row : rows) {
        SCOPED_TRACE(row.reason);
        const OrientedKey first = key_of(row.first);
        const OrientedKey second = key_of(row.second);
        EXPECT_EQ(first.key == second.key, row.same_key);
        EXPECT_EQ(first.from_upper == second.from_upper, row.same_orientation);
        EXPECT_EQ(hash_of(first.key, 1) == hash_of(second.key, 1), row.same_key);
    }
}

TEST(FlowKey, OrdersEndsByAddressThenPort) {
    const OrientedKey by_address = key_of(udp_packet("10.0.0.2:1", "10.0.0.1:9"));
    EXPECT_TRUE(by_address.from_upper);
    EXPECT_EQ(by_address.key.lower, test::ip("10.0.0.1"));
    EXPECT_EQ(by_address.key.lower_port(), 9);
    EXPECT_EQ(by_address.key.upper_port(), 1);

    const OrientedKey by_port = key_of(udp_packet("10.0.0.1:9", "10.0.0.1:1"));
    EXPECT_TRUE(by_port.from_upper);
    EXPECT_EQ(by_port.key.lower_port(), 1);
    EXPECT_EQ(by_port.key.upper_port(), 9);
}

TEST(FlowKey, GivesBackWhatItWasMadeOf) {
    Packet packet = udp_packet("10.0.0.1:65535", "10.0.0.2:1");
    packet.vlan_id = 4095;
    packet.tunnel_id = TunnelId::kTzsp;
    const FlowKey key = key_of(packet).key;
    EXPECT_EQ(key.lower_port(), 65535);
    EXPECT_EQ(key.upper_port(), 1);
    EXPECT_EQ(key.vlan_id(), 4095);
    EXPECT_EQ(key.protocol(), kProtocolUdp);
    EXPECT_EQ(key.ip_version(), 4);
    EXPECT_EQ(key.tunnel_id(), TunnelId::kTzsp);
}

TEST(FlowKey, RanksAsItOrders) {
    std::vector<FlowKey> keys;
    for (const char* lower : {"10.0.0.1:1", "10.0.0.9:1", "192.168.0.1:1", "255.255.255.254:1"}) {
        keys.push_back(key_of(udp_packet(lower, "255.255.255.255:1")).key);
    }
    FlowKey key = keys.front();
    for (const std::uint64_t high : {0ULL, 1ULL, 1ULL << 40, 0x2001ULL << 48, ~0ULL}) {
        key.lower = {.high = high, .low = ~0ULL};
        keys.push_back(key);
    }
    for (const FlowKey& a : keys) {
        for (const FlowKey& b : keys) {
            if (rank_of(a) < rank_of(b)) {
                EXPECT_LT(a, b);
            }
        }
    }
}

TEST(FlowKey, IsNeverFromUpperWhenBothEndsAreEqual) {
    EXPECT_FALSE(key_of(udp_packet("10.0.0.1:7", "10.0.0.1:7")).from_upper);
}

TEST(FlowKey, HashDependsOnSeedAndEachField) {
    const FlowKey base = key_of(udp_packet("10.0.0.1:1", "10.0.0.2:2")).key;
    std::vector<FlowKey> keys(9, base);
    keys[1].lower.low ^= 1;
    keys[2].lower.high ^= 1;
    keys[3].upper.low ^= 1;
    keys[4].rest ^= std::uint64_t{1} << 48;
    keys[5].rest ^= std::uint64_t{1} << 32;
    keys[6].rest ^= std::uint64_t{1} << 16;
    keys[7].rest ^= std::uint64_t{1} << 8;
    keys[8].rest ^= static_cast<std::uint64_t>(TunnelId::kTzsp);
    std::set<std::uint64_t> hashes;
    for (const FlowKey& key : keys) {
        hashes.insert(hash_of(key, 1));
        hashes.insert(hash_of(key, 2));
    }
    EXPECT_EQ(hashes.size(), 2 * keys.size());
}

}  // namespace
}  // namespace flowgauge
