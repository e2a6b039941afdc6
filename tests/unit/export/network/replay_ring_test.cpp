#include "export/network/replay_ring.h"

#include "tests/unit/export/network/numbered_units.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace flowgauge {
namespace {

using test::numbered_block;

constexpr std::uint64_t kNowhere = 0;

// Stages and sends `units`; the wire grows by the size of the units.
std::uint64_t send(ReplayRing& ring, std::size_t units, std::uint64_t& position) {
    std::uint64_t repeated = 0;
    for (std::size_t i = 0; i < units; ++i) {
        position += ring.next_unit().size();
        ring.stage_next();
        repeated += ring.mark_sent(1, position);
    }
    return repeated;
}

class ReplayRingOfHundreds : public testing::Test {
public:
    // Blocks of ten units of 10 bytes; 200 bytes are kept.
    ReplayRing ring{200, 300};
    std::uint64_t next = 0;
    std::uint64_t position = 0;
    std::vector<Delivery> done;

    void add(int blocks) {
        for (int i = 0; i < blocks; ++i) {
            ring.add({.block = numbered_block(next, 10, 10), .units_sent = 0});
        }
    }
};

TEST_F(ReplayRingOfHundreds, HasRoomUntilTooMuchIsUnsent) {
    add(2);
    EXPECT_TRUE(ring.has_room());
    add(1);
    EXPECT_FALSE(ring.has_room());
    send(ring, 10, position);
    EXPECT_TRUE(ring.has_room());
}

TEST_F(ReplayRingOfHundreds, LetsGoOnlyOfWhatHasEnoughBehindIt) {
    add(4);
    send(ring, 29, position);
    ring.evict(kNowhere, done);
    EXPECT_TRUE(done.empty());
    send(ring, 1, position);
    ring.evict(kNowhere, done);
    ASSERT_EQ(done.size(), 1U);
    EXPECT_EQ(done[0].acknowledged, 10U);
    EXPECT_EQ(ring.bytes(), 300U);
    send(ring, 10, position);
    ring.evict(kNowhere, done);
    EXPECT_EQ(done.size(), 2U);
}

TEST_F(ReplayRingOfHundreds, SendsEverythingAgainAfterALossAndCountsIt) {
    add(3);
    send(ring, 25, position);
    EXPECT_EQ(ring.lose_session(position), 0U);
    EXPECT_EQ(ring.next_unit(), test::numbered_line(0, 10));
    position = 0;
    EXPECT_EQ(send(ring, 30, position), 25U);
    EXPECT_EQ(ring.lose_session(position), 0U);
    position = 0;
    EXPECT_EQ(send(ring, 30, position), 30U);
}

TEST(ReplayRing, CountsEvictedRecordsBehindThePositionAsUncertain) {
    struct Row {
        std::uint64_t position;
        std::uint64_t uncertain;
    };
    for (const Row& row : {Row{1000, 0}, Row{800, 0}, Row{799, 10}, Row{600, 20}, Row{0, 80}}) {
        ReplayRing ring(200, 300);
        std::uint64_t next = 0;
        std::uint64_t position = 0;
        std::vector<Delivery> done;
        for (int i = 0; i < 10; ++i) {
            ring.add({.block = numbered_block(next, 10, 10), .units_sent = 0});
            send(ring, 10, position);
            ring.evict(kNowhere, done);
        }
        EXPECT_EQ(done.size(), 8U);  // 1000 bytes were sent, 800 of them evicted
        EXPECT_EQ(ring.lose_session(row.position), row.uncertain);
        EXPECT_EQ(ring.lose_session(0), 0U) << "each record is uncertain once";
    }
}

TEST_F(ReplayRingOfHundreds, ForgetsWhatHasSurelyArrived) {
    for (int i = 0; i < 10; ++i) {
        add(1);
        send(ring, 10, position);
        ring.evict(600, done);
    }
    EXPECT_EQ(ring.lose_session(0), 20U);
}

TEST_F(ReplayRingOfHundreds, ConfirmsWhatWasSentAndKeepsTheRest) {
    add(3);
    send(ring, 15, position);
    ring.confirm_sent(done);
    ASSERT_EQ(done.size(), 1U);
    EXPECT_EQ(ring.lose_session(0), 0U);
    std::vector<PendingBlock> blocks;
    ring.take(blocks);
    ASSERT_EQ(blocks.size(), 2U);
    EXPECT_EQ(blocks[0].units_sent, 5U);
    EXPECT_EQ(blocks[1].units_sent, 0U);
    EXPECT_EQ(blocks[0].block.bytes.size(), 100U);
    EXPECT_TRUE(ring.is_empty());
    EXPECT_EQ(ring.bytes(), 0U);
}

TEST_F(ReplayRingOfHundreds, CountsWhatAnotherPeerMayHaveAsRepeated) {
    ring.add({.block = numbered_block(next, 10, 10), .units_sent = 4});
    EXPECT_EQ(send(ring, 10, position), 4U);
}

TEST_F(ReplayRingOfHundreds, PassesOverBlocksWithoutUnits) {
    ring.add({});
    EXPECT_FALSE(ring.has_next());
    EXPECT_FALSE(ring.has_unsent());
    add(1);
    ring.add({});
    EXPECT_TRUE(ring.has_next());
    send(ring, 10, position);
    EXPECT_FALSE(ring.has_next());
    EXPECT_FALSE(ring.has_unsent());
    ring.confirm_sent(done);
    EXPECT_EQ(done.size(), 3U);
    EXPECT_TRUE(ring.is_empty());
}

}  // namespace
}  // namespace flowgauge
