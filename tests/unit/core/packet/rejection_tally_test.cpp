// What the listener of an intake hears: which frame, with which reason, and in which order.
#include "core/packet/rejection_tally.h"

#include "tests/unit/core/packet/fragments.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

struct Fed {
    Bytes bytes;
    std::uint64_t seconds = 100;
    std::size_t captured = ~std::size_t{0};
};

// "packet", "held", or the reason of each frame.
std::vector<std::string> fates_of(const Feeder& feeder, std::size_t frames) {
    std::vector<std::string> fates;
    for (std::size_t i = 0; i < frames; ++i) {
        const FrameLedger::Entry entry = feeder.ledger().at(i);
        switch (entry.fate) {
        case FrameFate::kUnknown:
            fates.emplace_back("unknown");
            break;
        case FrameFate::kHeld:
            fates.emplace_back("held");
            break;
        case FrameFate::kPacket:
            fates.emplace_back("packet");
            break;
        case FrameFate::kRejected:
            fates.emplace_back(to_string(entry.reason));
            break;
        }
    }
    return fates;
}

void feed(Feeder& feeder, const Fed& fed) {
    HeapFrame frame(fed.bytes, LinkType::kRaw, {.seconds = fed.seconds});
    if (fed.captured < fed.bytes.size()) {
        frame.cut(fed.captured);
    }
    feeder.feed(frame);
}

IpPacket with_id(std::uint16_t id) {
    IpPacket ip = kFour;
    ip.id = id;
    return ip;
}

Bytes piece(std::size_t begin, std::uint16_t id = 1, std::size_t length = 64) {
    return fragment_of(datagram_of(with_id(id), 184), {.begin = begin, .length = length});
}

TEST(RejectionListener, HearsOfEachReasonTheFramesThatHaveIt) {
    Bytes changed = piece(0);
    changed.back() ^= 1;
    const Bytes outer = ip_in_ip(kOuterFour, piece(0));
    IpPacket second_outer = kOuterFour;
    second_outer.id = 9;
    struct Row {
        const char* why;
        std::vector<Fed> frames;
        std::vector<std::string> during;
        std::vector<std::string> after;
    };
    const Row rows[] = {
        {"frames alone",
         {{kFourUdp}, {Bytes(3)}, {kFourUdp, 100, 10}, {kFourUdp, 100, 24}, {kSixUdp}},
         {"packet", "not_ip", "truncated_ip", "truncated_transport", "packet"},
         {"packet", "not_ip", "truncated_ip", "truncated_transport", "packet"}},
        {"a whole datagram, the last piece first",
         {{piece(128)}, {piece(0)}, {piece(64)}},
         {"reassembled_fragment", "reassembled_fragment", "packet"},
         {"reassembled_fragment", "reassembled_fragment", "packet"}},
        {"a copy",
         {{piece(0)}, {piece(0)}, {piece(64)}, {piece(128)}},
         {"reassembled_fragment", "fragment_duplicate", "reassembled_fragment", "packet"},
         {"reassembled_fragment", "fragment_duplicate", "reassembled_fragment", "packet"}},
        {"pieces that contradict each other, and what comes later",
         {{piece(128)}, {piece(0)}, {changed}, {piece(64)}},
         {"fragment_overlap", "fragment_overlap", "fragment_overlap", "fragment_overlap"},
         {"fragment_overlap", "fragment_overlap", "fragment_overlap", "fragment_overlap"}},
        {"too late",
         {{piece(0), 100}, {piece(64), 110}, {piece(128), 131}},
         {"fragment_timeout", "fragment_timeout", "held"},
         {"fragment_timeout", "fragment_timeout", "fragment_end_of_input"}},
        {"old at the end",
         {{piece(0, 1), 100}, {piece(0, 2), 120}, {kFourUdp, 140}},
         {"held", "held", "packet"},
         {"fragment_timeout", "fragment_end_of_input", "packet"}},
        {"a datagram of pieces in a tunnel in pieces: what completes stands for all",
         {{fragment_of(outer, {.begin = 0, .length = 48}), 120},
          {fragment_of(outer, {.begin = 48, .length = 64}), 120},
          {ip_in_ip(second_outer, piece(64)), 120},
          {piece(128), 120}},
         {"reassembled_fragment", "held", "held", "held"},
         {"reassembled_fragment",
          "fragment_end_of_input",
          "fragment_end_of_input",
          "fragment_end_of_input"}},
        {"a datagram whose transport header was cut",
         {{piece(0), 100, 24}, {piece(64)}, {piece(128)}},
         {"reassembled_fragment", "reassembled_fragment", "truncated_transport"},
         {"reassembled_fragment", "reassembled_fragment", "truncated_transport"}},
        {"impossible lengths", {{piece(0, 1, 60)}}, {"malformed_ip"}, {"malformed_ip"}},
    };
    for (const Row& row : rows) {
        Feeder feeder;
        for (const Fed& fed : row.frames) {
            feed(feeder, fed);
        }
        EXPECT_EQ(fates_of(feeder, row.frames.size()), row.during) << row.why;
        feeder.finish({.seconds = 140});
        EXPECT_EQ(fates_of(feeder, row.frames.size()), row.after) << row.why;
    }
}

TEST(RejectionListener, HearsOfFiltersAndLaterParts) {
    Feeder feeder;
    feeder.refuse(kFourUdp);
    EXPECT_EQ(fates_of(feeder, 1), (std::vector<std::string>{"filter"}));

    FrameLedger ledger;
    Intake intake({}, &ledger);
    HeapFrame frame(kFourUdp, LinkType::kRaw);
    ASSERT_EQ(intake.decode(*frame), IntakeStep::kPacket);
    intake.reject(Rejection::kTimeRange);
    EXPECT_EQ(ledger.at(0).reason, Rejection::kTimeRange);
    EXPECT_TRUE(ledger.agrees(1, 0, intake.rejections()));
}

// The reason of a completed datagram that a later part rejects is that of the completing frame.
TEST(RejectionListener, HearsTheCompletingFrameForItsDatagram) {
    FrameLedger ledger;
    Intake intake({}, &ledger);
    IntakeStep step = IntakeStep::kNothing;
    for (const std::size_t begin : {128U, 0U, 64U}) {
        HeapFrame frame(piece(begin), LinkType::kRaw);
        frame->position = intake.frames();
        ASSERT_EQ(intake.decode(*frame), IntakeStep::kFragment);
        step = intake.reassemble();
    }
    ASSERT_EQ(step, IntakeStep::kPacket);
    intake.reject(Rejection::kTimeRange);
    EXPECT_EQ(ledger.at(2).reason, Rejection::kTimeRange);
    EXPECT_EQ(intake.rejections().of(Rejection::kReassembledFragment), 2U);
    EXPECT_TRUE(ledger.agrees(3, 0, intake.rejections()));
}

TEST(RejectionListener, HearsWhichDatagramGaveWay) {
    Feeder feeder({.reassembly_memory = 1});  // the least there is: 2 chunks, 1 datagram
    feed(feeder, {piece(0, 1)});
    feed(feeder, {piece(64, 1)});
    feed(feeder, {piece(0, 2)});
    const std::vector<std::string> expected{"fragment_memory", "fragment_memory", "held"};
    EXPECT_EQ(fates_of(feeder, 3), expected);
}

TEST(RejectionListener, HearsOfOneDatagramByOffset) {
    Feeder feeder;
    for (const Fed& fed :
         {Fed{piece(64)}, Fed{Bytes(3)}, Fed{piece(0)}, Fed{piece(0, 2)}, Fed{piece(128, 2)}}) {
        feed(feeder, fed);
    }
    feeder.finish({.seconds = 100});
    EXPECT_EQ(feeder.ledger().order(), (std::vector<std::uint64_t>{1, 2, 0, 3, 4}));
}

}  // namespace
}  // namespace flowgauge::test
