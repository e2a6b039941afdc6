#include "core/packet/link_layer.h"

#include "tests/unit/core/packet/decoding.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

struct Row {
    std::string why;
    LinkType link_type;
    Bytes bytes;
    std::string seen;
};

void expect_rows(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        EXPECT_EQ(summary(decode_bytes(row.bytes, row.link_type)), row.seen) << row.why;
    }
}

Bytes tagged(std::size_t tags, std::uint16_t tag_protocol = kEtherVlan) {
    Bytes frame = ethernet_frame(kEtherIpv4, kFourUdp);
    for (std::size_t i = 0; i < tags; ++i) {
        frame = with_tag(std::move(frame), tag_protocol, static_cast<std::uint16_t>(i + 1));
    }
    return frame;
}

TEST(LinkLayer, OpensEveryLinkType) {
    expect_rows({
        {"Ethernet, IPv4", LinkType::kEthernet, ethernet_frame(kEtherIpv4, kFourUdp), kFourSeen},
        {"Ethernet, IPv6", LinkType::kEthernet, ethernet_frame(kEtherIpv6, kSixUdp), kSixSeen},
        {"raw", LinkType::kRaw, kFourUdp, kFourSeen},
        {"raw of a BSD", LinkType::kRawBsd, kSixUdp, kSixSeen},
        {"raw of OpenBSD", LinkType::kRawOpenBsd, kFourUdp, kFourSeen},
        {"IPv4", LinkType::kIpv4, kFourUdp, kFourSeen},
        {"IPv6", LinkType::kIpv6, kSixUdp, kSixSeen},
        {"cooked", LinkType::kLinuxCooked, linux_cooked(kEtherIpv4, kFourUdp), kFourSeen},
        {"cooked with a tag",
         LinkType::kLinuxCooked,
         linux_cooked(kEtherVlan, joined({Bytes{0, 9}, be16(kEtherIpv6), kSixUdp})),
         kSixSeen},
        {"cooked v2", LinkType::kLinuxCooked2, linux_cooked2(kEtherIpv6, kSixUdp), kSixSeen},
        {"cooked v2, ARP", LinkType::kLinuxCooked2, linux_cooked2(kEtherArp, Bytes(28)), "arp"},
        {"cooked v2 with a tag",
         LinkType::kLinuxCooked2,
         linux_cooked2(kEtherVlan, joined({Bytes{0, 9}, be16(kEtherIpv4), kFourUdp})),
         kFourSeen},
        {"802.11", LinkType::kWireless, wireless_frame({}, kFourUdp), kFourSeen},
        {"radiotap", LinkType::kRadiotap, radiotap({}, wireless_frame({}, kFourUdp)), kFourSeen},
        {"other link type", static_cast<LinkType>(147), kFourUdp, "link_type"},
    });
}

TEST(LinkLayer, OpensWhatPerPacketInformationNames) {
    const Bytes frame = ethernet_frame(kEtherIpv4, kFourUdp);
    const Bytes wireless = wireless_frame({}, kFourUdp);
    Bytes version_1 = ppi(LinkType::kEthernet, {}, frame);
    version_1[0] = 1;
    Bytes too_short = ppi(LinkType::kEthernet, {}, frame);
    too_short[2] = 7;
    Bytes large_type = ppi(LinkType::kEthernet, {}, frame);
    large_type[6] = 1;
    const LinkType type = LinkType::kPpi;
    expect_rows({
        {"Ethernet", type, ppi(LinkType::kEthernet, {}, frame), kFourSeen},
        {"fields", type, ppi(LinkType::kEthernet, Bytes(24, 0x77), frame), kFourSeen},
        {"802.11", type, ppi(LinkType::kWireless, Bytes(12), wireless), kFourSeen},
        {"radiotap", type, ppi(LinkType::kRadiotap, {}, radiotap({}, wireless)), kFourSeen},
        {"raw", type, ppi(LinkType::kRawBsd, {}, kSixUdp), kSixSeen},
        {"PPP", type, ppi(LinkType::kPpp, {}, ppp(kPppProtocolIpv4, kFourUdp)), kFourSeen},
        {"itself", type, ppi(LinkType::kPpi, {}, ppi(LinkType::kEthernet, {}, frame)), "link_type"},
        {"unread type", type, ppi(static_cast<LinkType>(147), {}, frame), "link_type"},
        {"type beyond 16 bits", type, large_type, "link_type"},
        {"version 1", type, version_1, "link_type"},
        {"shorter than itself", type, too_short, "link_type"},
        {"cut", type, first_bytes(ppi(LinkType::kEthernet, {}, frame), 7), "truncated_link"},
        {"fields cut", type, first_bytes(ppi(LinkType::kRaw, Bytes(9), {}), 16), "truncated_link"},
    });
}

TEST(LinkLayer, OpensPppInAllItsHabits) {
    for (const LinkType type : {LinkType::kPpp, LinkType::kPppSerial, LinkType::kCiscoHdlc}) {
        const std::string name = to_string(type) + ": ";
        expect_rows({
            {name + "bare", type, ppp(kPppProtocolIpv4, kFourUdp), kFourSeen},
            {name + "bare IPv6", type, ppp(kPppProtocolIpv6, kSixUdp), kSixSeen},
            {name + "compressed", type, ppp(kPppProtocolIpv4, kFourUdp, true), kFourSeen},
            {name + "HDLC-like", type, hdlc_ppp(kPppProtocolIpv4, kFourUdp), kFourSeen},
            {name + "HDLC-like, compressed",
             type,
             hdlc_ppp(kPppProtocolIpv6, kSixUdp, true),
             kSixSeen},
            {name + "MPLS", type, hdlc_ppp(kPppProtocolMpls, mpls(2, kFourUdp)), kFourSeen},
            {name + "Cisco unicast", type, cisco_hdlc(kEtherIpv4, kFourUdp), kFourSeen},
            {name + "Cisco multicast", type, cisco_hdlc(kEtherIpv6, kSixUdp, 0x8f), kSixSeen},
            {name + "control protocol", type, hdlc_ppp(kPppProtocolLcp, text("x")), "not_ip"},
            {name + "empty", type, {}, "truncated_link"},
            {name + "half a protocol field", type, {0x00}, "truncated_link"},
            {name + "only address and control", type, {0xff, 0x03}, "truncated_link"},
            {name + "half a Cisco header", type, {0x0f, 0x00, 0x08}, "truncated_link"},
        });
    }
}

TEST(LinkLayer, OpensLoopbackOfEverySystemInBothByteOrders) {
    for (const LinkType type : {LinkType::kNull, LinkType::kLoop}) {
        for (const ByteOrder order : {ByteOrder::kBig, ByteOrder::kLittle}) {
            expect_rows({
                {"IPv4", type, loopback(2, order, kFourUdp), kFourSeen},
                {"Linux", type, loopback(10, order, kSixUdp), kSixSeen},
                {"NetBSD", type, loopback(24, order, kSixUdp), kSixSeen},
                {"FreeBSD", type, loopback(28, order, kSixUdp), kSixSeen},
                {"macOS", type, loopback(30, order, kSixUdp), kSixSeen},
                {"AppleTalk", type, loopback(16, order, kFourUdp), "not_ip"},
                {"no family", type, loopback(0, order, kFourUdp), "not_ip"},
            });
        }
        expect_rows({{"cut", type, {0, 0, 0}, "truncated_link"}});
    }
}

TEST(LinkLayer, KeepsTheInnermostVlanId) {
    struct VlanRow {
        const char* why;
        Bytes frame;
        std::uint16_t vlan_id;
    };
    const Bytes plain = ethernet_frame(kEtherIpv4, kFourUdp);
    const VlanRow rows[] = {
        {"none", plain, 0},
        {"802.1Q", with_tag(plain, kEtherVlan, 20), 20},
        {"priority and DEI are no part of it", with_tag(plain, kEtherVlan, 0xf014), 20},
        {"802.1Q twice", with_tag(with_tag(plain, kEtherVlan, 20), kEtherVlan, 10), 20},
        {"802.1ad", with_tag(with_tag(plain, kEtherVlan, 20), kEtherProviderVlan, 10), 20},
        {"802.1ad with PCP 2", with_tag(plain, kEtherProviderVlan, 0x400a), 10},
        {"802.1ad with PCP 3", with_tag(plain, kEtherProviderVlan, 0x600a), 10},
        {"old provider tag", with_tag(plain, 0x9100, 4095), 4095},
    };
    for (const VlanRow& row : rows) {
        const Decoded decoded = decode_bytes(row.frame);
        EXPECT_EQ(summary(decoded), kFourSeen) << row.why;
        EXPECT_EQ(decoded.packet.vlan_id, row.vlan_id) << row.why;
        EXPECT_EQ(decoded.packet.frame_bytes, row.frame.size()) << row.why;
    }
}

TEST(LinkLayer, ReadsAStrippedTagAsIfItWereInTheBytes) {
    const Bytes plain = ethernet_frame(kEtherIpv4, kFourUdp);
    const Bytes offloaded = ethernet_frame(
        kEtherIpv4, ip_packet({.protocol = 6, .length = 0}, tcp_segment({}, pattern(2900)))
    );
    const Bytes frames[] = {
        with_tag(plain, kEtherVlan, 0x2064),
        with_tag(with_tag(plain, kEtherVlan, 20), kEtherProviderVlan, 10),
        with_tag(offloaded, kEtherVlan, 5),  // its length is taken from the frame
    };
    for (const Bytes& bytes : frames) {
        HeapFrame whole(bytes);
        HeapFrame stripped(bytes);
        stripped.strip_tag();
        const Decoded expected = decode(whole);
        const Decoded got = decode(stripped);
        EXPECT_EQ(summary(got), summary(expected));
        EXPECT_EQ(got.packet.vlan_id, expected.packet.vlan_id);
        EXPECT_EQ(got.packet.frame_bytes, expected.packet.frame_bytes);
        EXPECT_EQ(got.packet.ip_bytes, expected.packet.ip_bytes);
        EXPECT_EQ(got.packet.payload_bytes, expected.packet.payload_bytes);
        EXPECT_EQ(got.packet.source_mac, expected.packet.source_mac);
    }
}

TEST(LinkLayer, FollowsTagsAndLabelsUpToTheBound) {
    constexpr auto kMax = static_cast<std::size_t>(kTagsMax);
    expect_rows({
        {"tags", LinkType::kEthernet, tagged(kMax), kFourSeen},
        {"one tag more", LinkType::kEthernet, tagged(kMax + 1), "encapsulation_depth"},
        {"labels",
         LinkType::kEthernet,
         ethernet_frame(kEtherMpls, mpls(kMax, kFourUdp)),
         kFourSeen},
        {"one label more",
         LinkType::kEthernet,
         ethernet_frame(kEtherMpls, mpls(kMax + 1, kFourUdp)),
         "encapsulation_depth"},
        {"upstream labels",
         LinkType::kEthernet,
         ethernet_frame(0x8848, mpls(1, kSixUdp)),
         kSixSeen},
        {"labels behind a tag",
         LinkType::kEthernet,
         with_tag(ethernet_frame(kEtherMpls, mpls(3, kSixUdp)), kEtherVlan, 7),
         kSixSeen},
        {"labels, then no IP (pseudowire)",
         LinkType::kEthernet,
         ethernet_frame(kEtherMpls, mpls(1, Bytes(40))),
         "not_ip"},
    });
}

TEST(LinkLayer, OpensPppoeAndLlc) {
    expect_rows({
        {"PPPoE",
         LinkType::kEthernet,
         ethernet_frame(kEtherPppoe, pppoe_session(ppp(kPppProtocolIpv4, kFourUdp))),
         kFourSeen},
        {"PPPoE, compressed",
         LinkType::kEthernet,
         ethernet_frame(kEtherPppoe, pppoe_session(ppp(kPppProtocolIpv6, kSixUdp, true))),
         kSixSeen},
        {"PPPoE behind two tags",
         LinkType::kEthernet,
         with_tag(
             with_tag(
                 ethernet_frame(kEtherPppoe, pppoe_session(ppp(kPppProtocolIpv4, kFourUdp))),
                 kEtherVlan,
                 20
             ),
             kEtherProviderVlan,
             10
         ),
         kFourSeen},
        {"PPPoE with echo request",
         LinkType::kEthernet,
         ethernet_frame(kEtherPppoe, pppoe_session(ppp(kPppProtocolLcp, text("x")))),
         "not_ip"},
        {"SNAP", LinkType::kEthernet, ethernet_8023(llc_snap(kEtherIpv4, kFourUdp)), kFourSeen},
        {"SNAP, IPv6", LinkType::kEthernet, ethernet_8023(llc_snap(kEtherIpv6, kSixUdp)), kSixSeen},
        {"SNAP with ARP",
         LinkType::kEthernet,
         ethernet_8023(llc_snap(kEtherArp, Bytes(28))),
         "arp"},
        {"SAP 6", LinkType::kEthernet, ethernet_8023(llc_ip(kFourUdp)), kFourSeen},
        {"spanning tree",
         LinkType::kEthernet,
         ethernet_8023(joined({Bytes{0x42, 0x42, 3}, Bytes(35)})),
         "llc"},
        {"SNAP of another organisation",
         LinkType::kEthernet,
         ethernet_8023(joined({Bytes{0xaa, 0xaa, 3, 0, 0, 0xc, 0x20, 0}, Bytes(30)})),
         "llc"},
        {"SNAP with a length for a type",
         LinkType::kEthernet,
         ethernet_8023(llc_snap(0x0100, kFourUdp)),
         "llc"},
        {"cooked LLC",
         LinkType::kLinuxCooked,
         linux_cooked(4, llc_snap(kEtherIpv4, kFourUdp)),
         kFourSeen},
    });
}

TEST(LinkLayer, RejectsWhatIsNotIp) {
    expect_rows({
        {"ARP", LinkType::kEthernet, ethernet_frame(kEtherArp, Bytes(46)), "arp"},
        {"RARP", LinkType::kEthernet, ethernet_frame(0x8035, Bytes(46)), "arp"},
        {"LLDP", LinkType::kEthernet, ethernet_frame(0x88cc, Bytes(46)), "not_ip"},
        {"unknown type before IP", LinkType::kEthernet, ethernet_frame(0x1234, kFourUdp), "not_ip"},
        {"neither length nor type",
         LinkType::kEthernet,
         ethernet_frame(0x05f0, kFourUdp),
         "not_ip"},
        {"PPPoE discovery", LinkType::kEthernet, ethernet_frame(0x8863, Bytes(46)), "not_ip"},
        {"IPv4 type, other version",
         LinkType::kEthernet,
         ethernet_frame(kEtherIpv4, Bytes(46)),
         "not_ip"},
    });
}

// Cut at each length, a frame is rejected for the header that the cut is in, and never read beyond.
TEST(LinkLayer, RejectsEveryCutInTheLinkHeaders) {
    struct CutRow {
        const char* why;
        LinkType link_type;
        Bytes frame;
        std::size_t link_bytes;
    };
    const Bytes plain = ethernet_frame(kEtherIpv4, kFourUdp);
    const CutRow rows[] = {
        {"Ethernet", LinkType::kEthernet, plain, 14},
        {"tags", LinkType::kEthernet, with_tag(with_tag(plain, kEtherVlan, 1), kEtherVlan, 2), 22},
        {"labels", LinkType::kEthernet, ethernet_frame(kEtherMpls, mpls(3, kFourUdp)), 26},
        {"PPPoE",
         LinkType::kEthernet,
         ethernet_frame(kEtherPppoe, pppoe_session(ppp(kPppProtocolIpv4, kFourUdp))),
         22},
        {"SNAP", LinkType::kEthernet, ethernet_8023(llc_snap(kEtherIpv4, kFourUdp)), 22},
        {"cooked", LinkType::kLinuxCooked, linux_cooked(kEtherIpv4, kFourUdp), 16},
        {"cooked v2", LinkType::kLinuxCooked2, linux_cooked2(kEtherIpv4, kFourUdp), 20},
        {"PPI", LinkType::kPpi, ppi(LinkType::kEthernet, Bytes(8), plain), 30},
        {"radiotap",
         LinkType::kRadiotap,
         radiotap({.more_bytes = 5}, wireless_frame({.qos = true}, kFourUdp)),
         13 + 26 + 8},
        {"loopback", LinkType::kNull, loopback(2, ByteOrder::kLittle, kFourUdp), 4},
        {"Cisco HDLC", LinkType::kCiscoHdlc, cisco_hdlc(kEtherIpv4, kFourUdp), 4},
    };
    for (const CutRow& row : rows) {
        for (std::size_t captured = 0; captured < row.frame.size(); ++captured) {
            HeapFrame frame(row.frame, row.link_type);
            frame.cut(captured);
            const Decoded decoded = decode(frame);
            const Rejection expected = captured < row.link_bytes        ? Rejection::kTruncatedLink
                                       : captured < row.link_bytes + 20 ? Rejection::kTruncatedIp
                                       : captured < row.link_bytes + 28
                                           ? Rejection::kTruncatedTransport
                                           : Rejection::kNone;
            ASSERT_EQ(decoded.reason, expected) << row.why << " cut to " << captured;
        }
    }
}

TEST(LinkLayer, KeepsTheMacsOfTheFrame) {
    const Packet packet = decode_bytes(ethernet_frame(kEtherIpv4, kFourUdp)).packet;
    EXPECT_EQ(packet.source_mac, (MacAddress{2, 0, 0, 0, 0, 0xA}));
    EXPECT_EQ(packet.destination_mac, (MacAddress{2, 0, 0, 0, 0, 0xB}));
    EXPECT_EQ(decode_bytes(kFourUdp, LinkType::kRaw).packet.source_mac, MacAddress{});
}

TEST(LinkType, NamesWhatTheDecoderReads) {
    EXPECT_TRUE(is_supported(LinkType::kLoop));
    EXPECT_TRUE(is_supported(LinkType::kLinuxCooked2));
    EXPECT_FALSE(is_supported(static_cast<LinkType>(147)));
    EXPECT_EQ(to_string(LinkType::kRadiotap), "IEEE802_11_RADIO (127)");
    EXPECT_EQ(to_string(LinkType::kEthernet), "EN10MB (1)");
    EXPECT_EQ(to_string(static_cast<LinkType>(147)), "link type 147");
}

}  // namespace
}  // namespace flowgauge::test
