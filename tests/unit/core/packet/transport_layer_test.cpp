#include "core/packet/transport_layer.h"

#include "tests/unit/core/packet/decoding.h"

#include <gtest/gtest.h>

namespace flowgauge::test {
namespace {

Bytes tcp_with(TcpHeader header, std::size_t payload) {
    return tcp_segment(header, pattern(payload));
}

TEST(Transport, SetsTheSizesOfAllAccountingModes) {
    struct Row {
        const char* why;
        std::uint8_t protocol;
        Bytes segment;
        std::uint32_t transport_bytes;
        std::uint32_t payload_bytes;
        bool has_ports;
    };
    const Row rows[] = {
        {"TCP", 6, tcp_with({}, 100), 120, 100, true},
        {"TCP with options", 6, tcp_with({.header_words = 15}, 100), 160, 100, true},
        {"TCP header longer than the segment",
         6,
         first_bytes(tcp_with({.header_words = 15}, 0), 30),
         30,
         0,
         true},
        {"TCP data offset below 5", 6, tcp_with({.header_words = 2}, 10), 30, 22, true},
        {"TCP without room for its header", 6, pattern(12), 0, 0, false},
        {"UDP", 17, udp_datagram(7, 8, pattern(100)), 108, 100, true},
        {"UDP without payload", 17, udp_datagram(7, 8, {}), 8, 0, true},
        {"ICMP", 1, icmp_message(8, pattern(100)), 108, 100, false},
        {"ICMPv6", 58, icmp_message(128, pattern(100)), 108, 100, false},
        {"ICMP shorter than its header", 1, pattern(5), 5, 0, false},
        {"GRE", 47, pattern(50), 0, 0, false},
        {"SCTP", 132, pattern(50, 1), 0, 0, false},
        {"no payload at all", 47, {}, 0, 0, false},
    };
    for (const Row& row : rows) {
        for (const IpPacket& ip : {kFour, kSix}) {
            const Bytes bytes = ip_packet(with_protocol(ip, row.protocol), row.segment);
            const Bytes frame =
                ethernet_frame(ip.source == kFour.source ? kEtherIpv4 : kEtherIpv6, bytes);
            const Decoded decoded = decode_bytes(frame);
            const Packet& packet = decoded.packet;
            ASSERT_EQ(decoded.step, DecodeStep::kPacket) << row.why;
            EXPECT_EQ(packet.frame_bytes, frame.size()) << row.why;
            EXPECT_EQ(packet.ip_bytes, bytes.size()) << row.why;
            EXPECT_EQ(packet.transport_bytes, row.transport_bytes) << row.why;
            EXPECT_EQ(packet.payload_bytes, row.payload_bytes) << row.why;
            EXPECT_EQ(packet.source_port != 0, row.has_ports) << row.why;
            EXPECT_EQ(packet.destination_port != 0, row.has_ports) << row.why;
            EXPECT_EQ(packet.protocol, row.protocol) << row.why;
        }
    }
}

TEST(Transport, IgnoresPaddingBehindTheIpLength) {
    const Bytes bare = ip_packet(with_protocol(kFour, 6), tcp_with({}, 0));
    Bytes padded = ethernet_frame(kEtherIpv4, bare);
    padded.resize(60, 0x55);
    const Packet packet = decode_bytes(padded).packet;
    EXPECT_EQ(packet.frame_bytes, 60U);
    EXPECT_EQ(packet.ip_bytes, 40U);
    EXPECT_EQ(packet.transport_bytes, 20U);
    EXPECT_EQ(packet.payload_bytes, 0U);

    // A UDP header that only the padding completes is none.
    const Bytes four_bytes = ip_packet(kFour, pattern(4, 9));
    Bytes padded_udp = ethernet_frame(kEtherIpv4, four_bytes);
    padded_udp.resize(60, 0x55);
    const Decoded udp = decode_bytes(padded_udp);
    EXPECT_EQ(summary(udp), "192.0.2.1:0 > 192.0.2.2:0 / 17");
    EXPECT_EQ(udp.packet.transport_bytes, 0U);
}

TEST(Transport, ReadsFlagsFromAllSixteenBitsOfTcp) {
    for (const std::uint8_t flags : {kTcpSyn, kTcpFin, kTcpRst, kTcpCwr, std::uint8_t{0xff}}) {
        const Bytes bytes = ip_packet(with_protocol(kFour, 6), tcp_with({.flags = flags}, 1));
        EXPECT_EQ(decode_bytes(bytes, LinkType::kRaw).packet.tcp_flags, flags);
    }
    EXPECT_EQ(decode_bytes(kFourUdp, LinkType::kRaw).packet.tcp_flags, 0);
}

TEST(Transport, ReadsTheNumbersOfTcpAlone) {
    const TcpHeader header{.sequence = 0xfedcba98, .acknowledgment = 0x01234567};
    const Bytes whole = ip_packet(with_protocol(kSix, 6), tcp_with(header, 100));
    for (const std::size_t captured : {whole.size(), whole.size() - 106}) {  // through the flags
        HeapFrame frame(whole, LinkType::kRaw);
        frame.cut(captured);
        const Packet packet = decode(frame).packet;
        EXPECT_EQ(packet.tcp_sequence, 0xfedcba98U);
        EXPECT_EQ(packet.tcp_acknowledgment, 0x01234567U);
    }
}

// The same Packet serves one frame after the other.
TEST(Transport, ForgetsTheNumbersOfTheTcpSegmentBefore) {
    const Bytes headless = ip_packet(with_protocol(kFour, 6), pattern(12));
    for (const Bytes& bytes : {kFourUdp, headless}) {
        Packet packet;
        packet.tcp_sequence = 1;
        packet.tcp_acknowledgment = 2;
        Fragment fragment;
        HeapFrame frame(bytes, LinkType::kRaw);
        EXPECT_EQ(Decoder({}).decode(*frame, packet, fragment).step, DecodeStep::kPacket);
        EXPECT_EQ(packet.tcp_sequence, 0U);
        EXPECT_EQ(packet.tcp_acknowledgment, 0U);
    }
}

TEST(Transport, TakesSizesFromLengthsWhenTheSnapshotCutThePacket) {
    struct Row {
        const char* why;
        std::uint8_t protocol;
        Bytes segment;
        std::size_t captured;  // of the segment
        Rejection reason;
    };
    const Row rows[] = {
        {"TCP through its flags", 6, tcp_with({}, 1000), 14, Rejection::kNone},
        {"TCP before its flags", 6, tcp_with({}, 1000), 13, Rejection::kTruncatedTransport},
        {"TCP without a byte", 6, tcp_with({}, 1000), 0, Rejection::kTruncatedTransport},
        {"UDP header", 17, udp_datagram(1, 2, pattern(1012)), 8, Rejection::kNone},
        {"UDP header cut",
         17,
         udp_datagram(1, 2, pattern(1012)),
         7,
         Rejection::kTruncatedTransport},
        {"ICMP header cut", 1, icmp_message(0, pattern(1012)), 1, Rejection::kNone},
        {"GRE cut", 47, pattern(1020), 0, Rejection::kNone},
    };
    for (const Row& row : rows) {
        for (const IpPacket& ip : {kFour, kSix}) {
            const Bytes bytes = ip_packet(with_protocol(ip, row.protocol), row.segment);
            HeapFrame frame(bytes, LinkType::kRaw);
            frame.cut(bytes.size() - row.segment.size() + row.captured);
            const Decoded decoded = decode(frame);
            EXPECT_EQ(decoded.reason, row.reason) << row.why;
            EXPECT_EQ(decoded.packet.frame_bytes, bytes.size()) << row.why;
            if (row.reason == Rejection::kNone) {
                EXPECT_EQ(decoded.packet.ip_bytes, bytes.size()) << row.why;
                EXPECT_EQ(decoded.packet.payload_bytes != 0, row.protocol != 47) << row.why;
            }
        }
    }
}

}  // namespace
}  // namespace flowgauge::test
