#include "core/packet/gre_tunnel.h"

#include "tests/unit/core/packet/tunnels.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

const Bytes kFourFrame = ethernet_frame(kEtherIpv4, kFourUdp);
const Bytes kSixFrame = ethernet_frame(kEtherIpv6, kSixUdp);
constexpr std::uint16_t kAllFlags = 0xb000;

TEST(Gre, OpensWhatTheProtocolTypeNames) {
    expect_over_ip({
        {"IPv4", gre(kEtherIpv4, kFourUdp), kFourSeen, TunnelId::kGre},
        {"IPv6", gre(kEtherIpv6, kSixUdp), kSixSeen, TunnelId::kGre},
        {"checksum", gre(kEtherIpv4, kFourUdp, 0x8000), kFourSeen, TunnelId::kGre},
        {"key", gre(kEtherIpv4, kFourUdp, 0x2000), kFourSeen, TunnelId::kGre},
        {"sequence", gre(kEtherIpv6, kSixUdp, 0x1000), kSixSeen, TunnelId::kGre},
        {"all three", gre(kEtherIpv4, kFourUdp, kAllFlags), kFourSeen, TunnelId::kGre},
        {"Ethernet", gre(kEtherBridged, kFourFrame), kFourSeen, TunnelId::kGre},
        {"NVGRE", gre(kEtherBridged, kSixFrame, 0x2000), kSixSeen, TunnelId::kGre},
        {"MPLS", gre(kEtherMpls, mpls(2, kFourUdp)), kFourSeen, TunnelId::kGre},
        {"GRE in GRE",
         gre(kEtherIpv4, ip_packet(with_protocol(kFour, 47), gre(kEtherIpv6, kSixUdp))),
         kSixSeen,
         TunnelId::kGre},
        {"IP-in-IP inside", gre(kEtherIpv6, ip_in_ip(kSix, kFourUdp)), kFourSeen, TunnelId::kGre},
        {"ARP inside", gre(kEtherBridged, ethernet_frame(kEtherArp, Bytes(46))), "arp"},
        {"LLC inside", gre(kEtherBridged, ethernet_8023(Bytes(40, 0x42))), "llc"},
        {"resolution (NHRP)", gre(0x2001, Bytes(40)), "not_ip"},
        {"IPv4 named, no IP", gre(kEtherIpv4, Bytes(40)), "tunnel_payload", TunnelId::kGre},
    });
}

TEST(Gre, LeavesEverythingElseTheOuterFlow) {
    expect_over_ip({
        {"keepalive", gre(0, Bytes(4)), kOuter},
        {"OSI, no ethertype", gre(0x00fe, Bytes(40)), kOuter},
        {"routing", gre(kEtherIpv4, kFourUdp, 0x4000), kOuter},
        {"recursion", gre(kEtherIpv4, kFourUdp, 0x0100), kOuter},
        {"unnamed flag", gre(kEtherIpv4, kFourUdp, 0x0008), kOuter},
        {"version 2", gre(kEtherIpv4, kFourUdp, 0x0002), kOuter},
        {"header cut", first_bytes(gre(kEtherIpv4, {}), 3), kOuter},
        {"key cut", first_bytes(gre(kEtherIpv4, {}, 0x2000), 7), kOuter},
        {"nothing inside", gre(kEtherIpv4, {}), kOuter},
        {"no payload", {}, kOuter},
    });
}

TEST(Gre, DoesNotTakePaddingForAPacket) {
    const Bytes bare = ip_packet(with_protocol(kOuterFour, 47), gre(kEtherIpv4, {}));
    const Bytes padded = joined({ethernet_frame(kEtherIpv4, bare), kFourUdp});
    const Decoded decoded = decode_bytes(padded, LinkType::kEthernet, kAllTunnels);
    EXPECT_EQ(summary(decoded), "10.0.0.1:0 > 10.0.0.2:0 / 47");
}

TEST(Gre, KeepsMacsAndVlanUnlessAFrameIsInside) {
    const auto decoded = [](const Bytes& payload) {
        const Bytes outer = ip_packet(with_protocol(kOuterFour, 47), payload);
        const Bytes frame = with_tag(ethernet_frame(kEtherIpv4, outer), kEtherVlan, 100);
        return decode_bytes(frame, LinkType::kEthernet, kAllTunnels).packet;
    };
    Bytes inner = with_tag(kFourFrame, kEtherVlan, 5);
    inner[11] = 0x66;
    EXPECT_EQ(decoded(gre(kEtherIpv4, kFourUdp)).vlan_id, 100);
    EXPECT_EQ(decoded(gre(kEtherIpv4, kFourUdp)).source_mac, (MacAddress{2, 0, 0, 0, 0, 0xA}));
    EXPECT_EQ(decoded(gre(kEtherBridged, inner)).vlan_id, 5);
    EXPECT_EQ(decoded(gre(kEtherBridged, inner)).source_mac, (MacAddress{2, 0, 0, 0, 0, 0x66}));
    EXPECT_EQ(decoded(erspan_two(kFourFrame)).vlan_id, 0);
}

TEST(Erspan, OpensMirroredFramesOfAllTypes) {
    Bytes version_0 = erspan_two(kFourFrame);
    version_0[8] = 0x00;
    Bytes version_1 = erspan_three(kFourFrame);
    version_1[8] = 0x10;
    expect_over_ip({
        {"type I", erspan_one(kFourFrame), kFourSeen, TunnelId::kErspan},
        {"type II", erspan_two(kSixFrame), kSixSeen, TunnelId::kErspan},
        {"type III", erspan_three(kFourFrame), kFourSeen, TunnelId::kErspan},
        {"type III, platform", erspan_three(kSixFrame, true), kSixSeen, TunnelId::kErspan},
        {"type III, IP", erspan_three(kFourUdp, false, 2), kFourSeen, TunnelId::kErspan},
        {"type III, another frame", erspan_three(kFourFrame, false, 1), "tunnel_payload"},
        {"type II with ARP", erspan_two(ethernet_frame(kEtherArp, Bytes(46))), "arp"},
        {"type I, frame cut", erspan_one(Bytes(13)), "truncated_link"},
        {"type II of version 0", version_0, kOuter},
        {"type III of version 1", version_1, kOuter},
        {"type II, header cut", first_bytes(erspan_two({}), 15), kOuter},
        {"type III, header cut", first_bytes(erspan_three({}), 19), kOuter},
        {"type III, platform cut", first_bytes(erspan_three({}, true), 27), kOuter},
        {"type I without a frame", erspan_one({}), kOuter},
        {"type II without a frame", erspan_two({}), kOuter},
    });
}

TEST(Erspan, MirroringATunnelNamesTheInnermost) {
    const Bytes inside = ip_packet(with_protocol(kOuterSix, 47), gre(kEtherIpv4, kFourUdp));
    const Bytes outside =
        ip_packet(with_protocol(kOuterFour, 47), erspan_two(ethernet_frame(kEtherIpv6, inside)));
    const Decoded decoded = decode_raw(outside);
    EXPECT_EQ(summary(decoded), kFourSeen);
    EXPECT_EQ(decoded.packet.tunnel_id, TunnelId::kGre);
}

TEST(Pptp, OpensPppWhoseLengthAgrees) {
    const Bytes inside = ppp(kPppProtocolIpv4, kFourUdp);
    Bytes no_key = pptp(inside);
    no_key[0] = 0x10;
    Bytes other_type = pptp(inside);
    other_type[3] = 0x0c;
    expect_over_ip({
        {"plain", pptp(inside), kFourSeen, TunnelId::kGre},
        {"acknowledgement", pptp(inside, 0x80), kFourSeen, TunnelId::kGre},
        {"ff 03", pptp(hdlc_ppp(kPppProtocolIpv6, kSixUdp)), kSixSeen, TunnelId::kGre},
        {"link control inside", pptp(ppp(kPppProtocolLcp, pattern(8))), "not_ip"},
        {"compressed data inside", pptp(ppp(0x00fd, pattern(40))), "not_ip"},
        {"a byte too many", joined({pptp(inside), Bytes{0}}), kOuter},
        {"acknowledgement alone", {0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 9, 0, 0, 0, 1}, kOuter},
        {"unnamed flag", pptp(inside, 0x08), kOuter},
        {"no key", no_key, kOuter},
        {"another type", other_type, kOuter},
        {"header cut", first_bytes(pptp({}), 11), kOuter},
    });
}

}  // namespace
}  // namespace flowgauge::test
