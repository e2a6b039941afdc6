#include "core/packet/reassembler.h"

#include "tests/unit/core/packet/fragments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

// The bytes of the reassembled datagram are those of the one that was cut.
void expect_datagram(const Feeder& feeder, const Bytes& datagram, std::size_t pieces) {
    EXPECT_EQ(feeder.packets(), 1U);
    EXPECT_EQ(feeder.count(Rejection::kReassembledFragment), pieces - 1);
    EXPECT_EQ(feeder.bytes(), datagram);
    EXPECT_EQ(feeder.packet().ip_bytes, datagram.size());
}

TEST(Reassembler, RebuildsDatagramsInAnyOrder) {
    std::mt19937 random(1);
    for (const IpPacket& ip : {kFour, kSix}) {
        const Bytes datagram = datagram_of(ip, 3000);
        const std::vector<Bytes> in_order = fragments_of(datagram, 512);
        std::vector<std::vector<Bytes>> orders = {in_order, {in_order.rbegin(), in_order.rend()}};
        for (int i = 0; i < 20; ++i) {
            orders.push_back(in_order);
            std::shuffle(orders.back().begin(), orders.back().end(), random);
        }
        for (const std::vector<Bytes>& pieces : orders) {
            Feeder feeder;
            std::uint32_t frame_bytes = 0;
            for (std::size_t i = 0; i < pieces.size(); ++i) {
                const IntakeStep expected =
                    i + 1 < pieces.size() ? IntakeStep::kNothing : IntakeStep::kPacket;
                EXPECT_EQ(feeder.feed(pieces[i], {.seconds = i}), expected);
                frame_bytes += static_cast<std::uint32_t>(pieces[i].size());
            }
            expect_datagram(feeder, datagram, pieces.size());
            EXPECT_EQ(summary(feeder), ip.source == kFour.source ? kFourSeen : kSixSeen);
            EXPECT_EQ(feeder.packet().frame_bytes, frame_bytes);
            EXPECT_EQ(feeder.packet().payload_bytes, 3000U);
            EXPECT_EQ(feeder.packet().time.seconds, pieces.size() - 1);
            EXPECT_EQ(feeder.packet().position, pieces.size() - 1);
        }
    }
}

TEST(Reassembler, TakesLinkFieldsOfTheFirstFragment) {
    const std::vector<Bytes> pieces = fragments_of(datagram_of(kFour, 100), 64);
    Feeder feeder;
    Bytes later = ethernet_frame(kEtherIpv4, pieces[1]);
    later[11] = 0x99;
    HeapFrame last(later);
    HeapFrame first(ethernet_frame(kEtherIpv4, pieces[0]));
    feeder.feed(last);
    feeder.feed(first);
    EXPECT_EQ(feeder.packet().source_mac, (MacAddress{2, 0, 0, 0, 0, 0xA}));
}

TEST(Reassembler, KeepsIpv4OptionsAndDf) {
    IpPacket ip = kFour;
    ip.options = Bytes(8, 1);
    ip.fragment_field = 0x4000;
    const Bytes datagram = datagram_of(ip, 100);
    std::vector<Bytes> pieces = fragments_of(datagram, 64);
    for (Bytes& piece : pieces) {
        piece[6] |= 0x40;
    }
    Feeder feeder;
    feeder.feed(pieces[1]);
    feeder.feed(pieces[0]);
    expect_datagram(feeder, datagram, 2);
}

TEST(Reassembler, KeepsExtensionHeadersBeforeAndBehindTheFragmentHeader) {
    IpPacket ip = kSix;
    ip.extensions = {extension_header(0), extension_header(43, 2), extension_header(60)};
    const Bytes datagram = datagram_of(ip, 500);
    for (const std::size_t unfragmentable : {std::size_t{40}, std::size_t{48}, std::size_t{72}}) {
        Feeder feeder;
        std::vector<Bytes> pieces = fragments_of(datagram, 104, 7, unfragmentable);
        std::reverse(pieces.begin(), pieces.end());
        for (const Bytes& piece : pieces) {
            feeder.feed(piece);
        }
        expect_datagram(feeder, datagram, pieces.size());
        EXPECT_EQ(summary(feeder), kSixSeen);
    }
}

TEST(Reassembler, RefusesCopiesAlone) {
    for (const IpPacket& ip : {kFour, kSix}) {
        const Bytes datagram = datagram_of(ip, 1500);
        const std::vector<Bytes> pieces = fragments_of(datagram, 600);
        Feeder feeder;
        for (const std::size_t i : {0U, 0U, 2U, 2U, 0U, 1U}) {
            feeder.feed(pieces[i]);
        }
        expect_datagram(feeder, datagram, 3);
        EXPECT_EQ(feeder.count(Rejection::kFragmentDuplicate), 3U);
    }
}

// Each row: what comes after the first piece (payload bytes 0 to 63 of 192) of a datagram.
TEST(Reassembler, RefusesTheWholeDatagramWhenPiecesContradict) {
    for (const IpPacket& ip : {kFour, kSix}) {
        const Bytes datagram = datagram_of(ip, 184);
        const auto piece = [&](std::size_t begin, std::size_t length) {
            return fragment_of(datagram, {.begin = begin, .length = length});
        };
        Bytes changed = piece(0, 64);
        changed.back() ^= 1;
        const Bytes shorter(datagram.begin(), datagram.end() - 64);
        const Bytes longer = datagram_of(ip, 184 + 64);
        struct Row {
            const char* why;
            std::vector<Bytes> pieces;
        };
        const Row rows[] = {
            {"other content", {piece(0, 64), changed}},
            {"overlap at the end", {piece(0, 64), piece(56, 64)}},
            {"overlap at the front", {piece(64, 64), piece(0, 72)}},
            {"piece inside another", {piece(0, 64), piece(16, 16)}},
            {"piece around another", {piece(64, 32), piece(0, 128)}},
            {"two ends, the second shorter",
             {piece(128, 64), fragment_of(shorter, {.begin = 64, .length = 64})}},
            {"two ends, the second longer",
             {fragment_of(shorter, {.begin = 64, .length = 64}), piece(128, 64)}},
            {"a piece beyond the end",
             {piece(128, 64), fragment_of(longer, {.begin = 192, .length = 32})}},
        };
        for (const Row& row : rows) {
            Feeder feeder;
            for (const Bytes& bytes : row.pieces) {
                feeder.feed(bytes);
            }
            EXPECT_EQ(feeder.count(Rejection::kFragmentOverlap), row.pieces.size()) << row.why;
            EXPECT_EQ(feeder.intake().held_frames(), 0U) << row.why;
            // What is still to come of it is refused too, even if it is whole now.
            for (const std::size_t begin : {0U, 64U, 128U}) {
                EXPECT_EQ(feeder.feed(piece(begin, 64)), IntakeStep::kNothing) << row.why;
            }
            EXPECT_EQ(feeder.count(Rejection::kFragmentOverlap), row.pieces.size() + 3) << row.why;
            feeder.finish();
        }
    }
}

TEST(Reassembler, KeepsDatagramsOfDifferentKeysApart) {
    const Bytes datagram = datagram_of(kFour, 100);
    IpPacket other_id = kFour;
    other_id.id = 0x4321;
    const Bytes frames[] = {
        ethernet_frame(kEtherIpv4, datagram),
        ethernet_frame(kEtherIpv4, datagram_of(other_id, 100)),
        ethernet_frame(kEtherIpv4, datagram_of(with_protocol(kFour, 50), 100)),
        ethernet_frame(kEtherIpv4, datagram_of(kOuterFour, 100)),
        with_tag(ethernet_frame(kEtherIpv4, datagram), kEtherVlan, 5),
        ethernet_frame(kEtherIpv4, ip_in_ip(kOuterFour, datagram)),
        ethernet_frame(kEtherIpv4, ip_packet(kOuterFour, udp_datagram(1, 2152, gtp({}, datagram)))),
    };
    Feeder feeder;
    for (const bool second : {false, true}) {
        for (const Bytes& bytes : frames) {
            // The fragmented packet always is the innermost: cut it where it stands.
            const auto at = bytes.size() - datagram.size();
            const Bytes inner(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end());
            const Bytes piece = fragment_of(inner, {.begin = second ? 64U : 0U, .length = 64});
            HeapFrame frame(joined({first_bytes(bytes, at), piece}));
            EXPECT_EQ(feeder.feed(frame), second ? IntakeStep::kPacket : IntakeStep::kNothing);
        }
    }
    EXPECT_EQ(feeder.packets(), std::size(frames));
}

TEST(Reassembler, TakesFragmentsOfSixteenPieceSizes) {
    for (std::size_t size = 8; size <= 1024; size *= 2) {
        for (const std::size_t piece_bytes : {size, size + 8}) {
            const Bytes datagram = datagram_of(kSix, 2049);
            Feeder feeder;
            const std::vector<Bytes> pieces = fragments_of(datagram, piece_bytes);
            for (const Bytes& piece : pieces) {
                feeder.feed(piece);
            }
            expect_datagram(feeder, datagram, pieces.size());
        }
    }
}

TEST(Reassembler, RefusesFragmentsWithImpossibleLengths) {
    const auto four = [](std::uint16_t field, std::size_t payload) {
        IpPacket header = kFour;
        header.fragment_field = field;
        return ip_packet(header, pattern(payload));
    };
    const auto six = [](std::size_t offset, bool more, std::size_t payload) {
        IpPacket header = kSix;
        header.extensions = {fragment_header(offset, more, 1)};
        return ip_packet(header, pattern(payload));
    };
    struct Row {
        const char* why;
        Bytes bytes;
    };
    const Row rows[] = {
        {"no payload", four(0x2000, 0)},
        {"first, not a multiple of 8", four(0x2000, 20)},
        {"middle, not a multiple of 8", four(0x2001, 21)},
        {"ping of death", four(0x1fff, 480)},
        {"one byte over 65535", four(0x1ffd, 12)},
        {"IPv6, no payload", six(8, false, 0)},
        {"IPv6, not a multiple of 8", six(0, true, 12)},
        {"IPv6 ping of death", six(65'528, false, 480)},
        {"IPv6, one byte over 65535", six(65'528, false, 8)},
    };
    for (const Row& row : rows) {
        Feeder feeder;
        feeder.feed(row.bytes);
        EXPECT_EQ(feeder.count(Rejection::kMalformedIp), 1U) << row.why;
        feeder.finish();
    }
}

// 65535 is the largest total length of IPv4, and the largest payload length of IPv6.
TEST(Reassembler, RebuildsTheLargestDatagrams) {
    const Bytes datagrams[] = {
        datagram_of(kFour, 65'535 - 20 - 8),
        datagram_of(kSix, 65'535 - 8),
    };
    for (const Bytes& datagram : datagrams) {
        Feeder feeder;
        const std::vector<Bytes> pieces = fragments_of(datagram, 1480);
        for (const Bytes& piece : pieces) {
            feeder.feed(piece);
        }
        EXPECT_EQ(feeder.packets(), 1U);
        EXPECT_EQ(feeder.packet().ip_bytes, datagram.size());
        const std::size_t kept = std::min(datagram.size(), kPacketBytesMax);
        EXPECT_EQ(feeder.bytes(), first_bytes(datagram, kept));
        feeder.finish();
    }
}

// A first fragment whose header is longer than those of the others takes the sum over 65535.
TEST(Reassembler, TakesLengthsOfLongFirstHeadersFromTheLayer) {
    IpPacket ip = kFour;
    ip.options = Bytes(40, 1);
    const Bytes first = fragment_of(datagram_of(ip, 2000), {.begin = 0, .length = 1480});
    const Bytes rest = datagram_of(kFour, 65'535 - 20 - 8);
    Feeder feeder;
    feeder.feed(first);
    for (std::size_t begin = 1480; begin < 65'515; begin += 1480) {
        feeder.feed(fragment_of(rest, {.begin = begin, .length = 1480}));
    }
    EXPECT_EQ(feeder.packets(), 1U);
    EXPECT_EQ(feeder.packet().ip_bytes, 65'575U);
}

TEST(Reassembler, KeepsTheContiguousPartThatTheSnapshotLeft) {
    for (const IpPacket& ip : {kFour, kSix}) {
        const Bytes datagram = datagram_of(ip, 1992);  // 2000 bytes of IP payload
        const std::size_t header = datagram.size() - 2000;
        const std::size_t fragment_header_bytes = ip.source == kSix.source ? 8 : 0;
        const std::vector<Bytes> pieces = fragments_of(datagram, 1000);
        struct Row {
            const char* why;
            std::size_t first;  // payload bytes captured of each piece
            std::size_t second;
            std::size_t kept;  // payload bytes of the datagram
        };
        const Row rows[] = {
            {"both whole", 1000, 1000, 2000},
            {"second cut", 1000, 300, 1300},
            {"second without payload", 1000, 0, 1000},
            {"first cut: what follows would stand at the wrong place", 60, 1000, 60},
            {"both cut", 60, 60, 60},
        };
        for (const Row& row : rows) {
            Feeder feeder;
            for (const std::size_t i : {1U, 0U}) {
                HeapFrame frame(pieces[i], LinkType::kRaw);
                frame.cut(header + fragment_header_bytes + (i == 0 ? row.first : row.second));
                feeder.feed(frame);
            }
            ASSERT_EQ(feeder.packets(), 1U) << row.why;
            EXPECT_EQ(feeder.bytes(), first_bytes(datagram, header + row.kept)) << row.why;
            EXPECT_EQ(feeder.packet().ip_bytes, datagram.size()) << row.why;
            EXPECT_EQ(feeder.packet().payload_bytes, 1992U) << row.why;
            EXPECT_EQ(feeder.packet().frame_bytes, pieces[0].size() + pieces[1].size()) << row.why;
        }
    }
}

TEST(Reassembler, RejectsADatagramWhoseTransportHeaderWasCut) {
    const std::vector<Bytes> pieces = fragments_of(datagram_of(kFour, 1000), 504);
    Feeder feeder;
    HeapFrame first(pieces[0], LinkType::kRaw);
    first.cut(24);
    feeder.feed(first);
    feeder.feed(pieces[1]);
    EXPECT_EQ(feeder.count(Rejection::kTruncatedTransport), 1U);
    EXPECT_EQ(feeder.count(Rejection::kReassembledFragment), 1U);
}

// Each encapsulation is cut again: the outer datagram's payload is itself a fragment.
TEST(Reassembler, RebuildsFragmentsInsideFragments) {
    const Bytes inner = datagram_of(kSix, 3000);
    Feeder feeder;
    std::size_t frames = 0;
    for (const Bytes& inner_piece : fragments_of(inner, 1000)) {
        const Bytes outer = ip_in_ip(kOuterFour, inner_piece);
        std::vector<Bytes> pieces = fragments_of(outer, 400);
        std::reverse(pieces.begin(), pieces.end());
        for (const Bytes& piece : pieces) {
            feeder.feed(piece);
            ++frames;
        }
    }
    EXPECT_EQ(feeder.packets(), 1U);
    EXPECT_EQ(feeder.count(Rejection::kReassembledFragment), frames - 1);
    EXPECT_EQ(feeder.bytes(), inner);
    EXPECT_EQ(summary(feeder), kSixSeen);
}

TEST(Reassembler, OpensTunnelsInDatagrams) {
    const Bytes inner = datagram_of(kFour, 1400);
    for (const IpPacket& ip : {kOuterFour, kOuterSix}) {
        const Bytes outer = ip_packet(ip, udp_datagram(2152, 2152, gtp({.flags = 0x32}, inner)));
        Feeder feeder;
        for (const Bytes& piece : fragments_of(outer, 1256)) {
            feeder.feed(piece);
        }
        EXPECT_EQ(feeder.packets(), 1U);
        EXPECT_EQ(feeder.bytes(), inner);
        EXPECT_EQ(feeder.packet().tunnel_id, TunnelId::kGtp);
    }
}

}  // namespace
}  // namespace flowgauge::test
