#include "core/packet/overlay_tunnel.h"

#include "tests/unit/core/packet/tunnels.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

constexpr std::uint16_t kL2tp = 1701;
constexpr std::uint16_t kTeredo = 3544;
constexpr std::uint16_t kVxlan = 4789;
constexpr std::uint16_t kVxlanGpe = 4790;
constexpr std::uint16_t kGeneve = 6081;

const Bytes kFourFrame = ethernet_frame(kEtherIpv4, kFourUdp);
const Bytes kSixFrame = ethernet_frame(kEtherIpv6, kSixUdp);
const Bytes kFourPpp = ppp(kPppProtocolIpv4, kFourUdp);

TEST(Vxlan, OpensEthernet) {
    const Bytes tagged = with_tag(kSixFrame, kEtherVlan, 5);
    expect_over_udp(
        kVxlan,
        {
            {"IPv4", vxlan(kFourFrame), kFourSeen, TunnelId::kVxlan},
            {"IPv6 with a tag", vxlan(tagged), kSixSeen, TunnelId::kVxlan},
            {"group policy", vxlan(kFourFrame, 0x88481234), kFourSeen, TunnelId::kVxlan},
            {"group of no policy", vxlan(kFourFrame, 0x88000001), kFourSeen, TunnelId::kVxlan},
            {"ARP inside", vxlan(ethernet_frame(kEtherArp, Bytes(46))), "arp"},
            {"LLC inside", vxlan(ethernet_8023(Bytes(40, 0x42))), "llc"},
            {"LLDP inside", vxlan(ethernet_frame(0x88cc, Bytes(46))), "not_ip"},
            {"Ethernet header cut", vxlan(Bytes(13)), "truncated_link"},
        }
    );
}

TEST(Vxlan, LeavesOtherUsesOfThePortAlone) {
    expect_over_udp(
        kVxlan,
        {
            {"no identifier", vxlan(kFourFrame, 0), kOuter},
            {"another flag", vxlan(kFourFrame, 0x0c000000), kOuter},
            {"group without its flag", vxlan(kFourFrame, 0x08000001), kOuter},
            {"unnamed bits beside a group", vxlan(kFourFrame, 0x88800001), kOuter},
            {"last byte", vxlan(kFourFrame, 0x08000000, 1), kOuter},
            {"header cut", first_bytes(vxlan(kFourFrame), 7), kOuter},
            {"nothing inside", vxlan({}), kOuter},
            {"no payload", {}, kOuter},
            {"text", text("GET / HTTP/1.1, or what not"), kOuter},
        }
    );
    // As the source port it is one that a resolver may have drawn.
    const Bytes answer = ip_packet(kOuterFour, udp_datagram(kVxlan, 40'000, vxlan(kFourFrame)));
    EXPECT_EQ(summary(decode_raw(answer)), "10.0.0.1:4789 > 10.0.0.2:40000 / 17");
}

TEST(Vxlan, TakesMacsAndVlanOfTheFrameInside) {
    Bytes inner = with_tag(kFourFrame, kEtherVlan, 5);
    inner[5] = 0x77;
    const Bytes outer = ip_packet(kOuterSix, udp_datagram(9, kVxlan, vxlan(inner)));
    const Bytes frame = with_tag(ethernet_frame(kEtherIpv6, outer), kEtherVlan, 100);
    const Packet packet = decode_bytes(frame, LinkType::kEthernet, kAllTunnels).packet;
    EXPECT_EQ(packet.destination_mac, (MacAddress{2, 0, 0, 0, 0, 0x77}));
    EXPECT_EQ(packet.vlan_id, 5);
    EXPECT_EQ(packet.frame_bytes, frame.size());
    EXPECT_EQ(packet.ip_bytes, kFourUdp.size());

    const Bytes untagged = ip_packet(kOuterFour, udp_datagram(9, kVxlan, vxlan(kFourFrame)));
    const Bytes tagged_outside = with_tag(ethernet_frame(kEtherIpv4, untagged), kEtherVlan, 100);
    EXPECT_EQ(decode_bytes(tagged_outside, LinkType::kEthernet, kAllTunnels).packet.vlan_id, 0);
}

// Padding behind the datagram is none of it, though it was captured.
TEST(Vxlan, DoesNotTakePaddingForAFrame) {
    const Bytes bare = ip_packet(kOuterFour, udp_datagram(9, kVxlan, vxlan({})));
    const Bytes padded = joined({ethernet_frame(kEtherIpv4, bare), kFourFrame});
    const Decoded decoded = decode_bytes(padded, LinkType::kEthernet, kAllTunnels);
    EXPECT_EQ(summary(decoded), "10.0.0.1:9 > 10.0.0.2:4789 / 17");
}

TEST(VxlanGpe, OpensWhatTheNextProtocolNames) {
    expect_over_udp(
        kVxlanGpe,
        {
            {"IPv4", vxlan_gpe(1, kFourUdp), kFourSeen, TunnelId::kVxlan},
            {"IPv6", vxlan_gpe(2, kSixUdp), kSixSeen, TunnelId::kVxlan},
            {"Ethernet", vxlan_gpe(3, kFourFrame), kFourSeen, TunnelId::kVxlan},
            {"MPLS", vxlan_gpe(5, mpls(2, kFourUdp)), kFourSeen, TunnelId::kVxlan},
            {"broadcast", vxlan_gpe(3, kFourFrame, 0x0e), kFourSeen, TunnelId::kVxlan},
            {"maintenance", vxlan_gpe(1, kFourUdp, 0x0d), kFourSeen, TunnelId::kVxlan},
            {"no next protocol", vxlan_gpe(0, kFourFrame, 0x08), kFourSeen, TunnelId::kVxlan},
            {"NSH", vxlan_gpe(4, kFourUdp), "tunnel_payload"},
            {"IPv4 named, no IP", vxlan_gpe(1, Bytes(40)), "tunnel_payload", TunnelId::kVxlan},
            {"next protocol without its flag", vxlan_gpe(1, kFourUdp, 0x08), kOuter},
            {"flag without next protocol", vxlan_gpe(0, kFourFrame), kOuter},
            {"version 1", vxlan_gpe(1, kFourUdp, 0x1c), kOuter},
            {"no identifier", vxlan_gpe(1, kFourUdp, 0x04), kOuter},
            {"header cut", first_bytes(vxlan_gpe(1, {}), 7), kOuter},
            {"nothing inside", vxlan_gpe(1, {}), kOuter},
            {"no payload", {}, kOuter},
        }
    );
}

TEST(Geneve, OpensWhatTheProtocolTypeNames) {
    expect_over_udp(
        kGeneve,
        {
            {"Ethernet", geneve({}, kFourFrame), kFourSeen, TunnelId::kGeneve},
            {"IPv4", geneve({.type = kEtherIpv4}, kFourUdp), kFourSeen, TunnelId::kGeneve},
            {"IPv6", geneve({.type = kEtherIpv6}, kSixUdp), kSixSeen, TunnelId::kGeneve},
            {"MPLS", geneve({.type = kEtherMpls}, mpls(1, kSixUdp)), kSixSeen, TunnelId::kGeneve},
            {"options", geneve({.option_words = 63}, kSixFrame), kSixSeen, TunnelId::kGeneve},
            {"control, critical",
             geneve({.flags = 0xc0}, kFourFrame),
             kFourSeen,
             TunnelId::kGeneve},
            {"ARP inside", geneve({}, ethernet_frame(kEtherArp, Bytes(46))), "arp"},
            {"another type", geneve({.type = 0x88cc}, Bytes(40)), "not_ip"},
            {"no ethertype", geneve({.type = 0}, kFourUdp), kOuter},
            {"version 1", geneve({.version = 1}, kFourFrame), kOuter},
            {"unnamed flag", geneve({.flags = 0x01}, kFourFrame), kOuter},
            {"last byte", geneve({.reserved = 9}, kFourFrame), kOuter},
            {"options beyond the end", first_bytes(geneve({.option_words = 63}, {}), 100), kOuter},
            {"header cut", first_bytes(geneve({}, {}), 7), kOuter},
            {"nothing inside", geneve({.option_words = 2}, {}), kOuter},
            {"no payload", {}, kOuter},
        }
    );
}

TEST(Teredo, OpensIpv6WhoseLengthFillsTheDatagram) {
    const Bytes no_payload = ip_packet(with_protocol(kSix, 59), {});
    expect_over_udp(
        kTeredo,
        {
            {"bare", kSixUdp, kSixSeen, TunnelId::kTeredo},
            {"origin", joined({teredo_origin(), kSixUdp}), kSixSeen, TunnelId::kTeredo},
            {"authentication",
             joined({teredo_authentication(0, 0), kSixUdp}),
             kSixSeen,
             TunnelId::kTeredo},
            {"authentication with values, origin",
             joined({teredo_authentication(5, 20), teredo_origin(), kSixUdp}),
             kSixSeen,
             TunnelId::kTeredo},
            {"bubble", no_payload, "no_next_header", TunnelId::kTeredo},
            {"a byte too many", joined({kSixUdp, Bytes{0}}), kOuter},
            {"a byte too few", first_bytes(kSixUdp, kSixUdp.size() - 1), kOuter},
            {"IPv4", kFourUdp, kOuter},
            {"values beyond the end", Bytes{0, 1, 200, 200, 0x60}, kOuter},
            {"origin cut", first_bytes(teredo_origin(), 7), kOuter},
            {"nothing behind the origin", teredo_origin(), kOuter},
            {"text", text("`looks like version 6 at first"), kOuter},
            {"no payload", {}, kOuter},
        }
    );
    const Bytes answer = ip_packet(kOuterFour, udp_datagram(kTeredo, 40'000, kSixUdp));
    EXPECT_EQ(summary(decode_raw(answer)), kSixSeen);
}

TEST(Teredo, IsRecognisedByLengthsWhenTheSnapshotCutThePacket) {
    const Bytes large = ip_packet(kSix, udp_datagram(1000, 53, pattern(1000)));
    HeapFrame frame(ip_packet(kOuterFour, udp_datagram(9, kTeredo, large)), LinkType::kRaw);
    frame.cut(100);
    const Decoded decoded = decode(frame, kAllTunnels);
    EXPECT_EQ(summary(decoded), kSixSeen);
    EXPECT_EQ(decoded.packet.payload_bytes, 1000U);
}

TEST(L2tp, OpensDataMessages) {
    const Bytes compressed = ppp(kPppProtocolIpv6, kSixUdp, true);
    const Bytes framed = hdlc_ppp(kPppProtocolIpv4, kFourUdp);
    expect_over_udp(
        kL2tp,
        {
            {"plain", l2tp({}, kFourPpp), kFourSeen, TunnelId::kL2tp},
            {"ff 03", l2tp({}, framed), kFourSeen, TunnelId::kL2tp},
            {"compressed", l2tp({}, compressed), kSixSeen, TunnelId::kL2tp},
            {"length", l2tp({.flags = 0x4002}, kFourPpp), kFourSeen, TunnelId::kL2tp},
            {"sequence", l2tp({.flags = 0x0802}, kFourPpp), kFourSeen, TunnelId::kL2tp},
            {"offset", l2tp({.flags = 0x0202}, kFourPpp), kFourSeen, TunnelId::kL2tp},
            {"all", l2tp({.flags = 0x4b02}, kFourPpp), kFourSeen, TunnelId::kL2tp},
            {"link control inside", l2tp({}, ppp(kPppProtocolLcp, pattern(8))), "not_ip"},
            {"control message", l2tp({.flags = 0xc802}, pattern(30)), kOuter},
            {"version 1 (L2F)", l2tp({.flags = 0x0001}, kFourPpp), kOuter},
            {"version 3", l2tp({.flags = 0x0003}, kFourPpp), kOuter},
            {"unnamed flag", l2tp({.flags = 0x0402}, kFourPpp), kOuter},
            {"tunnel 0", l2tp({.tunnel = 0}, kFourPpp), kOuter},
            {"session 0", l2tp({.session = 0}, kFourPpp), kOuter},
            {"length that lies", joined({l2tp({.flags = 0x4002}, kFourPpp), Bytes{0}}), kOuter},
            {"offset beyond the end",
             first_bytes(l2tp({.flags = 0x0202, .offset = 300}, {}), 100),
             kOuter},
            {"header cut", first_bytes(l2tp({}, {}), 5), kOuter},
            {"nothing inside", l2tp({}, {}), kOuter},
            {"no payload", {}, kOuter},
        }
    );
    const Bytes answer = ip_packet(kOuterFour, udp_datagram(kL2tp, 40'000, l2tp({}, kFourPpp)));
    EXPECT_EQ(summary(decode_raw(answer)), kFourSeen);
}

}  // namespace
}  // namespace flowgauge::test
