// A transport whose brokers do not answer: its bounds, and how it ends.
#include "export/kafka/kafka_transport.h"
#include "tests/unit/export/kafka/mock_cluster.h"
#include "tests/unit/export/kafka/transport_run.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using test::MockCluster;
using test::numbered_block;
using test::StoredMessage;
using test::TransportRun;

// Nobody listens there.
KafkaOptions nowhere() {
    KafkaOptions options;
    options.brokers = {"127.0.0.1:1"};
    return options;
}

TEST(KafkaTransportEnd, HasNoRoomWhenItsQueueIsFull) {
    KafkaOptions options = nowhere();
    options.queue = 100'000;
    TransportRun run(options);
    std::uint64_t bytes = 0;
    std::uint64_t blocks = 0;
    while (run.transport().has_room()) {
        Block block = numbered_block(blocks, blocks * 100, 100);
        bytes += block.bytes.size();
        ++blocks;
        run.send(std::move(block));
        ASSERT_LT(blocks, 1000U);
    }
    EXPECT_GE(bytes, 100'000U);
    EXPECT_LT(bytes, 110'000U);
    ASSERT_TRUE(run.run_until([&run] { return run.transport().numbers().working == 0; }));
    EXPECT_FALSE(run.transport().has_room());
    EXPECT_EQ(run.acknowledged + run.dropped.total(), 0U);
}

TEST(KafkaTransportEnd, GoesOnWhenTheProducersOwnQueueWasFull) {
    MockCluster cluster;
    KafkaOptions options;
    options.brokers = {cluster.brokers()};
    options.properties["queue.buffering.max.messages"] = "10";
    TransportRun run(options);
    for (std::size_t i = 0; i < 5; ++i) {
        run.send(numbered_block(i, i * 100, 100));
    }
    ASSERT_TRUE(run.run_until_decided());
    EXPECT_EQ(run.acknowledged, 500U);
    EXPECT_EQ(cluster.read_all().size(), 500U);
}

TEST(KafkaTransportEnd, GivesBackWholeBlocksInOrder) {
    TransportRun run(nowhere());
    std::vector<std::string> bytes;
    for (std::size_t i = 0; i < 5; ++i) {
        Block block = numbered_block(i + 10, i * 100, 100);
        block.spool_frame = i % 2;
        bytes.push_back(block.bytes);
        run.send(std::move(block));
    }
    ASSERT_TRUE(run.run_until([&run] { return run.transport().numbers().working == 0; }));
    run.transport().close();
    EXPECT_FALSE(run.transport().is_idle());
    std::vector<Block> back;
    run.transport().take_back(back);
    ASSERT_EQ(back.size(), 5U);
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(back[i].bytes, bytes[i]);
        EXPECT_EQ(back[i].records, 100U);
        EXPECT_EQ(back[i].units.size(), 100U);
        EXPECT_EQ(back[i].sequence, i + 10);
        EXPECT_EQ(back[i].spool_frame, i % 2);
    }
    EXPECT_TRUE(run.transport().is_idle());
}

// One of two brokers is away, so that a block is decided in part.
class HalfOfTheBrokers : public testing::Test {
protected:
    HalfOfTheBrokers() : cluster_(2, 2) {
        rd_kafka_mock_partition_set_leader(cluster_.get(), "flows", 0, 1);
        rd_kafka_mock_partition_set_leader(cluster_.get(), "flows", 1, 2);
        KafkaOptions options;
        options.brokers = {cluster_.brokers()};
        run_ = std::make_unique<TransportRun>(options);
    }

    // Sends 100 messages, of which only those of partition 0 arrive. Returns how many these are.
    std::size_t send_half(std::uint64_t spool_frame) {
        run_->send(numbered_block(0, 0, 16));  // both brokers are known then
        EXPECT_TRUE(run_->run_until_decided());
        std::size_t reachable = 0;
        for (const StoredMessage& message : cluster_.read_all()) {
            const std::size_t number = std::stoul(message.value);
            reachable += message.partition == 0 ? (number < 4 ? 7U : 6U) : 0U;  // 16 to 115
        }
        cluster_.set_down(2);
        Block block = numbered_block(1, 16, 100);
        block.spool_frame = spool_frame;
        run_->send(std::move(block));
        return reachable;
    }

    MockCluster cluster_;
    std::unique_ptr<TransportRun> run_;
};

TEST_F(HalfOfTheBrokers, DecideABlockOfMemoryInParts) {
    const std::size_t reachable = send_half(0);
    ASSERT_GT(reachable, 0U);
    ASSERT_LT(reachable, 100U);
    ASSERT_TRUE(run_->run_until([&] { return run_->acknowledged == 16 + reachable; }));
    std::vector<Block> back;
    run_->transport().take_back(back);
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(back[0].records, 100 - reachable);
    EXPECT_EQ(back[0].units.size(), 100 - reachable);
    run_->destroy();

    // Together with what was delivered it is everything, and nothing is there twice.
    std::set<std::string> values;
    for (std::size_t i = 0; i < back[0].units.size(); ++i) {
        EXPECT_TRUE(values.emplace(back[0].unit(i).substr(9)).second);
    }
    cluster_.set_up(2);
    for (const StoredMessage& message : cluster_.read_all()) {
        EXPECT_TRUE(values.insert(message.value).second) << message.value;
    }
    EXPECT_EQ(values.size(), 116U);
}

TEST_F(HalfOfTheBrokers, DecideABlockOfTheSpoolAsAWhole) {
    const std::size_t reachable = send_half(5);
    const std::uint64_t before = run_->transport().numbers().bytes_written;
    ASSERT_TRUE(run_->run_until([&] {
        return run_->transport().numbers().bytes_written >= before + reachable * 11;
    }));
    EXPECT_EQ(run_->acknowledged, 16U);
    std::vector<Block> back;
    run_->transport().take_back(back);
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(back[0].bytes, numbered_block(1, 16, 100).bytes);
    EXPECT_EQ(back[0].records, 100U);
    EXPECT_EQ(back[0].spool_frame, 5U);
}

TEST_F(HalfOfTheBrokers, GoOnWhenTheyAreWhole) {
    send_half(5);
    cluster_.set_up(2);
    ASSERT_TRUE(run_->run_until_decided());
    EXPECT_EQ(run_->acknowledged, 116U);
    EXPECT_EQ(run_->deliveries.back().block.spool_frame, 5U);
    EXPECT_EQ(run_->deliveries.back().block.records, 100U);
}

TEST(KafkaTransportEnd, TakesBlocksAgainAfterItGaveSomeBack) {
    MockCluster cluster;
    KafkaOptions options;
    options.brokers = {cluster.brokers()};
    TransportRun run(options);
    std::vector<Block> back;
    run.transport().take_back(back);
    EXPECT_TRUE(back.empty());
    run.send(numbered_block(0, 0, 10));
    ASSERT_TRUE(run.run_until_decided());
    EXPECT_EQ(run.acknowledged, 10U);
}

TEST(KafkaTransportEnd, WritesNothingToTheTerminal) {
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    {
        TransportRun run(nowhere());
        run.send(numbered_block(0, 0, 10));
        EXPECT_TRUE(run.run_until([&run] { return run.transport().numbers().working == 0; }));
        EXPECT_FALSE(run.told.empty());
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

}  // namespace
}  // namespace flowgauge
