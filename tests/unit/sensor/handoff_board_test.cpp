#include "sensor/handoff_board.h"

#include <gtest/gtest.h>

#include <thread>

namespace flowgauge {
namespace {

TEST(HandoffBoard, IsNotQuietBeforeEveryRingIsDrained) {
    HandoffBoard board(2, 64);
    EXPECT_FALSE(board.is_quiet());
    board.set_drained(0);
    EXPECT_FALSE(board.is_quiet());
    board.set_drained(1);
    EXPECT_TRUE(board.is_quiet());
}

TEST(HandoffBoard, IsNotQuietWhileAPacketIsOnItsWay) {
    HandoffBoard board(3, 64);
    for (std::uint32_t worker = 0; worker < board.workers(); ++worker) {
        board.set_drained(worker);
    }
    board.count_pushed(0);
    EXPECT_FALSE(board.is_quiet());
    board.count_pushed(1);  // worker 1 hands it on before it has settled it
    board.count_settled(1);
    EXPECT_FALSE(board.is_quiet());
    board.count_settled(2);
    EXPECT_TRUE(board.is_quiet());
}

TEST(HandoffBoard, HasAQueueForEachPairInEachDirection) {
    HandoffBoard board(3, 64);
    Packet packet;
    packet.position = 7;
    ASSERT_TRUE(board.queue(2, 0).push(QueuedKind::kPacket, packet, {}));
    board.queue(2, 0).publish();
    EXPECT_EQ(board.queue(0, 2).front(), nullptr);
    EXPECT_EQ(board.queue(1, 0).front(), nullptr);
    ASSERT_NE(board.queue(2, 0).front(), nullptr);
    EXPECT_EQ(board.queue(2, 0).front()->packet.position, 7);
}

// Who reads a watermark finds in the queue all packets up to it.
TEST(HandoffBoard, ShowsPacketsBeforeTheWatermarkThatCoversThem) {
    constexpr std::uint64_t kPackets = 20'000;
    HandoffBoard board(2, 1 << 16);
    std::jthread producer([&] {
        for (std::uint64_t i = 1; i <= kPackets; ++i) {
            Packet packet;
            packet.position = i;
            while (!board.queue(1, 0).push(QueuedKind::kPacket, packet, {})) {
                std::this_thread::yield();
            }
            board.queue(1, 0).publish();
            board.raise_watermark(1, i);
        }
    });
    std::uint64_t seen = 0;
    while (seen < kPackets) {
        const KernelTime covered = board.watermark(1);
        while (seen < covered) {
            ASSERT_NE(board.queue(1, 0).front(), nullptr);
            ASSERT_EQ(board.queue(1, 0).front()->packet.position, seen + 1);
            board.queue(1, 0).pop();
            board.queue(1, 0).release();
            ++seen;
        }
    }
}

}  // namespace
}  // namespace flowgauge
