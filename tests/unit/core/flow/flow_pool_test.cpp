#include "core/flow/flow_pool.h"

#include "core/flow/early_sequence.h"
#include "core/flow/flow_observer.h"
#include "core/flow/flow_statistics.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <vector>

namespace flowgauge {
namespace {

// More than any slab holds, so that several are made.
constexpr std::uint32_t kManySlots = 5000;

TEST(FlowPool, HandsOutEachSlotOnce) {
    FlowPool pool(kStateAlignment);
    std::set<std::uint32_t> taken;
    for (std::uint32_t i = 0; i < kManySlots; ++i) {
        taken.insert(pool.take());
    }
    EXPECT_EQ(taken.size(), kManySlots);
    EXPECT_LT(*taken.rbegin(), pool.slots());
}

TEST(FlowPool, ReusesWhatWasGivenBackBeforeItGrows) {
    FlowPool pool(0);
    std::vector<std::uint32_t> taken;
    for (std::uint32_t i = 0; i < kManySlots; ++i) {
        taken.push_back(pool.take());
    }
    const std::size_t slots = pool.slots();
    for (const std::uint32_t slot : taken) {
        pool.give_back(slot);
    }
    for (std::uint32_t i = 0; i < kManySlots; ++i) {
        static_cast<void>(pool.take());
    }
    EXPECT_EQ(pool.slots(), slots);
}

TEST(FlowPool, NeverMovesAFlow) {
    FlowPool pool(kStateAlignment);
    const std::uint32_t slot = pool.take();
    const Flow* flow = &pool.flow(slot);
    const std::byte* cold = pool.cold(slot);
    for (std::uint32_t i = 0; i < kManySlots; ++i) {
        static_cast<void>(pool.take());
    }
    EXPECT_EQ(&pool.flow(slot), flow);
    EXPECT_EQ(pool.cold(slot), cold);
}

TEST(FlowPool, KeepsColdBytesOfFlowsApart) {
    constexpr std::size_t kColdBytes = 3 * kStateAlignment;
    FlowPool pool(kColdBytes);
    std::vector<std::uint32_t> taken;
    for (std::uint32_t i = 0; i < kManySlots; ++i) {
        taken.push_back(pool.take());
        std::memset(pool.cold(taken.back()), static_cast<int>(i % 251), kColdBytes);
    }
    for (std::uint32_t i = 0; i < kManySlots; ++i) {
        const std::byte* cold = pool.cold(taken[i]);
        ASSERT_EQ(cold[0], static_cast<std::byte>(i % 251)) << i;
        ASSERT_EQ(cold[kColdBytes - 1], static_cast<std::byte>(i % 251)) << i;
    }
}

// FlowStatistics holds 128-bit sums, whatever is configured beside it.
TEST(FlowPool, AlignsTheStateOfEachSlotForA128BitNumber) {
    for (const std::uint16_t length : std::vector<std::uint16_t>{1, 2, 3, 5, 20, 255}) {
        const ObserverChain chain(StatisticsObserver{}, SequenceObserver{length});
        FlowPool pool(chain.cold_bytes());
        for (int i = 0; i < 4; ++i) {
            const auto address = reinterpret_cast<std::uintptr_t>(pool.cold(pool.take()));
            EXPECT_EQ(address % alignof(FlowStatistics), 0U) << length << ", slot " << i;
        }
    }
}

TEST(FlowPool, TakesOneSlotASlabWhenAFlowIsLargerThanASlab) {
    FlowPool pool(std::size_t{1} << 20);
    const std::uint32_t first = pool.take();
    EXPECT_EQ(pool.slots(), 1U);
    EXPECT_NE(pool.take(), first);
    EXPECT_EQ(pool.slots(), 2U);
}

}  // namespace
}  // namespace flowgauge
