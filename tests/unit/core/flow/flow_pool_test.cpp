#include "core/flow/flow_pool.h"

#include "core/flow/early_sequence.h"
#include "core/flow/flow_observer.h"
#include "core/flow/flow_statistics.h"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <vector>

namespace flowgauge {
namespace {

// More than one chunk holds, so that several are used.
constexpr std::uint32_t kManySlots = 3 * FlowPool::kChunkSlots + 5;
constexpr std::uint64_t kSlotsMax = 5 * FlowPool::kChunkSlots;

std::vector<std::uint32_t> take(FlowPool& pool, std::uint32_t count) {
    std::vector<std::uint32_t> taken(count);
    std::ranges::generate(taken, [&] { return pool.take(); });
    return taken;
}

// Bytes of memory that the kernel holds for the page of `address`.
bool is_resident(void* address) {
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    unsigned char state = 0;
    std::byte* const begin =
        static_cast<std::byte*>(address) - reinterpret_cast<std::uintptr_t>(address) % page;
    EXPECT_EQ(::mincore(begin, page, &state), 0);
    return (state & 1) != 0;
}

TEST(FlowPool, HandsOutEachSlotOnce) {
    FlowPool pool(kSlotsMax, kStateAlignment);
    const std::vector<std::uint32_t> taken = take(pool, kManySlots);
    EXPECT_EQ(std::set(taken.begin(), taken.end()).size(), kManySlots);
    EXPECT_EQ(pool.chunks_in_use(), 4U);
}

TEST(FlowPoolDeathTest, EndsTheProcessRatherThanHandingOutASlotTwice) {
    FlowPool pool(1, 0);
    static_cast<void>(take(pool, FlowPool::kChunkSlots));
    EXPECT_DEATH(static_cast<void>(pool.take()), "");
}

TEST(FlowPool, ReusesWhatWasGivenBackBeforeItGrows) {
    FlowPool pool(kSlotsMax, 0);
    const std::vector<std::uint32_t> taken = take(pool, kManySlots);
    for (std::size_t i = 0; i < taken.size(); i += 3) {
        pool.give_back(taken[i]);
    }
    static_cast<void>(take(pool, kManySlots / 3));
    EXPECT_EQ(pool.chunks_in_use(), 4U);
}

// The lowest chunk fills first, so that the others have a chance to become empty.
TEST(FlowPool, FillsTheLowestChunkWithRoom) {
    FlowPool pool(kSlotsMax, 0);
    const std::vector<std::uint32_t> taken = take(pool, 2 * FlowPool::kChunkSlots + 1);
    pool.give_back(taken[FlowPool::kChunkSlots + 7]);
    pool.give_back(taken[7]);
    static_cast<void>(take(pool, FlowPool::kChunkSlots - 1));  // the rest of the third
    EXPECT_EQ(pool.take(), taken[7]);
    EXPECT_EQ(pool.take(), taken[FlowPool::kChunkSlots + 7]);
    EXPECT_EQ(pool.chunks_in_use(), 3U);
}

TEST(FlowPool, GivesTheMemoryOfAnEmptyChunkBack) {
    FlowPool pool(kSlotsMax, kStateAlignment);
    const std::vector<std::uint32_t> taken = take(pool, kManySlots);
    for (const std::uint32_t slot : taken) {
        pool.flow(slot).flow_uid = 1;
        std::memset(pool.cold(slot), 1, kStateAlignment);
    }
    const std::uint32_t second = FlowPool::kChunkSlots + 1000;
    EXPECT_TRUE(is_resident(&pool.flow(second)));
    for (const std::uint32_t slot : taken) {
        if (slot / FlowPool::kChunkSlots == 1) {
            pool.give_back(slot);
        }
    }
    EXPECT_EQ(pool.chunks_in_use(), 3U);
    EXPECT_FALSE(is_resident(&pool.flow(second)));
    EXPECT_FALSE(is_resident(pool.cold(second)));
    EXPECT_TRUE(is_resident(&pool.flow(1000)));
    static_cast<void>(take(pool, FlowPool::kChunkSlots));  // and takes it again
    EXPECT_EQ(pool.chunks_in_use(), 4U);
}

TEST(FlowPool, KeepsTheMemoryOfTheChunkInUseWhenItsOnlyFlowGoes) {
    FlowPool pool(kSlotsMax, 0);
    const std::uint32_t slot = pool.take();
    pool.give_back(slot);
    EXPECT_EQ(pool.take(), slot);
    EXPECT_EQ(pool.chunks_in_use(), 1U);
}

TEST(FlowPool, NeverMovesAFlow) {
    FlowPool pool(kSlotsMax, kStateAlignment);
    const std::uint32_t slot = pool.take();
    const Flow* flow = &pool.flow(slot);
    const std::byte* cold = pool.cold(slot);
    static_cast<void>(take(pool, kManySlots));
    EXPECT_EQ(&pool.flow(slot), flow);
    EXPECT_EQ(pool.cold(slot), cold);
}

TEST(FlowPool, KeepsColdBytesOfFlowsApart) {
    constexpr std::size_t kColdBytes = 3 * kStateAlignment;
    FlowPool pool(kSlotsMax, kColdBytes);
    const std::vector<std::uint32_t> taken = take(pool, kManySlots);
    for (std::uint32_t i = 0; i < kManySlots; ++i) {
        std::memset(pool.cold(taken[i]), static_cast<int>(i % 251), kColdBytes);
    }
    for (std::uint32_t i = 0; i < kManySlots; ++i) {
        const std::byte* cold = pool.cold(taken[i]);
        ASSERT_EQ(cold[0], static_cast<std::byte>(i % 251)) << i;
        ASSERT_EQ(cold[kColdBytes - 1], static_cast<std::byte>(i % 251)) << i;
    }
}

TEST(FlowPool, AlignsEachFlowToALineAndItsStateToItsAlignment) {
    for (const std::uint16_t length : std::vector<std::uint16_t>{1, 2, 3, 5, 20, 255}) {
        const ObserverChain chain(StatisticsObserver{}, SequenceObserver{length});
        FlowPool pool(kSlotsMax, chain.cold_bytes());
        for (int i = 0; i < 4; ++i) {
            const std::uint32_t slot = pool.take();
            const auto cold = reinterpret_cast<std::uintptr_t>(pool.cold(slot));
            EXPECT_EQ(cold % alignof(FlowStatistics), 0U) << length << ", slot " << i;
            EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&pool.flow(slot)) % 64, 0U);
        }
    }
}

}  // namespace
}  // namespace flowgauge
