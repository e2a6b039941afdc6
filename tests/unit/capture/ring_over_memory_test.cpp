// RingSource over a ring that the test fills: what needs no kernel, and what a kernel would not do
// on demand.
#include "capture/ring_source.h"
#include "tests/support/fake_ring.h"
#include "tests/support/live_ring.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;
using test::Bytes;
using test::FakeFrame;
using test::FakeRing;
using test::kFakeRing;
using test::udp_frame;

TEST(RingOverMemory, DeliversWhatWasPut) {
    FakeRing fake;
    RingSource ring = fake.source(LinkType::kRaw);
    EXPECT_EQ(ring.peek(), nullptr);
    const std::vector<FakeFrame> frames = {
        {.bytes = udp_frame(10), .time = {.seconds = 5, .nanoseconds = 7}},
        {.bytes = udp_frame(0), .time = {.seconds = 4'000'000'000, .nanoseconds = 0}, .tci = 42},
        {.bytes = udp_frame(3), .time = {}, .cut_bytes = 100},
    };
    ASSERT_TRUE(fake.put(frames));
    for (std::size_t i = 0; i < frames.size(); ++i) {
        SCOPED_TRACE(i);
        const Frame* const frame = ring.peek();
        ASSERT_NE(frame, nullptr);
        EXPECT_EQ(Bytes(frame->bytes.begin(), frame->bytes.end()), frames[i].bytes);
        EXPECT_EQ(frame->time.seconds, frames[i].time.seconds);
        EXPECT_EQ(frame->time.nanoseconds, frames[i].time.nanoseconds);
        EXPECT_EQ(frame->link_type, LinkType::kRaw);
        EXPECT_EQ(frame->position, i);
        EXPECT_EQ(frame->has_stripped_vlan, frames[i].tci.has_value());
        EXPECT_EQ(frame->stripped_vlan_tci, frames[i].tci.value_or(0));
        const std::size_t tag_bytes = frames[i].tci ? 4 : 0;
        EXPECT_EQ(frame->wire_bytes, frame->bytes.size() + frames[i].cut_bytes + tag_bytes);
        EXPECT_FALSE(fake.is_read());
        EXPECT_EQ(ring.ends_block(), i == 2);
        ring.pop();
    }
    EXPECT_TRUE(fake.is_read());
    EXPECT_EQ(ring.peek(), nullptr);
    const RingStatistics& statistics = ring.read_statistics();
    EXPECT_EQ(statistics.packets, 3U);
    EXPECT_EQ(statistics.blocks, 1U);
    EXPECT_EQ(statistics.truncated_frames, 1U);
    EXPECT_EQ(statistics.drops, 0U);
}

TEST(RingOverMemory, HasNoInterfaceThatCouldGo) {
    const FakeRing fake;
    RingSource ring = fake.source();
    EXPECT_TRUE(ring.attach(reject_all()));
    EXPECT_FALSE(ring.interface_gone());
    ring.stop_reception();
    EXPECT_EQ(ring.read_statistics().network_down_events, 0U);
}

TEST(RingOverMemory, WaitsUntilABlockIsHandedOver) {
    FakeRing fake;
    RingSource ring = fake.source();
    EXPECT_FALSE(ring.wait(milliseconds(0)));
    ASSERT_TRUE(fake.put({.bytes = udp_frame(1), .time = {}}));
    ASSERT_TRUE(fake.put({.bytes = udp_frame(2), .time = {}}));
    EXPECT_TRUE(ring.wait(milliseconds(0)));
    EXPECT_FALSE(ring.wait(milliseconds(0)));
    EXPECT_EQ(ring.read_statistics().polls, 3U);
    std::jthread filler([&fake] {
        static_cast<void>(fake.put({.bytes = udp_frame(3), .time = {}}));
    });
    std::size_t received = 0;
    EXPECT_TRUE(test::read_until(
        ring, [&](const Frame&) { ++received; }, [&] { return received == 3; }
    ));
}

TEST(RingOverMemory, IsFullUntilABlockIsGivenBack) {
    FakeRing fake;
    RingSource ring = fake.source();
    const FakeFrame frame{.bytes = udp_frame(1), .time = {}};
    for (std::uint32_t i = 0; i < kFakeRing.block_count; ++i) {
        ASSERT_TRUE(fake.put(frame));
    }
    EXPECT_FALSE(fake.put(frame));
    ASSERT_NE(ring.peek(), nullptr);
    ring.pop();
    EXPECT_TRUE(fake.put(frame));
    EXPECT_FALSE(fake.put({.bytes = Bytes(kFakeRing.block_bytes), .time = {}}));
    std::uint32_t received = 1;
    while (ring.peek() != nullptr) {
        ++received;
        ring.pop();
    }
    EXPECT_EQ(received, kFakeRing.block_count + 1);
    EXPECT_TRUE(fake.is_read());
}

TEST(RingStreak, IsTheLongestRunOfWaitingBlocks) {
    FakeRing fake;
    RingSource ring = fake.source();
    const FakeFrame frame{.bytes = udp_frame(1), .time = {}};
    const auto put = [&](int blocks) {
        for (int i = 0; i < blocks; ++i) {
            ASSERT_TRUE(fake.put(frame));
        }
    };
    const auto read = [&](int blocks) {
        for (int i = 0; i < blocks; ++i) {
            ASSERT_NE(ring.peek(), nullptr);
            ring.pop();
        }
    };
    EXPECT_EQ(ring.take_block_streak(), 0U);
    put(1);
    EXPECT_EQ(ring.take_block_streak(), 0U) << "looked at only when a block is begun";
    read(1);
    EXPECT_EQ(ring.take_block_streak(), 125U);
    put(4);
    read(1);  // 4 wait
    put(2);
    read(1);  // 5 wait
    read(4);  // fewer and fewer
    EXPECT_EQ(ring.take_block_streak(), 625U);
    EXPECT_EQ(ring.take_block_streak(), 0U) << "since the last call";
    put(8);  // over the end of the ring
    read(8);
    EXPECT_EQ(ring.take_block_streak(), 1000U);
    put(3);
    read(2);
    EXPECT_EQ(ring.take_block_streak(), 375U);
    read(1);
    EXPECT_EQ(ring.take_block_streak(), 125U);
}

}  // namespace
}  // namespace flowgauge
