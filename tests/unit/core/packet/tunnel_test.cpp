#include "core/packet/tunnel.h"

#include "tests/unit/core/packet/decoding.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

constexpr std::uint16_t kGtp = 2152;
constexpr std::uint16_t kCapwap = 5247;
constexpr std::uint16_t kTzsp = 37008;
const Bytes kEndTag = {1};

struct Row {
    const char* why;
    Bytes udp_payload;
    std::string seen;  // "outer": the packet stays what it is outside
    TunnelId tunnel_id = TunnelId::kNone;
};

// Each row over IPv4 and IPv6, and with the tunnel's port on either side.
void expect_rows(std::uint16_t port, const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        for (const IpPacket& ip : {kOuterFour, kOuterSix}) {
            for (const bool at_source : {false, true}) {
                const std::uint16_t source = at_source ? port : std::uint16_t{40'000};
                const std::uint16_t destination = at_source ? std::uint16_t{40'000} : port;
                const Decoded decoded = decode_bytes(
                    ip_packet(ip, udp_datagram(source, destination, row.udp_payload)),
                    LinkType::kRaw
                );
                const std::string outer = ip.source + ":" + std::to_string(source) + " > " +
                                          ip.destination + ":" + std::to_string(destination) +
                                          " / 17";
                EXPECT_EQ(summary(decoded), row.seen == "outer" ? outer : row.seen) << row.why;
                EXPECT_EQ(decoded.packet.tunnel_id, row.tunnel_id) << row.why;
            }
        }
    }
}

TEST(Gtp, OpensUserData) {
    const Bytes two_bytes = {0, 9};
    const Bytes six_bytes(6, 1);
    expect_rows(
        kGtp,
        {
            {"plain", gtp({}, kFourUdp), kFourSeen, TunnelId::kGtp},
            {"IPv6 inside", gtp({}, kSixUdp), kSixSeen, TunnelId::kGtp},
            {"N-PDU number", gtp({.flags = 0x31}, kFourUdp), kFourSeen, TunnelId::kGtp},
            {"sequence number", gtp({.flags = 0x32}, kFourUdp), kFourSeen, TunnelId::kGtp},
            {"one extension",
             gtp({.flags = 0x34, .extensions = {two_bytes}}, kFourUdp),
             kFourSeen,
             TunnelId::kGtp},
            {"chain",
             gtp({.flags = 0x37, .extensions = {six_bytes, two_bytes}}, kSixUdp),
             kSixSeen,
             TunnelId::kGtp},
            {"IP-in-IP inside", gtp({}, ip_in_ip(kSix, kFourUdp)), kFourSeen, TunnelId::kGtp},
            {"GTP in GTP",
             gtp({}, ip_packet(kSix, udp_datagram(1, kGtp, gtp({}, kFourUdp)))),
             kFourSeen,
             TunnelId::kGtp},
        }
    );
}

TEST(Gtp, LeavesEverythingElseTheOuterFlow) {
    const Bytes two_bytes = {0, 9};
    const Bytes chained = gtp({.flags = 0x34, .extensions = {two_bytes}}, kFourUdp);
    Bytes length_zero = chained;
    length_zero[12] = 0;
    expect_rows(
        kGtp,
        {
            {"echo request", gtp({.message = 1}, {}), "outer"},
            {"version 0", gtp({.flags = 0x10}, kFourUdp), "outer"},
            {"version 2", gtp({.flags = 0x50}, kFourUdp), "outer"},
            {"cut header", first_bytes(gtp({}, kFourUdp), 7), "outer"},
            {"cut optional fields", first_bytes(gtp({.flags = 0x32}, kFourUdp), 11), "outer"},
            {"cut chain", first_bytes(chained, 14), "outer"},
            {"extension of length 0", length_zero, "outer"},
            {"too many extensions",
             gtp({.flags = 0x34, .extensions = std::vector<Bytes>(17, two_bytes)}, kFourUdp),
             "outer"},
            {"no byte inside", gtp({}, {}), "outer"},
            {"no payload", {}, "outer"},
            {"Ethernet inside", gtp({}, ethernet_frame(kEtherIpv4, kFourUdp)), "tunnel_payload"},
            {"inner header cut",
             gtp({}, first_bytes(kFourUdp, 12)),
             "truncated_ip",
             TunnelId::kGtp},
        }
    );
}

TEST(Capwap, OpensWirelessData) {
    expect_rows(
        kCapwap,
        {
            {"plain", capwap_data(wireless_frame({}, kFourUdp)), kFourSeen, TunnelId::kCapwap},
            {"IPv6",
             capwap_data(wireless_frame({.ether_type = kEtherIpv6}, kSixUdp)),
             kSixSeen,
             TunnelId::kCapwap},
            {"QoS",
             capwap_data(wireless_frame({.qos = true}, kFourUdp)),
             kFourSeen,
             TunnelId::kCapwap},
            {"four addresses",
             capwap_data(wireless_frame({.four_addresses = true}, kFourUdp)),
             kFourSeen,
             TunnelId::kCapwap},
            {"QoS and four addresses",
             capwap_data(wireless_frame({.qos = true, .four_addresses = true}, kFourUdp)),
             kFourSeen,
             TunnelId::kCapwap},
            {"swapped frame control",
             capwap_data(wireless_frame({.swapped = true}, kFourUdp)),
             kFourSeen,
             TunnelId::kCapwap},
            {"swapped, QoS, four addresses",
             capwap_data(
                 wireless_frame({.qos = true, .four_addresses = true, .swapped = true}, kFourUdp)
             ),
             kFourSeen,
             TunnelId::kCapwap},
            {"long CAPWAP header",
             capwap_data(wireless_frame({}, kFourUdp), 5),
             kFourSeen,
             TunnelId::kCapwap},
        }
    );
}

TEST(Capwap, RejectsWirelessFramesWithoutIpAndLeavesTheRest) {
    expect_rows(
        kCapwap,
        {
            {"beacon", capwap_data(wireless_frame({.type = 0x80}, kFourUdp)), "tunnel_payload"},
            {"ARP",
             capwap_data(wireless_frame({.ether_type = kEtherArp}, Bytes(28))),
             "tunnel_payload"},
            {"IPv4 type without IPv4",
             capwap_data(wireless_frame({}, Bytes(28))),
             "tunnel_payload"},
            {"DTLS", capwap_data(wireless_frame({}, kFourUdp), 2, 1), "outer"},
            {"header beyond the end", capwap_data(Bytes(4), 31), "outer"},
            {"802.11 header cut",
             capwap_data(first_bytes(wireless_frame({}, kFourUdp), 31)),
             "outer"},
            {"no payload", {}, "outer"},
        }
    );
}

TEST(Capwap, TakesMacsOfTransmitterAndThirdAddress) {
    const Bytes bytes = ip_packet(
        kOuterFour, udp_datagram(kCapwap, 9, capwap_data(wireless_frame({.qos = true}, kFourUdp)))
    );
    const Packet packet = decode_bytes(ethernet_frame(kEtherIpv4, bytes)).packet;
    EXPECT_EQ(packet.source_mac, (MacAddress{2, 0, 0, 0, 1, 0xA}));
    EXPECT_EQ(packet.destination_mac, (MacAddress{2, 0, 0, 0, 1, 0xB}));
}

TEST(Tzsp, OpensMirroredEthernet) {
    const Bytes frame = ethernet_frame(kEtherIpv4, kFourUdp);
    const Bytes tags = {0, 0, 10, 1, 0xb0, 18, 1, 6, 41, 2, 0, 60, 1};
    expect_rows(
        kTzsp,
        {
            {"END only", tzsp(kEndTag, frame), kFourSeen, TunnelId::kTzsp},
            {"padding and tags", tzsp(tags, frame), kFourSeen, TunnelId::kTzsp},
            {"IPv6 with a tag",
             tzsp(kEndTag, with_tag(ethernet_frame(kEtherIpv6, kSixUdp), kEtherVlan, 5)),
             kSixSeen,
             TunnelId::kTzsp},
            {"transmitted packet (type 1)", tzsp(kEndTag, frame, 0x01010001), "outer"},
            {"802.11", tzsp(kEndTag, frame, 0x01000012), "outer"},
            {"version 2", tzsp(kEndTag, frame, 0x02000001), "outer"},
            {"tags without end", tzsp(Bytes{10, 1, 0xb0}, {}), "outer"},
            {"too many tags", tzsp(Bytes(70), frame), "outer"},
            {"tag beyond the end", tzsp(Bytes{10, 200}, frame), "outer"},
            {"header cut", Bytes{1, 0, 0}, "outer"},
            {"ARP inside", tzsp(kEndTag, ethernet_frame(kEtherArp, Bytes(46))), "arp"},
            {"Ethernet header cut", tzsp(kEndTag, Bytes(13)), "truncated_link"},
        }
    );
}

TEST(Tzsp, TakesMacsAndVlanOfTheMirroredFrame) {
    Bytes inner = with_tag(ethernet_frame(kEtherIpv4, kFourUdp), kEtherVlan, 5);
    inner[5] = 0x77;
    const Bytes outer = ip_packet(kOuterSix, udp_datagram(9, kTzsp, tzsp(kEndTag, inner)));
    const Bytes frame = with_tag(ethernet_frame(kEtherIpv6, outer), kEtherVlan, 100);
    const Packet packet = decode_bytes(frame).packet;
    EXPECT_EQ(packet.destination_mac, (MacAddress{2, 0, 0, 0, 0, 0x77}));
    EXPECT_EQ(packet.vlan_id, 5);
    EXPECT_EQ(packet.frame_bytes, frame.size());
    EXPECT_EQ(packet.ip_bytes, kFourUdp.size());
}

TEST(Tunnels, AreNotOpenedWhenSwitchedOff) {
    const DecodeOptions none{.decode_tunnels = TunnelSet::kNone};
    for (const IpPacket& ip : {kOuterFour, kOuterSix}) {
        const Bytes bytes = ip_packet(ip, udp_datagram(9, kGtp, gtp({}, kFourUdp)));
        const Decoded decoded = decode_bytes(bytes, LinkType::kRaw, none);
        EXPECT_EQ(summary(decoded), ip.source + ":9 > " + ip.destination + ":2152 / 17");
        EXPECT_EQ(decoded.packet.ip_bytes, bytes.size());
    }
    // IP-in-IP always is.
    const Bytes nested = ip_in_ip(kOuterSix, kFourUdp);
    EXPECT_EQ(summary(decode_bytes(nested, LinkType::kRaw, none)), kFourSeen);
}

TEST(IpInIp, TakesTheInnerPacketWhateverTheVersions) {
    for (const IpPacket& outer : {kOuterFour, kOuterSix}) {
        struct Inner {
            Bytes bytes;
            std::string seen;
        };
        for (const Inner& inner : {Inner{kFourUdp, kFourSeen}, Inner{kSixUdp, kSixSeen}}) {
            const Bytes bytes = ip_in_ip(outer, inner.bytes);
            const Bytes frame =
                ethernet_frame(outer.source == kOuterFour.source ? kEtherIpv4 : kEtherIpv6, bytes);
            const Decoded decoded = decode_bytes(frame);
            EXPECT_EQ(summary(decoded), inner.seen);
            EXPECT_EQ(decoded.packet.tunnel_id, TunnelId::kNone);
            EXPECT_EQ(decoded.packet.ip_bytes, inner.bytes.size());
            EXPECT_EQ(decoded.packet.frame_bytes, frame.size());
        }
    }
}

TEST(IpInIp, RejectsWhatIsNotIpInside) {
    const Bytes no_ip = ip_packet(with_protocol(kFour, 4), Bytes(40, 0x11));
    const Bytes nothing = ip_packet(with_protocol(kFour, 41), {});
    EXPECT_EQ(summary(decode_bytes(no_ip, LinkType::kRaw)), "tunnel_payload");
    EXPECT_EQ(summary(decode_bytes(nothing, LinkType::kRaw)), "truncated_ip");
}

TEST(Encapsulation, IsFollowedUpToTheBound) {
    Bytes nested = kFourUdp;
    for (int depth = 1; depth < kEncapsulationsMax; ++depth) {
        nested = ip_in_ip(depth % 2 == 0 ? kOuterFour : kOuterSix, nested);
    }
    EXPECT_EQ(summary(decode_bytes(nested, LinkType::kRaw)), kFourSeen);
    const Bytes one_more = ip_in_ip(kOuterFour, nested);
    EXPECT_EQ(summary(decode_bytes(one_more, LinkType::kRaw)), "encapsulation_depth");

    Bytes tunnelled = kFourUdp;
    for (int depth = 1; depth < kEncapsulationsMax; ++depth) {
        tunnelled = ip_packet(kOuterFour, udp_datagram(1, kGtp, gtp({}, tunnelled)));
    }
    EXPECT_EQ(summary(decode_bytes(tunnelled, LinkType::kRaw)), kFourSeen);
    const Bytes too_deep = ip_packet(kOuterFour, udp_datagram(1, kGtp, gtp({}, tunnelled)));
    EXPECT_EQ(summary(decode_bytes(too_deep, LinkType::kRaw)), "encapsulation_depth");
}

}  // namespace
}  // namespace flowgauge::test
