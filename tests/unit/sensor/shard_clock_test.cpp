#include "sensor/shard_clock.h"

#include "tests/unit/sensor/hand_clock.h"

#include <gtest/gtest.h>

#include <chrono>

namespace flowgauge::test {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kRingDelay{80};

struct Clocks {
    HandClock hand;
    SystemClock system{hand};
    ShardClock shard{system, kRingDelay};
    RingClock ring;

    Clocks() { shard.look(); }

    KernelTime time_of(KernelTime stamp) { return shard.time_of(ring, stamp); }
    [[nodiscard]] KernelTime stamp() const { return hand.read().system; }
};

TEST(ShardClock, IsTheSystemClockUntilThatIsSet) {
    Clocks clocks;
    EXPECT_EQ(clocks.shard.look(), HandClock::kBegin);
    clocks.hand.pass(5s);
    EXPECT_EQ(clocks.shard.look(), HandClock::kBegin + in_nanoseconds(5s));
    EXPECT_EQ(clocks.time_of(clocks.stamp()), HandClock::kBegin + in_nanoseconds(5s));
    EXPECT_EQ(clocks.system.steps(), 0U);
}

class SetClock : public testing::TestWithParam<std::chrono::nanoseconds> {};

TEST_P(SetClock, GoesOnEvenlyWhenTheSystemClockIsSet) {
    Clocks clocks;
    clocks.hand.pass(1s);
    const KernelTime before = clocks.stamp();  // received before the step, read after it
    clocks.hand.pass(10ms);
    clocks.hand.set_by(GetParam());
    const KernelTime after = clocks.stamp();  // received behind the step
    clocks.hand.pass(10ms);
    EXPECT_EQ(clocks.shard.look(), HandClock::kBegin + in_nanoseconds(1020ms));
    EXPECT_EQ(clocks.system.steps(), 1U);
    EXPECT_EQ(clocks.time_of(before), HandClock::kBegin + in_nanoseconds(1s));
    EXPECT_EQ(clocks.time_of(after), HandClock::kBegin + in_nanoseconds(1010ms));
    EXPECT_EQ(clocks.shard.era_at(1).offset, -GetParam().count());
}

TEST_P(SetClock, NoticesFromAFrameWhatCameAfterTheLastLook) {
    Clocks clocks;
    clocks.hand.pass(1s);
    clocks.shard.look();
    EXPECT_EQ(clocks.time_of(clocks.stamp()), HandClock::kBegin + in_nanoseconds(1s));
    clocks.hand.set_by(GetParam());
    clocks.hand.pass(5ms);
    EXPECT_EQ(clocks.time_of(clocks.stamp()), HandClock::kBegin + in_nanoseconds(1005ms));
    EXPECT_EQ(clocks.system.steps(), 1U);
}

TEST_P(SetClock, KnowsABacklogFromBeforeTheStep) {
    Clocks clocks;
    clocks.time_of(clocks.stamp());
    const KernelTime first = clocks.stamp();
    clocks.hand.pass(3s);  // nobody reads
    clocks.hand.set_by(GetParam());
    clocks.hand.pass(1s);
    clocks.shard.look();
    for (KernelTime passed = 0; passed <= in_nanoseconds(3s); passed += in_nanoseconds(100ms)) {
        EXPECT_EQ(clocks.time_of(first + passed), HandClock::kBegin + passed);
    }
    EXPECT_EQ(clocks.time_of(clocks.stamp()), HandClock::kBegin + in_nanoseconds(4s));
}

TEST_P(SetClock, FollowsThereAndBack) {
    Clocks clocks;
    for (int i = 0; i < 40; ++i) {  // more often than eras are kept
        clocks.hand.pass(2s);
        clocks.shard.look();
        clocks.shard.note_empty(clocks.ring);
        clocks.hand.set_by(i % 2 == 0 ? GetParam() : -GetParam());
        clocks.shard.look();
        const auto passed = in_nanoseconds(2s) * static_cast<KernelTime>(i + 1);
        ASSERT_EQ(clocks.time_of(clocks.stamp()), HandClock::kBegin + passed) << i;
    }
    EXPECT_EQ(clocks.system.steps(), 40U);
}

INSTANTIATE_TEST_SUITE_P(
    ForwardAndBack, SetClock, testing::Values(3600s, -3600s, 24h * 365, -24h * 365, 1500ms, -1500ms)
);

TEST(ShardClock, AllShardsAgreeOnAStep) {
    HandClock hand;
    SystemClock system{hand};
    ShardClock first{system, kRingDelay};
    ShardClock second{system, kRingDelay};
    hand.pass(1s);
    hand.set_by(1h);
    EXPECT_EQ(first.look(), second.look());
    EXPECT_EQ(system.steps(), 1U);
    EXPECT_EQ(first.offset(), second.offset());
}

TEST(ShardClock, FollowsSlowAdjustmentWithoutAStep) {
    Clocks clocks;
    for (int i = 0; i < 10'000; ++i) {  // 500 ppm for almost three hours: five seconds in all
        clocks.hand.pass(1s);
        clocks.hand.set_by(500us);
        clocks.shard.look();
        clocks.time_of(clocks.stamp());
    }
    EXPECT_EQ(clocks.system.steps(), 0U);
    EXPECT_EQ(clocks.shard.now(), clocks.stamp());
}

TEST(ShardClock, TakesAStampThatNoEraExplains) {
    Clocks clocks;
    clocks.hand.pass(10s);
    clocks.shard.look();
    const KernelTime ahead = clocks.stamp() + in_nanoseconds(5s);
    EXPECT_EQ(clocks.time_of(ahead), ahead);
    EXPECT_EQ(clocks.system.steps(), 0U);
}

}  // namespace
}  // namespace flowgauge::test
