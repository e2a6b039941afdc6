// What bounds the reassembler: time, memory, pieces, and the end of the input. Each held frame ends
// in exactly one count.
#include "tests/unit/core/packet/fragments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

IpPacket with_id(std::uint32_t id) {
    IpPacket ip = kFour;
    ip.id = static_cast<std::uint16_t>(id);
    return ip;
}

TEST(ReassemblyTimeout, IsJudgedByPacketTimeOnArrival) {
    struct Row {
        const char* why = "";
        IpPacket ip;
        CaptureTime second;
        bool complete = false;
    };
    const Row rows[] = {
        {"IPv4 just in time", kFour, {.seconds = 129, .nanoseconds = 999'999'999}, true},
        {"IPv4 too late", kFour, {.seconds = 130}, false},
        {"IPv6 just in time", kSix, {.seconds = 159, .nanoseconds = 999'999'999}, true},
        {"IPv6 too late", kSix, {.seconds = 160}, false},
        {"back in time", kFour, {.seconds = 1}, true},
    };
    for (const Row& row : rows) {
        const std::vector<Bytes> pieces = fragments_of(datagram_of(row.ip, 100), 64);
        Feeder feeder;
        feeder.feed(pieces[0], {.seconds = 100});
        feeder.feed(pieces[1], row.second);
        EXPECT_EQ(feeder.packets(), row.complete ? 1U : 0U) << row.why;
        EXPECT_EQ(feeder.count(Rejection::kFragmentTimeout), row.complete ? 0U : 1U) << row.why;
        EXPECT_EQ(feeder.intake().held_frames(), row.complete ? 0U : 1U) << row.why;
    }
}

TEST(ReassemblyTimeout, LetsOtherDatagramsGoToo) {
    Feeder feeder;
    const auto first_of = [](const IpPacket& ip) {
        return fragment_of(datagram_of(ip, 100), {.begin = 0, .length = 64});
    };
    feeder.feed(first_of(kSix), {.seconds = 100});
    feeder.feed(first_of(with_id(1)), {.seconds = 100});
    feeder.feed(first_of(with_id(2)), {.seconds = 110});
    feeder.feed(first_of(with_id(3)), {.seconds = 131});
    EXPECT_EQ(feeder.count(Rejection::kFragmentTimeout), 1U);
    feeder.feed(first_of(with_id(4)), {.seconds = 160});
    EXPECT_EQ(feeder.count(Rejection::kFragmentTimeout), 3U);
    EXPECT_EQ(feeder.intake().held_frames(), 2U);
    feeder.intake().expire({.seconds = 300});
    EXPECT_EQ(feeder.count(Rejection::kFragmentTimeout), 5U);
    feeder.expect_law();
}

// Packet time may run backwards: then an older datagram stands behind a younger one.
TEST(ReassemblyTimeout, IsJudgedForTheDatagramAtHandEvenOutOfOrder) {
    const std::vector<Bytes> pieces = fragments_of(datagram_of(with_id(2), 100), 64);
    Feeder feeder;
    feeder.feed(
        fragment_of(datagram_of(with_id(1), 100), {.begin = 0, .length = 64}), {.seconds = 200}
    );
    feeder.feed(pieces[0], {.seconds = 100});
    feeder.feed(pieces[1], {.seconds = 135});
    EXPECT_EQ(feeder.packets(), 0U);
    EXPECT_EQ(feeder.count(Rejection::kFragmentTimeout), 1U);
    EXPECT_EQ(feeder.intake().held_frames(), 2U);
}

TEST(ReassemblyEnd, TellsTimedOutDatagramsFromCutOnes) {
    Feeder feeder;
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        const Bytes piece = fragment_of(datagram_of(with_id(id), 100), {.begin = 0, .length = 64});
        feeder.feed(piece, {.seconds = 100 + 10 * id});
    }
    feeder.finish({.seconds = 141});
    EXPECT_EQ(feeder.count(Rejection::kFragmentTimeout), 1U);
    EXPECT_EQ(feeder.count(Rejection::kFragmentEndOfInput), 2U);
}

TEST(ReassemblyMemory, TakesFromTheOldestDatagram) {
    constexpr std::uint32_t kDatagrams = 40;
    Feeder feeder({.reassembly_memory = 16 * 1024});  // 32 chunks of 512 bytes, 16 datagrams
    for (std::uint32_t id = 0; id < kDatagrams; ++id) {
        const Bytes piece =
            fragment_of(datagram_of(with_id(id), 2000), {.begin = 0, .length = 1480});
        feeder.feed(piece, {.seconds = id / 4});
    }
    const std::uint64_t held = feeder.intake().held_frames();
    EXPECT_GE(held, 8U);
    EXPECT_EQ(feeder.count(Rejection::kFragmentMemory), kDatagrams - held);
    // The newest are still there, and complete.
    for (std::uint32_t id = kDatagrams - 4; id < kDatagrams; ++id) {
        const Bytes rest =
            fragment_of(datagram_of(with_id(id), 2000), {.begin = 1480, .length = 9000});
        EXPECT_EQ(feeder.feed(rest, {.seconds = 10}), IntakeStep::kPacket) << id;
    }
    feeder.finish();
}

TEST(ReassemblyMemory, BoundsTheNumberOfDatagramsAcrossVersions) {
    Feeder feeder({.reassembly_memory = 8 * 1024});  // 8 datagrams
    for (std::uint32_t id = 0; id < 100; ++id) {
        const Cut cut{.begin = 0, .length = 64, .id = id};
        feeder.feed(
            fragment_of(datagram_of(id % 2 == 0 ? with_id(id) : kSix, 100), cut),
            {.seconds = id / 50}
        );
        EXPECT_LE(feeder.intake().held_frames(), 8U);
    }
    EXPECT_EQ(feeder.count(Rejection::kFragmentMemory), 92U);
    feeder.finish();
}

TEST(ReassemblyMemory, RefusesADatagramThatDoesNotFitAlone) {
    Feeder feeder({.reassembly_memory = 1});  // the least there is: 2 chunks
    const Bytes datagram = datagram_of(kFour, 4000);
    for (const Bytes& piece : fragments_of(datagram, 1480)) {
        EXPECT_EQ(feeder.feed(piece), IntakeStep::kNothing);
    }
    EXPECT_EQ(feeder.count(Rejection::kFragmentMemory), 3U);
    for (const Bytes& piece : fragments_of(datagram_of(kFour, 600), 400)) {
        feeder.feed(piece);
    }
    EXPECT_EQ(feeder.packets(), 1U);
}

TEST(ReassemblyMemory, GivesMemoryBackForYears) {
    Feeder feeder({.reassembly_memory = 16 * 1024});
    for (std::uint32_t round = 0; round < 3000; ++round) {
        const Bytes datagram = datagram_of(round % 2 == 0 ? kFour : kSix, 3000 + round % 64);
        for (const Bytes& piece : fragments_of(datagram, 1280)) {
            feeder.feed(piece);
        }
    }
    EXPECT_EQ(feeder.packets(), 3000U);
    EXPECT_EQ(feeder.count(Rejection::kFragmentMemory), 0U);
}

TEST(ReassemblyPieces, AreBounded) {
    for (const IpPacket& ip : {kFour, kSix}) {
        const Bytes datagram = datagram_of(ip, 1025 * 8 - 8);  // 1025 pieces of 8 bytes
        Feeder feeder;
        for (const Bytes& piece : fragments_of(datagram, 8)) {
            feeder.feed(piece);
        }
        EXPECT_EQ(feeder.packets(), 0U);
        EXPECT_EQ(feeder.count(Rejection::kFragmentMemory), 1025U);
        feeder.finish();

        Feeder most;
        for (const Bytes& piece : fragments_of(datagram_of(ip, 1024 * 8 - 8), 8)) {
            most.feed(piece);
        }
        EXPECT_EQ(most.packets(), 1U);
    }
}

// A frame of some datagram: any piece, whole, cut by a snapshot, changed, or nested in another.
Bytes random_piece(std::mt19937& random) {
    const auto below = [&random](std::size_t bound) {
        return random() % bound;
    };
    IpPacket ip = below(2) == 0 ? kFour : kSix;
    ip.id = static_cast<std::uint16_t>(below(6));
    const std::size_t payload = 8 * (1 + below(40));
    Bytes datagram = datagram_of(ip, payload);
    if (below(5) == 0) {
        datagram = ip_packet(kOuterFour, udp_datagram(1, 2152, gtp({}, datagram)));
    } else if (below(5) == 0) {
        datagram = ip_in_ip(below(2) == 0 ? kOuterFour : kOuterSix, datagram);
    }
    const std::size_t length = 8 * (1 + below(12));
    const std::size_t ip_header = datagram[0] >> 4 == 4 ? 20 : 40;
    const std::size_t begin = 8 * below((datagram.size() - ip_header + 7) / 8);
    Bytes piece = fragment_of(
        datagram, {.begin = begin, .length = length, .id = static_cast<std::uint32_t>(below(6))}
    );
    if (below(6) == 0) {
        piece =
            fragment_of(ip_in_ip(kOuterSix, piece), {.begin = 0, .length = 8 * (1 + below(20))});
    }
    if (below(10) == 0) {
        piece[below(piece.size())] ^= static_cast<std::uint8_t>(1U << below(8));
    }
    return piece;
}

TEST(Reassembly, CountsEveryFrameOnceWhateverComes) {
    for (unsigned seed = 0; seed < 12; ++seed) {
        std::mt19937 random(seed);
        Feeder feeder({.reassembly_memory = std::size_t{2048} << (seed % 4)});
        CaptureTime time{.seconds = 1000};
        for (int i = 0; i < 2000; ++i) {
            time.seconds += random() % 20 == 0 ? random() % 40 : 0;
            HeapFrame frame(random_piece(random), LinkType::kRaw, time);
            if (random() % 8 == 0) {
                frame.cut(random() % (frame->bytes.size() + 1));
            }
            feeder.feed(frame);
            ASSERT_FALSE(::testing::Test::HasFatalFailure()) << "seed " << seed << ", frame " << i;
        }
        EXPECT_GT(feeder.packets(), 0U);
        feeder.finish(time);
    }
}

}  // namespace
}  // namespace flowgauge::test
