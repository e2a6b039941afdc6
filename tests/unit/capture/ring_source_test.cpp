// What one ring delivers, on a real interface in a network namespace of its own.
#include "capture/ring_source.h"

#include "tests/support/live_ring.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;
using test::Bytes;
using test::expect_packets;
using test::icmp_frame;
using test::kSmallRing;
using test::kVlan;
using test::LiveRing;
using test::read_frames;
using test::read_until;
using test::Seen;
using test::udp_frame;

TEST_F(LiveRing, DeliversEveryFrameAsItWasSent) {
    RingGroup group = started(options());
    EXPECT_EQ(group.link_type(), LinkType::kEthernet);
    std::vector<Bytes> sent;
    for (std::size_t i = 0; i < 1000; ++i) {
        sent.push_back(udp_frame(i, static_cast<std::uint8_t>(i)));
        send(sent.back());
    }
    const std::vector<Seen> seen = read_frames(group.rings()[0], sent.size());
    ASSERT_EQ(seen.size(), sent.size());
    Tick latest = 0;
    for (std::size_t i = 0; i < sent.size(); ++i) {
        EXPECT_EQ(seen[i].bytes, sent[i]);
        EXPECT_EQ(seen[i].frame.wire_bytes, sent[i].size());
        EXPECT_EQ(seen[i].frame.position, i);
        EXPECT_FALSE(seen[i].frame.has_stripped_vlan);
        EXPECT_LT(seen[i].frame.time.nanoseconds, 1'000'000'000U);
        const auto time = quantise(seen[i].frame.time, TimeUnit::kNanoseconds);
        ASSERT_TRUE(time);
        EXPECT_GE(*time, latest);
        latest = *time;
    }
    const RingStatistics& statistics = group.rings()[0].read_statistics();
    EXPECT_EQ(statistics.packets, sent.size());
    EXPECT_EQ(statistics.drops, 0U);
    EXPECT_EQ(statistics.truncated_frames, 0U);
    EXPECT_GE(statistics.blocks, 8U);  // 1000 frames of 542 bytes on average
}

TEST_F(LiveRing, HeadStaysUntilPopped) {
    RingGroup group = started(options());
    RingSource& ring = group.rings()[0];
    EXPECT_EQ(ring.peek(), nullptr);
    send(udp_frame(1));
    send(udp_frame(2));
    expect_packets(ring, 2);
    while (ring.peek() == nullptr) {
        ring.wait(milliseconds(5));
    }
    const Frame* const head = ring.peek();
    const std::size_t first = head->bytes.size();
    EXPECT_EQ(ring.peek(), head);
    ring.pop();
    ASSERT_NE(ring.peek(), nullptr);
    EXPECT_EQ(ring.peek()->bytes.size(), first + 1);
    RingSource moved = std::move(ring);
    EXPECT_EQ(moved.peek()->bytes.size(), first + 1);
    EXPECT_EQ(moved.peek()->bytes.back(), 0xAB);
}

TEST_F(LiveRing, PutsTheTagBackBesideTheBytes) {
    RingGroup group = started(options());
    const Bytes bare = udp_frame(100);
    const auto tci = static_cast<std::uint16_t>(3U << 13 | 10U);
    const Bytes tagged = test::with_tag(bare, kVlan, tci);
    const Bytes twice = test::with_tag(tagged, 0x88A8, 200);
    send(tagged);
    send(twice);
    const std::vector<Seen> seen = read_frames(group.rings()[0], 2);
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].bytes, bare);
    EXPECT_TRUE(seen[0].frame.has_stripped_vlan);
    EXPECT_EQ(seen[0].frame.stripped_vlan_tci, tci);
    EXPECT_EQ(seen[0].frame.wire_bytes, tagged.size());
    EXPECT_EQ(seen[1].bytes, tagged);
    EXPECT_EQ(seen[1].frame.stripped_vlan_tci, 200);
    EXPECT_EQ(seen[1].frame.wire_bytes, twice.size());
    EXPECT_EQ(group.rings()[0].read_statistics().truncated_frames, 0U);
}

TEST_F(LiveRing, CutsAtTheSnapshotLength) {
    CaptureOptions short_frames = options();
    for (const char* filter : {"", "udp"}) {
        short_frames.bpf_filter = filter;
        short_frames.snapshot_length = 96;
        RingGroup group = started(short_frames);
        const Bytes frame = udp_frame(500);
        send(frame);
        send(udp_frame(10));
        const std::vector<Seen> seen = read_frames(group.rings()[0], 2);
        ASSERT_EQ(seen.size(), 2U);
        EXPECT_EQ(seen[0].bytes, Bytes(frame.begin(), frame.begin() + 96));
        EXPECT_EQ(seen[0].frame.wire_bytes, frame.size());
        EXPECT_EQ(seen[1].bytes.size(), seen[1].frame.wire_bytes);
        EXPECT_EQ(group.rings()[0].read_statistics().truncated_frames, 1U);
    }
}

TEST_F(LiveRing, FilterSeesStrippedTags) {
    struct Row {
        const char* filter;
        std::size_t accepted;
    };
    // As tcpdump's, a live filter that does not name VLANs looks at what is behind the stripped
    // tag.
    const Row rows[] = {
        {"", 5}, {"vlan 10", 1}, {"vlan", 2}, {"udp", 4}, {"not vlan", 3}, {"vlan 10 and udp", 1}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.filter);
        CaptureOptions filtered = options();
        filtered.bpf_filter = row.filter;
        RingGroup group = started(filtered);
        send(udp_frame(10));
        send(udp_frame(20));
        send(test::with_tag(udp_frame(30), kVlan, 10));
        send(test::with_tag(udp_frame(40), kVlan, 11));
        send(icmp_frame());
        EXPECT_EQ(read_frames(group.rings()[0], row.accepted).size(), row.accepted);
        group.rings()[0].stop_reception();
        EXPECT_EQ(group.rings()[0].read_statistics().packets, row.accepted);
    }
}

TEST_F(LiveRing, ReplacesTheFilterWhileRunning) {
    RingGroup group = started(options());
    RingSource& ring = group.rings()[0];
    send(icmp_frame());
    expect_packets(ring, 1);
    ASSERT_TRUE(group.replace_filter("udp"));
    send(icmp_frame());
    send(udp_frame(1));
    EXPECT_EQ(read_frames(ring, 2).size(), 2U);
    Result<void> refused = group.replace_filter("no such word");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kUsage);
    send(icmp_frame());
    send(udp_frame(1));
    EXPECT_EQ(read_frames(ring, 1).size(), 1U);
    EXPECT_EQ(ring.read_statistics().packets, 3U);
}

TEST_F(LiveRing, ReceivesNothingBeforeStart) {
    Result<RingGroup> group = RingGroup::open(options(), kSmallRing);
    ASSERT_TRUE(group);
    send(udp_frame(1), 10);
    ASSERT_TRUE(group.value().start());
    send(udp_frame(2));
    const std::vector<Seen> seen = read_frames(group.value().rings()[0], 1);
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].bytes, udp_frame(2));
    EXPECT_EQ(group.value().rings()[0].read_statistics().packets, 1U);
}

TEST_F(LiveRing, StopKeepsWhatCameBefore) {
    CaptureOptions slow = options();
    slow.ring_retire = milliseconds(200);  // the kernel still has the block when we stop
    RingGroup group = started(slow);
    RingSource& ring = group.rings()[0];
    send(udp_frame(100), 300);
    expect_packets(ring, 300);
    ring.stop_reception();
    send(udp_frame(100), 50);
    EXPECT_EQ(read_frames(ring, 300).size(), 300U);
    EXPECT_FALSE(ring.wait(slow.ring_retire + milliseconds(50)));
    EXPECT_EQ(ring.peek(), nullptr);
    EXPECT_EQ(ring.read_statistics().packets, 300U);
}

TEST_F(LiveRing, CountsWhatDoesNotFit) {
    const RingGeometry tiny = {.block_bytes = 64 * 1024, .block_count = 4, .note = {}};
    constexpr std::uint64_t kSent = 20'000;
    RingGroup group = started(options(), tiny);
    RingSource& ring = group.rings()[0];
    send(udp_frame(22), kSent);
    expect_packets(ring, kSent);
    ring.stop_reception();
    std::uint64_t received = 0;
    const auto count = [&](const Frame&) {
        ++received;
    };
    const auto complete = [&] {
        return received + ring.read_statistics().drops >= kSent;
    };
    EXPECT_TRUE(read_until(ring, count, complete));
    const RingStatistics& statistics = ring.read_statistics();
    EXPECT_EQ(received + statistics.drops, kSent);
    EXPECT_EQ(statistics.packets, kSent);
    EXPECT_GT(received, 0U);
    EXPECT_GT(statistics.drops, 0U);
    EXPECT_GT(statistics.freezes, 0U);
    EXPECT_EQ(ring.take_block_streak(), 1000U);
    EXPECT_EQ(ring.peek(), nullptr);
}

TEST_F(LiveRing, GoesRoundWithoutLoss) {
    const RingGeometry short_ring = {.block_bytes = 64 * 1024, .block_count = 8, .note = {}};
    RingGroup group = started(options(), short_ring);
    RingSource& ring = group.rings()[0];
    std::uint64_t received = 0;
    std::uint64_t sum = 0;
    const auto take = [&](const Frame& frame) {
        EXPECT_EQ(frame.position, received);
        ++received;
        // The bytes behind each frame are readable, behind the ring's last one too.
        const std::uint8_t* const end = frame.bytes.data() + frame.bytes.size();
        for (std::size_t i = 0; i < kFrameSlackBytes; ++i) {
            sum += end[i];
        }
    };
    for (std::uint64_t sent = 0; sent < 4000; sent += 100) {
        send(udp_frame(1400), 100);
        ASSERT_TRUE(read_until(ring, take, [&] { return received == sent + 100; }));
    }
    EXPECT_GE(ring.read_statistics().blocks, 3U * 8U);
    EXPECT_EQ(ring.read_statistics().drops, 0U);
}

}  // namespace
}  // namespace flowgauge
