// Frames that lie: every rung, cut at every length and with every byte changed, gives one outcome.
#include "core/packet/intake.h"
#include "tests/unit/core/packet/fragments.h"
#include "tests/unit/core/packet/tunnels.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

struct Specimen {
    std::string name;
    LinkType link_type = LinkType::kRaw;
    Bytes bytes;
    std::string seen = kFourSeen;
};

Specimen over_udp(const std::string& name, std::uint16_t port, BytesView payload) {
    return {name, LinkType::kRaw, ip_packet(kOuterFour, udp_datagram(40'000, port, payload))};
}

Specimen over_gre(const std::string& name, BytesView payload) {
    return {name, LinkType::kRaw, ip_packet(with_protocol(kOuterSix, 47), payload)};
}

std::vector<Specimen> tunnels() {
    const Bytes frame = ethernet_frame(kEtherIpv4, kFourUdp);
    const Bytes serial = ppp(kPppProtocolIpv4, kFourUdp);
    const Bytes wireless = wireless_frame({.qos = true}, kFourUdp);
    const Bytes two_bytes = {0, 9};
    const Bytes teredo = joined({teredo_authentication(3, 4), teredo_origin(), kSixUdp});
    Specimen ipv6_inside = over_udp("Teredo", 3544, teredo);
    ipv6_inside.seen = kSixSeen;
    return {
        over_udp("GTP-U", 2152, gtp({.flags = 0x34, .extensions = {two_bytes}}, kFourUdp)),
        over_udp("CAPWAP", 5247, capwap_data(wireless)),
        over_udp("TZSP", 37008, tzsp(Bytes{10, 1, 5, 1}, frame)),
        over_udp("VXLAN", 4789, vxlan(with_tag(frame, kEtherVlan, 5))),
        over_udp("VXLAN-GPE", 4790, vxlan_gpe(5, mpls(2, kFourUdp))),
        over_udp("GENEVE", 6081, geneve({.option_words = 3}, frame)),
        over_udp("L2TP", 1701, l2tp({.flags = 0x4b02}, serial)),
        ipv6_inside,
        over_gre("GRE", gre(kEtherIpv4, kFourUdp, 0xb000)),
        over_gre("NVGRE", gre(kEtherBridged, frame, 0x2000)),
        over_gre("ERSPAN I", erspan_one(frame)),
        over_gre("ERSPAN II", erspan_two(frame)),
        over_gre("ERSPAN III", erspan_three(frame, true)),
        over_gre("PPTP", pptp(serial, 0x80)),
    };
}

std::vector<Specimen> links() {
    const WirelessFrame full{.qos = true, .four_addresses = true, .flags = 0x80};
    const Bytes frame = wireless_frame(full, kFourUdp);
    const RadiotapHeader header{
        .flags = std::uint8_t{0x30}, .time_stamp = true, .further_words = 1, .more_bytes = 3};
    const Bytes padded = wireless_frame({}, kFourUdp);
    return {
        {"802.11", LinkType::kWireless, frame},
        {"radiotap", LinkType::kRadiotap, radiotap(header, joined({padded, Bytes(4)}))},
        {"PPI", LinkType::kPpi, ppi(LinkType::kWireless, Bytes(12), frame)},
        {"cooked v2", LinkType::kLinuxCooked2, linux_cooked2(kEtherIpv4, kFourUdp)},
    };
}

std::vector<Specimen> specimens() {
    std::vector<Specimen> all = tunnels();
    const std::vector<Specimen> more = links();
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

// Decodes to the end, and says how many outcomes there were.
std::uint64_t outcomes_of(const Frame& frame) {
    Intake intake(kAllTunnels);
    const IntakeStep step = intake.decode(frame);
    return intake.rejections().total() + (step == IntakeStep::kNothing ? 0 : 1);
}

TEST(HostileFrames, AreReadWhenWhole) {
    for (const Specimen& specimen : specimens()) {
        const Decoded decoded = decode_bytes(specimen.bytes, specimen.link_type, kAllTunnels);
        EXPECT_EQ(summary(decoded), specimen.seen) << specimen.name;
    }
}

bool says_cut(const Specimen& specimen, Rejection reason) {
    switch (reason) {
    case Rejection::kTruncatedLink:
    case Rejection::kTruncatedIp:
    case Rejection::kTruncatedTransport:
        return true;
    case Rejection::kTunnelPayload:
        return specimen.name == "CAPWAP";  // 32 bytes behind its header are enough to judge by
    default:
        return false;
    }
}

// A cut is an outer packet or a reason that says it is a cut; never another reason.
TEST(HostileFrames, GiveOneOutcomeAtEveryCut) {
    for (const Specimen& specimen : specimens()) {
        for (std::size_t captured = 0; captured < specimen.bytes.size(); ++captured) {
            HeapFrame frame(specimen.bytes, specimen.link_type);
            frame.cut(captured);
            const Decoded decoded = decode(frame, kAllTunnels);
            EXPECT_TRUE(decoded.step == DecodeStep::kPacket || says_cut(specimen, decoded.reason))
                << specimen.name << " cut to " << captured << ": " << summary(decoded);
            EXPECT_EQ(outcomes_of(*frame), 1U) << specimen.name << " cut to " << captured;
        }
    }
}

TEST(HostileFrames, GiveOneOutcomeWithAnyByteChanged) {
    for (const Specimen& specimen : specimens()) {
        for (std::size_t at = 0; at < specimen.bytes.size(); ++at) {
            for (const unsigned value : {0x00U, 0x01U, 0x40U, 0x60U, 0x7fU, 0x80U, 0xffU}) {
                Bytes changed = specimen.bytes;
                changed[at] = static_cast<std::uint8_t>(value);
                HeapFrame frame(changed, specimen.link_type);
                EXPECT_EQ(outcomes_of(*frame), 1U) << specimen.name << " byte " << at;
            }
        }
    }
}

// The tunnels of `all` inside each other are bounded as IP-in-IP is.
TEST(HostileFrames, AreFollowedUpToTheDepth) {
    const auto wrap = [](const Bytes& inner, int kind) {
        switch (kind % 4) {
        case 0:
            return over_gre("", gre(kEtherIpv4, inner)).bytes;
        case 1:
            return over_udp("", 6081, geneve({.type = kEtherIpv6}, inner)).bytes;
        case 2:
            return over_udp("", 4789, vxlan(ethernet_frame(kEtherIpv4, inner))).bytes;
        default:
            return over_udp("", 1701, l2tp({}, ppp(kPppProtocolIpv4, inner))).bytes;
        }
    };
    for (int first = 0; first < 4; ++first) {
        Bytes nested = kFourUdp;
        for (int depth = 1; depth < kEncapsulationsMax; ++depth) {
            nested = wrap(nested, first + depth);
        }
        EXPECT_EQ(summary(decode_raw(nested)), kFourSeen);
        EXPECT_EQ(summary(decode_raw(wrap(nested, first))), "encapsulation_depth");
    }
}

// Tunnels in pieces, pieces in tunnels, and both.
TEST(HostileFrames, AreReassembledOutsideAndInside) {
    const Bytes large = ip_packet(kFour, udp_datagram(1000, 53, pattern(400)));
    for (const bool outer_six : {false, true}) {
        const IpPacket outer = with_protocol(outer_six ? kOuterSix : kOuterFour, 47);
        std::vector<Bytes> frames;
        for (const Bytes& piece : fragments_of(large, 160)) {
            const Bytes inside = gre(kEtherBridged, ethernet_frame(kEtherIpv4, piece), 0x2000);
            for (const Bytes& part : fragments_of(ip_packet(outer, inside), 80)) {
                frames.push_back(part);
            }
        }
        Intake intake(kAllTunnels);
        int packets = 0;
        for (const Bytes& bytes : frames) {
            HeapFrame frame(bytes, LinkType::kRaw);
            IntakeStep step = intake.decode(*frame);
            while (step == IntakeStep::kFragment) {
                step = intake.reassemble();
            }
            if (step == IntakeStep::kPacket) {
                ++packets;
                EXPECT_EQ(intake.packet().ip_bytes, large.size());
                EXPECT_EQ(intake.packet().tunnel_id, TunnelId::kGre);
                EXPECT_EQ(intake.packet().source_port, 1000);
            }
        }
        EXPECT_EQ(packets, 1);
        EXPECT_EQ(intake.rejections().of(Rejection::kReassembledFragment), frames.size() - 1);
    }
}

}  // namespace
}  // namespace flowgauge::test
