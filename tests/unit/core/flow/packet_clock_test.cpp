#include "core/flow/packet_clock.h"

#include <gtest/gtest.h>

#include <limits>

namespace flowgauge {
namespace {

Packet at(std::uint64_t seconds, std::uint32_t nanoseconds = 0) {
    Packet packet;
    packet.time = {.seconds = seconds, .nanoseconds = nanoseconds};
    return packet;
}

TEST(PacketClock, QuantisesByTruncationToItsUnit) {
    struct Row {
        TimeUnit unit;
        Tick tick;
    };
    for (const Row& row :
         {Row{TimeUnit::kMilliseconds, 1'999},
          Row{TimeUnit::kMicroseconds, 1'999'999},
          Row{TimeUnit::kNanoseconds, 1'999'999'999}}) {
        PacketClock clock(row.unit);
        Packet packet = at(1, 999'999'999);
        ASSERT_TRUE(clock.stamp(packet));
        EXPECT_EQ(packet.tick, row.tick);
        EXPECT_EQ(clock.now(), row.tick);
    }
}

// NFStream: packets at t=10 then t=5; also files in the wrong order.
TEST(PacketClock, MakesAnEarlierPacketSimultaneousWithTheLatest) {
    PacketClock clock(TimeUnit::kMilliseconds);
    Packet late = at(10);
    Packet early = at(5);
    Packet next = at(10, 1'000'000);
    ASSERT_TRUE(clock.stamp(late));
    ASSERT_TRUE(clock.stamp(early));
    ASSERT_TRUE(clock.stamp(next));
    EXPECT_EQ(early.tick, 10'000);
    EXPECT_EQ(early.time.seconds, 5);  // what was captured stays
    EXPECT_EQ(next.tick, 10'001);
}

TEST(PacketClock, StandsStillForATimeThatTheUnitCannotHold) {
    PacketClock clock(TimeUnit::kNanoseconds);
    Packet good = at(7);
    ASSERT_TRUE(clock.stamp(good));
    Packet far = at(std::numeric_limits<std::uint64_t>::max() / 2);
    far.tick = -1;
    EXPECT_FALSE(clock.stamp(far));
    EXPECT_EQ(far.tick, -1);
    EXPECT_EQ(clock.now(), 7'000'000'000);
    clock.advance(far.time);
    EXPECT_EQ(clock.now(), 7'000'000'000);
}

TEST(PacketClock, HoldsTheYear151991InMilliseconds) {
    constexpr std::uint64_t kSeconds = 4'734'233'000'000;
    PacketClock clock(TimeUnit::kMilliseconds);
    Packet packet = at(kSeconds);
    ASSERT_TRUE(clock.stamp(packet));
    EXPECT_EQ(packet.tick, static_cast<Tick>(kSeconds) * 1000);
}

TEST(PacketClock, AdvancesForwardsOnly) {
    PacketClock clock(TimeUnit::kMilliseconds);
    clock.advance({.seconds = 5});
    clock.advance({.seconds = 4});
    EXPECT_EQ(clock.now(), 5'000);
    Packet packet = at(3);
    ASSERT_TRUE(clock.stamp(packet));
    EXPECT_EQ(packet.tick, 5'000);
}

}  // namespace
}  // namespace flowgauge
