// What holds for any packets: nothing is lost or counted twice, rows have one order, and the number
// of shards changes nothing.
#include "core/flow/flow_statistics.h"
#include "core/flow/observed_shard.h"
#include "core/packet/steering.h"
#include "tests/support/plain_packet.h"
#include "tests/support/recording_outlet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <tuple>
#include <vector>

namespace flowgauge {
namespace {

using std::chrono::seconds;
using test::RecordCopy;

using Shard = ObservedShard<ObserverChain<StatisticsObserver>>;

struct Lane {
    explicit Lane(const ShardOptions& options)
        : shard(options, ObserverChain<StatisticsObserver>{StatisticsObserver{}}, outlet) {
        outlet.attach(shard);
    }

    test::RecordingOutlet outlet;
    Shard shard;
};

ShardOptions shard_options(std::uint64_t max_flows) {
    return {
        .flow = {.idle_timeout = seconds(2), .active_timeout = seconds(9)},
        .max_flows = max_flows,
        .identity = {}};
}

// Flows end with their connections, some of them earlier for another reason.
ShardOptions closing_options(std::uint64_t max_flows) {
    ShardOptions options = shard_options(max_flows);
    options.flow.idle_timeout = seconds(6);
    options.flow.end_on_tcp = EndOnTcp::kFinRst;
    return options;
}

std::vector<Packet> random_packets(std::uint32_t seed, std::size_t count) {
    test::PacketStream stream(seed, 12, 8);
    std::vector<Packet> packets(count);
    std::ranges::generate(packets, [&] { return stream.next(); });
    return packets;
}

// All that a row says of a flow.
auto row_of(const RecordCopy& record) {
    const Flow& flow = record.flow;
    return std::tuple(
        record.moment,
        flow.key,
        flow.from_upper,
        flow.packets,
        flow.bytes,
        flow.first(),
        flow.last(),
        flow.flow_uid,
        record.end_reason
    );
}

class ObservedShardConservation : public ::testing::TestWithParam<ShardOptions> {};

TEST_P(ObservedShardConservation, KeepsEachPacketInExactlyOneRecord) {
    const std::uint64_t max_flows = GetParam().max_flows;
    Lane lane(GetParam());
    std::uint64_t bytes = 0;
    const std::vector<Packet> packets = random_packets(5, 30'000);
    for (const Packet& packet : packets) {
        lane.shard.add(packet);
        bytes += packet.frame_bytes;
        ASSERT_LE(lane.shard.active_flows(), max_flows);
        const ShardCounters& now = lane.shard.counters();
        ASSERT_EQ(now.flows_created, lane.shard.active_flows() + now.expired());
        if (packet.position % 1000 == 0) {
            lane.shard.advance(packet.tick);
        }
    }
    lane.shard.finish(packets.back().tick, EndReason::kEndOfInput);

    std::uint64_t recorded_packets = 0;
    std::uint64_t recorded_bytes = 0;
    for (const RecordCopy& record : lane.outlet.records()) {
        recorded_packets += record.flow.all_packets();
        recorded_bytes += record.flow.all_bytes();
    }
    EXPECT_EQ(recorded_packets, packets.size());
    EXPECT_EQ(recorded_bytes, bytes);
    const ShardCounters& counters = lane.shard.counters();
    EXPECT_EQ(counters.packets_in_flows, packets.size());
    EXPECT_EQ(counters.flows_created, lane.outlet.records().size());
    EXPECT_EQ(counters.expired(), lane.outlet.records().size());
    EXPECT_EQ(lane.shard.active_flows(), 0U);
}

TEST_P(ObservedShardConservation, EmitsByMomentThenKey) {
    Lane lane(GetParam());
    const std::vector<Packet> packets = random_packets(6, 30'000);
    for (const Packet& packet : packets) {
        lane.shard.add(packet);
    }
    lane.shard.finish(packets.back().tick, EndReason::kEndOfInput);
    const std::vector<RecordCopy>& records = lane.outlet.records();
    EXPECT_TRUE(std::ranges::is_sorted(records, [](const RecordCopy& a, const RecordCopy& b) {
        return test::written_before(a, b);
    }));
    EXPECT_TRUE(std::ranges::none_of(records, &RecordCopy::unordered));
}

INSTANTIATE_TEST_SUITE_P(
    Options,
    ObservedShardConservation,
    ::testing::Values(
        shard_options(1),
        shard_options(7),
        shard_options(100),
        shard_options(1'000'000),
        closing_options(1),
        closing_options(7),
        closing_options(100),
        closing_options(1'000'000)
    )
);

// The rows of `packets` metered by `shards` shards, merged by the order of rows.
std::vector<RecordCopy> metered_by(
    std::uint32_t shards,
    const std::vector<Packet>& packets,
    const ShardOptions& options = shard_options(1'000'000)
) {
    std::vector<std::unique_ptr<Lane>> lanes;
    for (std::uint32_t i = 0; i < shards; ++i) {
        lanes.push_back(std::make_unique<Lane>(options));
    }
    for (const Packet& packet : packets) {
        lanes[owner(packet.source, packet.destination, shards)]->shard.add(packet);
        if (packet.position % 777 == 0) {
            for (const std::unique_ptr<Lane>& lane : lanes) {
                lane->shard.advance(packet.tick);
            }
        }
    }
    std::vector<RecordCopy> merged;
    for (const std::unique_ptr<Lane>& lane : lanes) {
        lane->shard.finish(packets.back().tick, EndReason::kEndOfInput);
        const std::vector<RecordCopy>& records = lane->outlet.records();
        const auto middle = static_cast<std::ptrdiff_t>(merged.size());
        merged.insert(merged.end(), records.begin(), records.end());
        std::inplace_merge(
            merged.begin(), merged.begin() + middle, merged.end(), test::written_before
        );
    }
    return merged;
}

TEST(ObservedShard, GivesTheSameRowsForAnyNumberOfShards) {
    const std::vector<Packet> packets = random_packets(8, 40'000);
    for (const ShardOptions& options : {shard_options(1'000'000), closing_options(1'000'000)}) {
        const std::vector<RecordCopy> alone = metered_by(1, packets, options);
        ASSERT_GT(alone.size(), 1000U);
        for (const std::uint32_t shards : {2U, 3U, 7U}) {
            SCOPED_TRACE(shards);
            const std::vector<RecordCopy> together = metered_by(shards, packets, options);
            ASSERT_EQ(together.size(), alone.size());
            for (std::size_t i = 0; i < alone.size(); ++i) {
                ASSERT_EQ(row_of(together[i]), row_of(alone[i])) << "row " << i;
            }
        }
    }
}

TEST(ObservedShard, GivesEachFlowOfAFileAnIdentityOfItsOwn) {
    std::vector<std::uint64_t> uids;
    for (const RecordCopy& record : metered_by(1, random_packets(9, 40'000))) {
        uids.push_back(record.flow.flow_uid);
    }
    std::ranges::sort(uids);
    EXPECT_EQ(std::ranges::adjacent_find(uids), uids.end());
}

TEST(ObservedShard, GivesTheSameRowsHoweverOftenTimeIsAdvanced) {
    const std::vector<Packet> packets = random_packets(10, 20'000);
    for (const ShardOptions& options : {shard_options(1'000'000), closing_options(1'000'000)}) {
        const std::vector<RecordCopy> expected = metered_by(1, packets, options);
        Lane lane(options);
        for (const Packet& packet : packets) {
            lane.shard.advance(packet.tick);
            lane.shard.add(packet);
            lane.shard.advance(packet.tick);
        }
        lane.shard.finish(packets.back().tick, EndReason::kEndOfInput);
        ASSERT_EQ(lane.outlet.records().size(), expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i) {
            ASSERT_EQ(row_of(lane.outlet.records()[i]), row_of(expected[i])) << "row " << i;
        }
    }
}

// One moment with more ends than may wait: what leaves early says so, and nothing is lost.
TEST(ObservedShard, MarksRecordsThatLeaveBeforeTheirMomentIsOver) {
    constexpr std::uint32_t kFlows = 2 * RecordOrder::kWaitingMax;
    Lane lane(shard_options(1));
    for (std::uint32_t i = 0; i < kFlows; ++i) {
        Packet packet = test::udp_packet("10.0.0.1:1", "10.0.0.2:2", {.tick = 5});
        packet.source.low += std::uint64_t{i} << 32;
        lane.shard.add(packet);
    }
    lane.shard.finish(5, EndReason::kEndOfInput);
    const std::vector<RecordCopy>& records = lane.outlet.records();
    ASSERT_EQ(records.size(), kFlows);
    EXPECT_EQ(
        static_cast<std::size_t>(std::ranges::count_if(records, &RecordCopy::unordered)),
        RecordOrder::kWaitingMax
    );
    EXPECT_TRUE(records.front().unordered);
    EXPECT_FALSE(records.back().unordered);
}

}  // namespace
}  // namespace flowgauge
