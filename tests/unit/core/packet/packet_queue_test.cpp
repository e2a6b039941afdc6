#include "core/packet/packet_queue.h"

#include "core/packet/frame.h"
#include "tests/support/packet_builder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <thread>

namespace flowgauge::test {
namespace {

// A packet whose bytes follow from its position, in heap memory of exactly their size.
class NumberedPacket {
public:
    NumberedPacket(std::uint64_t position, std::size_t size)
        : bytes_(pattern(size, static_cast<std::uint8_t>(position))) {
        packet_.position = position;
        packet_.tick = static_cast<Tick>(2 * position);
        packet_.ip = bytes_;
    }

    // Every other one is a fragment.
    [[nodiscard]] bool push(PacketQueue& queue) const {
        return push(queue, packet_.position % 2 == 0 ? QueuedKind::kFragment : QueuedKind::kPacket);
    }
    [[nodiscard]] bool push(PacketQueue& queue, QueuedKind kind) const {
        Fragment fragment;
        fragment.header.fragment_offset = static_cast<std::uint32_t>(packet_.position);
        return queue.push(kind, packet_, fragment);
    }

private:
    Bytes bytes_;
    Packet packet_;
};

// Size of the packet at a position: mostly small, now and then the largest.
std::size_t size_at(std::uint64_t position) {
    return position % 97 == 0 ? kPacketBytesMax : position * 37 % 1600;
}

void expect_entry(const QueuedPacket& entry, std::uint64_t position, std::size_t size) {
    ASSERT_EQ(entry.packet.position, position);
    ASSERT_EQ(entry.packet.tick, static_cast<Tick>(2 * position));
    const std::uint64_t offset = entry.kind == QueuedKind::kFragment ? position : 0;
    ASSERT_EQ(entry.kind == QueuedKind::kFragment, position % 2 == 0);
    ASSERT_EQ(entry.fragment().header.fragment_offset, offset);
    const Bytes expected = pattern(size, static_cast<std::uint8_t>(position));
    ASSERT_TRUE(
        std::equal(entry.packet.ip.begin(), entry.packet.ip.end(), expected.begin(), expected.end())
    );
    const std::uint8_t* slack = entry.packet.ip.data() + entry.packet.ip.size();
    ASSERT_TRUE(std::all_of(slack, slack + kFrameSlackBytes, [](auto byte) { return byte == 0; }));
}

TEST(PacketQueue, ShowsEntriesAfterPublishing) {
    PacketQueue queue(0);
    EXPECT_EQ(queue.front(), nullptr);
    ASSERT_TRUE(NumberedPacket(1, 100).push(queue));
    EXPECT_EQ(queue.front(), nullptr);
    queue.publish();
    ASSERT_NE(queue.front(), nullptr);
    expect_entry(*queue.front(), 1, 100);
    queue.pop();
    queue.release();
    EXPECT_EQ(queue.front(), nullptr);
    EXPECT_EQ(queue.pushed(), 1U);
}

// Bytes that stay are not copied: many packets fit where few would.
TEST(PacketQueue, RefersToBytesThatStay) {
    const Bytes bytes = pattern(60'000, 5);
    Packet packet;
    packet.ip = bytes;
    PacketQueue queue(0);
    for (packet.position = 0; packet.position < 500; ++packet.position) {
        ASSERT_TRUE(queue.push(QueuedKind::kPacket, packet, {}, PacketBytes::kStay));
    }
    queue.publish();
    for (std::uint64_t position = 0; position < 500; ++position) {
        ASSERT_NE(queue.front(), nullptr);
        EXPECT_EQ(queue.front()->packet.position, position);
        EXPECT_EQ(queue.front()->packet.ip.data(), bytes.data());
        queue.pop();
    }
    EXPECT_EQ(queue.front(), nullptr);
}

TEST(PacketQueue, KeepsWhatWasPoppedUntilItIsReleased) {
    PacketQueue queue(0);
    std::uint64_t pushed = 0;
    while (NumberedPacket(pushed, 1000).push(queue)) {
        ++pushed;
    }
    queue.publish();
    const QueuedPacket* first = queue.front();
    for (int i = 0; i < 4; ++i) {
        ASSERT_NE(queue.front(), nullptr);
        queue.pop();
    }
    EXPECT_FALSE(NumberedPacket(pushed, 1000).push(queue));
    expect_entry(*first, 0, 1000);
    queue.release();
    EXPECT_TRUE(NumberedPacket(pushed, 1000).push(queue));
}

TEST(PacketQueue, WakesTheProducerWhenWhatItWantsIsFreed) {
    PacketQueue queue(0);
    ASSERT_TRUE(NumberedPacket(0, 10).push(queue));
    const std::uint64_t wanted = queue.written();
    ASSERT_TRUE(NumberedPacket(1, 10).push(queue));
    queue.publish();
    queue.wait_until_freed(0);  // nothing to wait for
    std::jthread consumer([&queue] {
        for (int i = 0; i < 2; ++i) {
            while (queue.front() == nullptr) {
                queue.wait_for_entry();
            }
            queue.pop();
            queue.release();
        }
    });
    queue.wait_until_freed(wanted);
    queue.wait_until_freed(queue.written());
    consumer.join();
    EXPECT_EQ(queue.front(), nullptr);
}

TEST(PacketQueue, CarriesKindsInOrder) {
    PacketQueue queue(0);
    const QueuedKind kinds[] = {
        QueuedKind::kPacket, QueuedKind::kFragment, QueuedKind::kTime, QueuedKind::kEnd};
    for (const QueuedKind kind : kinds) {
        ASSERT_TRUE(NumberedPacket(7, 0).push(queue, kind));
    }
    queue.publish();
    for (const QueuedKind kind : kinds) {
        ASSERT_NE(queue.front(), nullptr);
        EXPECT_EQ(queue.front()->kind, kind);
        EXPECT_TRUE(queue.front()->packet.ip.empty());
        queue.pop();
        queue.release();
    }
    EXPECT_EQ(queue.front(), nullptr);
}

TEST(PacketQueue, RefusesWhenFullAndGoesOnWhenFreed) {
    PacketQueue queue(0);
    std::uint64_t pushed = 0;
    while (NumberedPacket(pushed, 1000).push(queue)) {
        ++pushed;
    }
    EXPECT_GT(pushed, 200U);
    EXPECT_EQ(queue.pushed(), pushed);
    EXPECT_FALSE(NumberedPacket(pushed, 1000).push(queue));
    queue.publish();
    for (std::uint64_t position = 0; position < 4; ++position) {
        ASSERT_NE(queue.front(), nullptr);
        expect_entry(*queue.front(), position, 1000);
        queue.pop();
        queue.release();
    }
    EXPECT_TRUE(NumberedPacket(pushed, 1000).push(queue));
}

TEST(PacketQueue, KeepsOrderAndBytesOverManyWraps) {
    PacketQueue queue(0);
    std::uint64_t pushed = 0;
    std::uint64_t popped = 0;
    while (popped < 20'000) {
        while (NumberedPacket(pushed, size_at(pushed)).push(queue)) {
            ++pushed;
        }
        queue.publish();
        for (std::uint64_t i = 0; i <= popped % 61 && queue.front() != nullptr; ++i) {
            expect_entry(*queue.front(), popped, size_at(popped));
            ASSERT_FALSE(HasFatalFailure());
            queue.pop();
            queue.release();
            ++popped;
        }
    }
}

// With an empty queue, room for the largest packet is always found, wherever the ring stands.
TEST(PacketQueue, TakesTheLargestPacketWheneverEmpty) {
    PacketQueue queue(0);
    for (std::uint64_t position = 0; position < 500; ++position) {
        const std::size_t size = position % 2 == 0 ? kPacketBytesMax : position * 16;
        ASSERT_TRUE(NumberedPacket(position, size).push(queue)) << position;
        queue.publish();
        ASSERT_NE(queue.front(), nullptr);
        expect_entry(*queue.front(), position, size);
        ASSERT_FALSE(HasFatalFailure());
        queue.pop();
        queue.release();
    }
}

// What takes_any() promises holds for the largest packet, wherever in the ring it comes to lie.
TEST(PacketQueue, TakesTheLargestPacketWheneverItSaysSo) {
    PacketQueue queue(0);
    std::uint64_t position = 0;
    std::uint64_t refused = 0;
    for (int round = 0; round < 2000; ++round) {
        if (queue.takes_any()) {
            ASSERT_TRUE(NumberedPacket(position++, kPacketBytesMax).push(queue));
        } else {
            ++refused;
            ASSERT_NE(queue.front(), nullptr);
            queue.pop();
            queue.release();
        }
        if (round % 3 == 0 && NumberedPacket(position, size_at(position)).push(queue)) {
            ++position;
        }
        queue.publish();
    }
    EXPECT_GT(position, 500U);
    EXPECT_GT(refused, 500U);
}

// Pushes packets 0 to `count` - 1 and the end, publishing every `batch`.
void produce(PacketQueue& queue, std::uint64_t count, std::uint64_t batch) {
    for (std::uint64_t position = 0; position <= count; ++position) {
        const bool last = position == count;
        const NumberedPacket packet(position, last ? 0 : size_at(position));
        while (!(last ? packet.push(queue, QueuedKind::kEnd) : packet.push(queue))) {
            queue.publish();
            queue.wait_for_room();
        }
        if (last || position % batch == 0) {
            queue.publish();
        }
    }
}

// Takes packets until the end, and returns how many were as they should be.
std::uint64_t consume(PacketQueue& queue) {
    std::uint64_t position = 0;
    while (true) {
        const QueuedPacket* entry = queue.front();
        if (entry == nullptr) {
            queue.wait_for_entry();
            continue;
        }
        if (entry->kind == QueuedKind::kEnd) {
            return position;
        }
        expect_entry(*entry, position, size_at(position));
        ++position;
        queue.pop();
        queue.release();
    }
}

// A slow side makes the other sleep: a lost wake-up would hang, and the test time out.
TEST(PacketQueue, HandsOverBetweenTwoThreadsWithoutLoss) {
    constexpr std::uint64_t kPackets = 30'000;
    for (const std::uint64_t batch : {std::uint64_t{1}, std::uint64_t{64}, kPackets}) {
        PacketQueue queue(0);
        std::jthread producer([&queue, batch] { produce(queue, kPackets, batch); });
        EXPECT_EQ(consume(queue), kPackets);
    }
}

}  // namespace
}  // namespace flowgauge::test
