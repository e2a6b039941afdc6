#include "core/packet/network_layer.h"

#include "tests/unit/core/packet/decoding.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kDestinationOptions = 60;
constexpr std::uint8_t kMobility = 135;

// A raw IP packet and the answer: sizes are those of accounting modes 1 and 3.
struct Row {
    const char* why;
    Bytes bytes;
    std::string seen;
    std::uint32_t ip_bytes = 0;
    std::uint32_t payload_bytes = 0;
};

void expect_rows(const std::vector<Row>& rows, const DecodeOptions& options = {}) {
    for (const Row& row : rows) {
        const Decoded decoded = decode_bytes(row.bytes, LinkType::kRaw, options);
        EXPECT_EQ(summary(decoded), row.seen) << row.why;
        if (row.ip_bytes != 0) {
            EXPECT_EQ(decoded.packet.ip_bytes, row.ip_bytes) << row.why;
            EXPECT_EQ(decoded.packet.payload_bytes, row.payload_bytes) << row.why;
        }
    }
}

Bytes six_with(std::vector<ExtensionHeader> extensions, BytesView payload = kUdp) {
    IpPacket header = kSix;
    header.extensions = std::move(extensions);
    return ip_packet(header, payload);
}

IpPacket four_of_length(std::uint16_t length) {
    IpPacket header = kFour;
    header.length = length;
    return header;
}

TEST(Ipv4, ReadsHeadersWithinTheirLengths) {
    IpPacket options = kFour;
    options.options = Bytes(40, 1);
    IpPacket short_header = kFour;
    short_header.header_words = 4;
    IpPacket long_header = kFour;
    long_header.header_words = 15;
    long_header.length = 20 + 20;
    expect_rows({
        {"plain", kFourUdp, kFourSeen, 40, 12},
        {"40 bytes of options", ip_packet(options, kUdp), kFourSeen, 80, 12},
        {"padding behind the total length", joined({kFourUdp, Bytes(18)}), kFourSeen, 40, 12},
        {"total length beyond the capture",
         ip_packet(four_of_length(1500), kUdp),
         kFourSeen,
         1500,
         1472},
        {"header of 16 bytes, taken at its word",
         ip_packet(short_header, kUdp),
         "192.0.2.1:49152 > 192.0.2.2:514 / 17",
         40,
         16},
        {"total length below the header", ip_packet(four_of_length(10), kUdp), "malformed_ip"},
        {"header longer than the total length", ip_packet(long_header, kUdp), "malformed_ip"},
        {"options cut", first_bytes(ip_packet(options, kUdp), 40), "truncated_ip"},
        {"cut", first_bytes(kFourUdp, 19), "truncated_ip"},
        {"empty", {}, "truncated_ip"},
        {"version 5", joined({Bytes{0x55}, Bytes(39)}), "not_ip"},
    });
}

TEST(Ipv4, TakesTheLengthOfTheFrameWhenOffloadLeftItOut) {
    const IpPacket header{.protocol = 6, .length = 0};
    const Bytes segment = ip_packet(header, tcp_segment({}, pattern(3000)));
    expect_rows({
        {"raw", segment, "192.0.2.1:40000 > 192.0.2.2:80 / 6", 3040, 3000},
    });
    HeapFrame cut(ethernet_frame(kEtherIpv4, segment));
    cut.cut(100);
    EXPECT_EQ(decode(cut).packet.payload_bytes, 3000U);

    // A file may claim less on the wire than it captured.
    HeapFrame contradiction(segment, LinkType::kRaw);
    contradiction->wire_bytes = 12;
    EXPECT_EQ(decode(contradiction).reason, Rejection::kMalformedIp);
}

TEST(Ipv6, WalksExtensionHeaders) {
    constexpr auto kMax = static_cast<std::size_t>(kExtensionHeadersMax);
    const std::vector<ExtensionHeader> most(kMax, extension_header(kDestinationOptions));
    const std::vector<ExtensionHeader> too_many(kMax + 1, extension_header(kDestinationOptions));
    IpPacket lying = kSix;
    lying.extensions = {extension_header(kHopByHop, 3)};
    lying.length = 16;
    const Bytes nothing_next = six_with({extension_header(kHopByHop)});
    expect_rows({
        {"plain", kSixUdp, kSixSeen, 60, 12},
        {"all kinds",
         six_with(
             {extension_header(kHopByHop),
              extension_header(kDestinationOptions, 1),
              extension_header(kRouting, 2),
              extension_header(kMobility)}
         ),
         kSixSeen,
         60 + 8 + 16 + 24 + 8,
         12},
        {"longest", six_with({extension_header(kHopByHop, 255)}), kSixSeen, 60 + 2048, 12},
        {"as many as are followed", six_with(most), kSixSeen, 60 + 8 * 16, 12},
        {"one more", six_with(too_many), "encapsulation_depth"},
        {"header beyond the payload length", ip_packet(lying, kUdp), "malformed_ip"},
        {"first extension cut", first_bytes(nothing_next, 47), "truncated_ip"},
        {"longest extension cut",
         first_bytes(six_with({extension_header(kHopByHop, 255)}), 1000),
         "truncated_ip"},
        {"no next header", ip_packet(with_protocol(kSix, 59), Bytes(8)), "no_next_header"},
        {"cut", first_bytes(kSixUdp, 39), "truncated_ip"},
        {"total length beyond the capture", first_bytes(kSixUdp, 50), kSixSeen, 60, 12},
    });
}

TEST(Ipv6, ReadsAnAtomicFragmentAsAPacket) {
    const Bytes packet = six_with({extension_header(kHopByHop), fragment_header(0, false, 99)});
    expect_rows({{"atomic fragment", packet, kSixSeen, 60 + 16, 12}});
    expect_rows(
        {{"atomic fragment, first only", packet, kSixSeen, 60 + 16, 12}},
        {.fragments = FragmentPolicy::kFirstOnly}
    );
}

TEST(Ipv6, TakesTheLengthOfTheFrameForJumbogramsOnly) {
    IpPacket jumbo = with_protocol(kSix, 6);
    jumbo.length = 0;
    IpPacket hop_by_hop = jumbo;
    hop_by_hop.extensions = {extension_header(kHopByHop)};
    const std::string tcp = "2001:db8::1:40000 > 2001:db8::2:80 / 6";
    const std::string empty = "2001:db8::1:0 > 2001:db8::2:0 / 6";
    expect_rows({
        {"jumbogram", ip_packet(hop_by_hop, tcp_segment({}, pattern(70'000))), tcp, 70'068, 70'000},
        {"offloaded segment", ip_packet(jumbo, tcp_segment({}, pattern(3000))), tcp, 3060, 3000},
        {"bare header", ip_packet(jumbo, {}), empty, 40, 0},
        {"bare header and padding", ip_packet(jumbo, Bytes(6)), empty, 40, 0},
    });
}

TEST(IpHeader, TellsFragmentsFromPackets) {
    struct FragmentRow {
        const char* why;
        Bytes bytes;
        bool is_fragment;
        bool more;
        std::uint32_t offset;
        std::uint32_t id;
    };
    const auto four = [](std::uint16_t field) {
        IpPacket header = kFour;
        header.fragment_field = field;
        return ip_packet(header, kUdp);
    };
    const FragmentRow rows[] = {
        {"DF", four(0x4000), false, false, 0, 0x1234},
        {"first", four(0x2000), true, true, 0, 0x1234},
        {"middle", four(0x2001), true, true, 8, 0x1234},
        {"last", four(0x1fff), true, false, 65'528, 0x1234},
        {"reserved bit", four(0x8000), false, false, 0, 0x1234},
        {"IPv6 first", six_with({fragment_header(0, true, 5)}), true, true, 0, 5},
        {"IPv6 last",
         six_with({fragment_header(65'528, false, 0x01020304)}),
         true,
         false,
         65'528,
         0x01020304},
        {"IPv6 atomic", six_with({fragment_header(0, false, 5)}), false, false, 0, 5},
    };
    for (const FragmentRow& row : rows) {
        const Decoded decoded = decode_bytes(row.bytes, LinkType::kRaw);
        const IpHeader& header = decoded.fragment.header;
        EXPECT_EQ(decoded.step, row.is_fragment ? DecodeStep::kFragment : DecodeStep::kPacket)
            << row.why;
        EXPECT_EQ(header.more_fragments, row.more) << row.why;
        EXPECT_EQ(header.fragment_offset, row.offset) << row.why;
        EXPECT_EQ(header.fragment_id, row.id) << row.why;
    }
}

TEST(IpHeader, TakesFirstFragmentsOnlyByNfstreamsRule) {
    const Bytes datagram = ip_packet(kFour, udp_datagram(1000, 53, pattern(100)));
    const Bytes datagram_six = ip_packet(kSix, udp_datagram(1000, 53, pattern(100)));
    expect_rows(
        {
            {"first IPv4", fragment_of(datagram, {.begin = 0, .length = 56}), kFourSeen, 76, 48},
            {"later IPv4", fragment_of(datagram, {.begin = 56, .length = 56}), "fragment"},
            {"first IPv6",
             fragment_of(datagram_six, {.begin = 0, .length = 56}),
             kSixSeen,
             104,
             48},
            {"first IPv6 with options behind the fragment header",
             six_with({fragment_header(0, true, 5), extension_header(60)}),
             kSixSeen},
            {"later IPv6", fragment_of(datagram_six, {.begin = 56, .length = 56}), "fragment"},
        },
        {.fragments = FragmentPolicy::kFirstOnly}
    );
}

TEST(IpHeader, TakesEveryFragmentForAPacketWhenFragmentsAreIgnored) {
    // What follows the header of a later fragment is read as ports.
    const Bytes payload(32, 'b');
    IpPacket later = kFour;
    later.fragment_field = 5;
    IpPacket later_six = kSix;
    later_six.extensions = {fragment_header(40, false, 1)};
    expect_rows(
        {
            {"IPv4", ip_packet(later, payload), "192.0.2.1:25186 > 192.0.2.2:25186 / 17", 52, 24},
            {"IPv6",
             ip_packet(later_six, payload),
             "2001:db8::1:25186 > 2001:db8::2:25186 / 17",
             80,
             24},
        },
        {.fragments = FragmentPolicy::kIgnore}
    );
}

TEST(IpHeader, AsksForWholeDatagramsOnlyWhenTold) {
    const DecodeOptions whole{.require_whole_datagram = true};
    expect_rows(
        {
            {"whole IPv4", kFourUdp, kFourSeen, 40, 12},
            {"cut IPv4", first_bytes(kFourUdp, 39), "truncated_ip"},
            {"cut IPv6", first_bytes(kSixUdp, 59), "truncated_ip"},
            {"IPv4 without length", ip_packet(four_of_length(0), kUdp), "malformed_ip"},
        },
        whole
    );
}

}  // namespace
}  // namespace flowgauge::test
