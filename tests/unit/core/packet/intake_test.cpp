#include "core/packet/intake.h"

#include "tests/unit/core/packet/fragments.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace flowgauge::test {
namespace {

TEST(Intake, CountsPacketsAndRejections) {
    Feeder feeder;
    feeder.feed(kFourUdp);
    feeder.feed(Bytes(3));
    feeder.refuse(kFourUdp);
    EXPECT_EQ(feeder.intake().frames(), 3U);
    EXPECT_EQ(feeder.count(Rejection::kNotIp), 1U);
    EXPECT_EQ(feeder.count(Rejection::kFilter), 1U);
    feeder.expect_law();
}

TEST(Intake, TakesFragmentsThatAnotherWorkerDecoded) {
    const Bytes datagram = datagram_of(kFour, 100);
    const std::vector<Bytes> pieces = fragments_of(datagram, 64);
    Intake reader(DecodeOptions{});
    Intake owner(DecodeOptions{});
    std::vector<IntakeStep> steps;
    for (const Bytes& piece : pieces) {
        HeapFrame frame(piece, LinkType::kRaw);
        ASSERT_EQ(reader.decode(*frame), IntakeStep::kFragment);
        owner.take(reader.packet(), reader.fragment());
        steps.push_back(owner.reassemble());
    }
    EXPECT_EQ(steps, (std::vector{IntakeStep::kNothing, IntakeStep::kPacket}));
    EXPECT_EQ(owner.packet().ip_bytes, datagram.size());
    // Together they keep the law: the reader read, the owner counted.
    EXPECT_EQ(reader.frames(), 2U);
    EXPECT_EQ(owner.frames(), 0U);
    EXPECT_EQ(owner.rejections().total() + reader.rejections().total(), 1U);
}

TEST(RejectionCounts, AddUpAndMerge) {
    RejectionCounts one;
    one.add(Rejection::kArp);
    one.add(Rejection::kLlc, 5);
    RejectionCounts two;
    two.add(Rejection::kArp, 2);
    two.merge(one);
    EXPECT_EQ(two.of(Rejection::kArp), 3U);
    EXPECT_EQ(two.total(), 8U);
}

std::vector<HeapFrame> sample_frames() {
    const Bytes tagged = with_tag(ethernet_frame(kEtherIpv4, kFourUdp), kEtherVlan, 5);
    IpPacket extended = kSix;
    extended.extensions = {
        extension_header(0), extension_header(43, 1), fragment_header(8, true, 3)};
    const Bytes tcp =
        ip_packet(with_protocol(kFour, 6), tcp_segment({.header_words = 8}, text("GET")));
    const Bytes gtp_frame = ip_packet(
        kOuterFour,
        udp_datagram(1, 2152, gtp({.flags = 0x34, .extensions = {Bytes{0, 9}}}, kSixUdp))
    );
    const Bytes capwap = ip_packet(
        kOuterSix, udp_datagram(5247, 9, capwap_data(wireless_frame({.qos = true}, kFourUdp)))
    );
    const Bytes mirrored =
        ip_packet(kOuterFour, udp_datagram(9, 37008, tzsp(Bytes{10, 1, 0, 1}, tagged)));
    std::vector<HeapFrame> frames;
    frames.emplace_back(tagged);
    frames.emplace_back(ethernet_frame(kEtherIpv6, ip_packet(extended, pattern(64))));
    frames.emplace_back(ethernet_frame(kEtherIpv4, gtp_frame));
    frames.emplace_back(ethernet_frame(kEtherIpv6, capwap));
    frames.emplace_back(ethernet_frame(kEtherIpv4, mirrored));
    frames.emplace_back(ethernet_frame(kEtherMpls, mpls(2, ip_in_ip(kOuterSix, tcp))));
    frames.emplace_back(
        ethernet_frame(kEtherPppoe, pppoe_session(ppp(kPppProtocolIpv4, fragments_of(tcp, 8)[0])))
    );
    frames.emplace_back(ethernet_8023(llc_snap(kEtherIpv4, tcp)));
    frames.emplace_back(hdlc_ppp(kPppProtocolIpv6, kSixUdp), LinkType::kPpp);
    frames.emplace_back(cisco_hdlc(kEtherIpv4, tcp), LinkType::kCiscoHdlc);
    frames.emplace_back(loopback(30, ByteOrder::kLittle, kSixUdp), LinkType::kNull);
    frames.emplace_back(linux_cooked(kEtherIpv4, kFourUdp), LinkType::kLinuxCooked);
    return frames;
}

TEST(Intake, KeepsTheLawOverMutatedFrames) {
    constexpr DecodeOptions kOptions[] = {
        {},
        {.fragments = FragmentPolicy::kFirstOnly},
        {.decode_tunnels = TunnelSet::kNone, .require_whole_datagram = true},
        {.reassembly_memory = 4096, .minimum_frame_bytes = 28},
        {.fragments = FragmentPolicy::kIgnore, .check_ether_type = false},
    };
    for (unsigned seed = 0; seed < std::size(kOptions); ++seed) {
        std::mt19937 random(seed);
        std::vector<HeapFrame> samples = sample_frames();
        Feeder feeder(kOptions[seed]);
        for (int i = 0; i < 20'000; ++i) {
            Frame& sample = *samples[random() % samples.size()];
            Bytes bytes(sample.bytes.begin(), sample.bytes.end());
            for (std::size_t changes = random() % 4; changes > 0; --changes) {
                bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
            }
            HeapFrame frame(bytes, sample.link_type, {.seconds = static_cast<unsigned>(i) / 500});
            if (random() % 3 == 0) {
                frame.cut(random() % (bytes.size() + 1));
            }
            if (random() % 50 == 0) {
                frame->wire_bytes = static_cast<std::uint32_t>(random());
            }
            frame->has_stripped_vlan = random() % 10 == 0;
            feeder.feed(frame);
            ASSERT_FALSE(::testing::Test::HasFatalFailure()) << "seed " << seed << ", frame " << i;
        }
        EXPECT_GT(feeder.packets(), 1000U);
        feeder.finish({.seconds = 40});
    }
}

}  // namespace
}  // namespace flowgauge::test
