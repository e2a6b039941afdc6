#include "core/packet/decoder.h"

#include "tests/unit/core/packet/decoding.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

// One frame for each reason that the decoder itself gives; the rows of the layers say more.
TEST(Decoder, GivesEachReasonItsFrame) {
    struct Row {
        Rejection reason;
        Bytes bytes;
        LinkType link_type = LinkType::kEthernet;
        DecodeOptions options = {};
    };
    const Bytes later = fragment_of(kFourUdp, {.begin = 8, .length = 8});
    Bytes nested = kFourUdp;
    for (int i = 0; i < kEncapsulationsMax; ++i) {
        nested = ip_in_ip(kOuterFour, nested);
    }
    const Row rows[] = {
        {Rejection::kLinkType, kFourUdp, static_cast<LinkType>(147)},
        {Rejection::kTruncatedLink, Bytes(13)},
        {Rejection::kShortFrame, Bytes(27), LinkType::kEthernet, {.minimum_frame_bytes = 28}},
        {Rejection::kArp, ethernet_frame(kEtherArp, Bytes(46))},
        {Rejection::kLlc, ethernet_8023(joined({Bytes{0x42, 0x42, 3}, Bytes(35)}))},
        {Rejection::kNotIp, ethernet_frame(0x88cc, Bytes(46))},
        {Rejection::kWirelessControl, wireless_frame({.type = 0x80}, {}), LinkType::kWireless},
        {Rejection::kWirelessEncrypted, wireless_frame({.flags = 0x40}, {}), LinkType::kWireless},
        {Rejection::kWirelessAggregate,
         wireless_frame({.qos = true, .qos_control = 0x80}, {}),
         LinkType::kWireless},
        {Rejection::kWirelessFragment, wireless_frame({.fragment = 1}, {}), LinkType::kWireless},
        {Rejection::kWirelessDamaged,
         radiotap({.flags = std::uint8_t{0x40}}, wireless_frame({}, kFourUdp)),
         LinkType::kRadiotap},
        {Rejection::kEncapsulationDepth, nested, LinkType::kRaw},
        {Rejection::kTruncatedIp, first_bytes(kFourUdp, 19), LinkType::kRaw},
        {Rejection::kMalformedIp, ip_packet({.length = 10}, kUdp), LinkType::kRaw},
        {Rejection::kNoNextHeader, ip_packet(with_protocol(kSix, 59), {}), LinkType::kRaw},
        {Rejection::kTruncatedTransport, first_bytes(kFourUdp, 27), LinkType::kRaw},
        {Rejection::kTunnelPayload, ip_packet(with_protocol(kFour, 4), Bytes(40)), LinkType::kRaw},
        {Rejection::kFragment, later, LinkType::kRaw, {.fragments = FragmentPolicy::kFirstOnly}},
    };
    for (const Row& row : rows) {
        const Decoded decoded = decode_bytes(row.bytes, row.link_type, row.options);
        EXPECT_EQ(decoded.step, DecodeStep::kRejected) << to_string(row.reason);
        EXPECT_EQ(decoded.reason, row.reason);
    }
}

TEST(Decoder, TakesFramesOfTheMinimumSize) {
    const DecodeOptions options{.minimum_frame_bytes = 28};
    const Bytes bare = ip_packet(with_protocol(kFour, 47), Bytes(8));
    EXPECT_EQ(decode_bytes(bare, LinkType::kRaw, options).step, DecodeStep::kPacket);
}

// As nDPI's reader does: what looks like IP behind another ethertype is a packet, a fragment too.
TEST(Decoder, LooksBehindUnknownEthertypesWhenTold) {
    const DecodeOptions options{.fragments = FragmentPolicy::kFirstOnly, .check_ether_type = false};
    const Bytes later = fragment_of(kFourUdp, {.begin = 8, .length = 8});
    struct Row {
        const char* why;
        Bytes bytes;
        std::string seen;
    };
    const Row rows[] = {
        {"IPv4", ethernet_frame(0x1234, kFourUdp), kFourSeen},
        {"IPv6", ethernet_frame(0x05f0, kSixUdp), kSixSeen},
        {"no IP", ethernet_frame(0x88cc, Bytes(46)), "not_ip"},
        {"later fragment", ethernet_frame(0x1234, later), "192.0.2.1:29815 > 192.0.2.2:25964 / 17"},
        {"later fragment behind IPv4's type", ethernet_frame(kEtherIpv4, later), "fragment"},
        {"cut", Bytes(13), "truncated_link"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(summary(decode_bytes(row.bytes, LinkType::kEthernet, options)), row.seen)
            << row.why;
    }
}

TEST(Decoder, CarriesTimePositionAndBytesOver) {
    HeapFrame frame(joined({ethernet_frame(kEtherIpv4, kFourUdp), Bytes(18)}));
    frame->time = {.seconds = 5, .nanoseconds = 6};
    frame->position = 77;
    const Packet packet = decode(frame).packet;
    EXPECT_EQ(packet.time, (CaptureTime{5, 6}));
    EXPECT_EQ(packet.position, 77U);
    EXPECT_EQ(packet.ip.data(), frame->bytes.data() + 14);
    EXPECT_EQ(packet.ip.size(), frame->bytes.size() - 14);
    EXPECT_EQ(packet.encapsulations, 1);
}

TEST(Decoder, KeepsNoMoreBytesThanAPacketMayHave) {
    HeapFrame frame(joined({kFourUdp, Bytes(2 * kPacketBytesMax)}), LinkType::kRaw);
    EXPECT_EQ(decode(frame).packet.ip.size(), kPacketBytesMax);
}

TEST(Decoder, LeavesAddressesAndPositionOfAFragment) {
    const Bytes datagram = ip_packet(kOuterSix, udp_datagram(1, 2, pattern(64)));
    HeapFrame frame(fragment_of(datagram, {.begin = 32, .length = 16, .id = 9}), LinkType::kRaw);
    const Decoded decoded = decode(frame);
    ASSERT_EQ(decoded.step, DecodeStep::kFragment);
    EXPECT_EQ(to_text(decoded.packet.source, 6), "fd00::1");
    EXPECT_EQ(decoded.packet.ip.data(), frame->bytes.data());
    EXPECT_EQ(decoded.fragment.header.header_bytes, 48U);
    EXPECT_EQ(decoded.fragment.header.fragment_header_offset, 40U);
    EXPECT_EQ(decoded.fragment.header.next_header_offset, 6U);
}

// A fragment inside a tunnel keeps the depth, so that its datagram goes on from there.
TEST(Decoder, FindsFragmentsInsideTunnels) {
    const Bytes inner = fragment_of(kFourUdp, {.begin = 0, .length = 8});
    const Bytes frames[] = {
        ip_in_ip(kOuterSix, inner),
        ip_packet(kOuterFour, udp_datagram(1, 2152, gtp({}, inner))),
    };
    for (const Bytes& bytes : frames) {
        const Decoded decoded = decode_bytes(bytes, LinkType::kRaw);
        EXPECT_EQ(decoded.step, DecodeStep::kFragment);
        EXPECT_EQ(decoded.packet.encapsulations, 2);
        EXPECT_EQ(to_text(decoded.packet.source, 4), "192.0.2.1");
    }
}

TEST(Rejection, NamesEveryReasonOnce) {
    std::set<std::string> names;
    for (const RejectionText& row : kRejectionTexts) {
        EXPECT_FALSE(row.name.empty());
        EXPECT_FALSE(row.meaning.empty()) << row.name;
        EXPECT_TRUE(names.emplace(row.name).second) << row.name;
    }
    EXPECT_EQ(to_string(Rejection::kHandoffFull), "handoff_full");
    EXPECT_EQ(to_string(Rejection::kFragmentEndOfInput), "fragment_end_of_input");
}

}  // namespace
}  // namespace flowgauge::test
