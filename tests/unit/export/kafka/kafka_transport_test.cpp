#include "export/kafka/kafka_transport.h"

#include "tests/unit/export/kafka/mock_cluster.h"
#include "tests/unit/export/kafka/transport_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using test::MockCluster;
using test::numbered_block;
using test::StoredMessage;
using test::TransportRun;

KafkaOptions options_of(const MockCluster& cluster) {
    KafkaOptions options;
    options.brokers = {cluster.brokers()};
    return options;
}

// The values that the cluster holds; what is there twice is a failure.
std::set<std::string> values_of(const MockCluster& cluster) {
    std::set<std::string> values;
    for (const StoredMessage& message : cluster.read_all()) {
        EXPECT_TRUE(values.insert(message.value).second) << message.value;
    }
    return values;
}

std::set<std::string> numbers(std::size_t count) {
    std::set<std::string> made;
    for (std::size_t i = 0; i < count; ++i) {
        made.insert(std::to_string(i));
    }
    return made;
}

// Each flow's messages in the order of their numbers, in one partition.
void expect_order(const std::vector<StoredMessage>& messages) {
    std::map<std::string, std::pair<int, std::uint64_t>> last;
    for (const StoredMessage& message : messages) {
        const std::uint64_t number = std::stoul(message.value);
        const auto [place, first] = last.try_emplace(message.key, message.partition, number);
        if (!first) {
            EXPECT_EQ(place->second.first, message.partition) << message.key;
            EXPECT_LT(place->second.second, number) << message.key;
            place->second.second = number;
        }
    }
}

TEST(KafkaTransport, DeliversEveryMessageOnceAndInTheOrderOfItsFlow) {
    const MockCluster cluster(3);
    TransportRun run(options_of(cluster));
    for (std::size_t i = 0; i < 20; ++i) {
        ASSERT_TRUE(run.transport().has_room());
        run.send(numbered_block(i, i * 100, 100));
    }
    ASSERT_TRUE(run.run_until_decided());
    EXPECT_EQ(run.acknowledged, 2000U);
    const std::vector<StoredMessage> messages = cluster.read_all();
    EXPECT_EQ(messages.size(), 2000U);
    expect_order(messages);
    EXPECT_EQ(values_of(cluster), numbers(2000));
    EXPECT_GT(run.transport().numbers().last_success_ms, 0);
    EXPECT_GT(run.transport().numbers().bytes_written, 2000U);
}

TEST(KafkaTransport, SaysInHeadersWhatAMessageIs) {
    const MockCluster cluster;
    KafkaOptions options = options_of(cluster);
    options.content_type = "protobuf";
    TransportRun run(options);
    run.send(numbered_block(0, 0, 1));
    ASSERT_TRUE(run.run_until_decided());
    const std::vector<StoredMessage> messages = cluster.read_all();
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_EQ(messages[0].key, "flow1000");
    const std::map<std::string, std::string> expected{
        {"schema", "flowgauge/1"}, {"ct", "protobuf"}, {"sensor", "sensor-1"}};
    EXPECT_EQ(messages[0].headers, expected);
}

TEST(KafkaTransport, GivesBlocksBackWithTheirMemory) {
    const MockCluster cluster;
    TransportRun run(options_of(cluster));
    run.send(numbered_block(7, 0, 50));
    run.transport().close();
    EXPECT_FALSE(run.transport().has_room());
    ASSERT_TRUE(run.run_until([&run] { return run.transport().is_idle(); }));
    EXPECT_EQ(run.acknowledged, 50U);
    EXPECT_EQ(run.deliveries.back().block.sequence, 7U);
    EXPECT_FALSE(run.deliveries.back().block.bytes.empty());
}

TEST(KafkaTransport, DecidesABlockWithoutUnitsAtOnce) {
    const MockCluster cluster;
    TransportRun run(options_of(cluster));
    run.send(Block());
    ASSERT_TRUE(run.run_until([&run] { return run.deliveries.size() == 1; }));
}

TEST(KafkaTransport, LosesNothingWhileBrokersAreDown) {
    MockCluster cluster(2);
    TransportRun run(options_of(cluster));
    run.send(numbered_block(0, 0, 100));
    ASSERT_TRUE(run.run_until_decided());
    cluster.set_down(1);
    cluster.set_down(2);
    run.send(numbered_block(1, 100, 400));
    ASSERT_TRUE(run.run_until([&run] { return run.transport().numbers().working == 0; }));
    EXPECT_FALSE(run.told.empty());
    cluster.set_up(1);
    cluster.set_up(2);
    ASSERT_TRUE(run.run_until_decided());
    EXPECT_EQ(run.acknowledged, 500U);
    EXPECT_EQ(values_of(cluster), numbers(500));
    EXPECT_EQ(run.transport().numbers().working, 1U);
}

TEST(KafkaTransport, RetriesWhatWillPass) {
    MockCluster cluster;
    TransportRun run(options_of(cluster));
    cluster.fail_produce(
        {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
         RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
         RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
         RD_KAFKA_RESP_ERR__TRANSPORT}
    );
    for (std::size_t i = 0; i < 10; ++i) {
        run.send(numbered_block(i, i * 100, 100));
    }
    ASSERT_TRUE(run.run_until_decided());
    EXPECT_EQ(run.acknowledged, 1000U);
    expect_order(cluster.read_all());
    EXPECT_EQ(values_of(cluster), numbers(1000));
}

TEST(KafkaTransport, WorksOverALongWay) {
    const MockCluster cluster;
    rd_kafka_mock_broker_set_rtt(cluster.get(), 1, 200);
    TransportRun run(options_of(cluster));
    for (std::size_t i = 0; i < 5; ++i) {
        run.send(numbered_block(i, i * 100, 100));
    }
    ASSERT_TRUE(run.run_until_decided());
    rd_kafka_mock_broker_set_rtt(cluster.get(), 1, 0);
    EXPECT_EQ(values_of(cluster), numbers(500));
}

TEST(KafkaTransport, CountsWhatIsRefusedForGood) {
    MockCluster cluster;
    TransportRun run(options_of(cluster));
    cluster.fail_produce({RD_KAFKA_RESP_ERR_INVALID_RECORD});
    for (std::size_t i = 0; i < 10; ++i) {
        run.send(numbered_block(i, i * 100, 100));
        ASSERT_TRUE(run.run_until_decided());
    }
    EXPECT_GT(run.dropped[RecordLoss::kRefused], 0U);
    EXPECT_EQ(run.dropped.total(), run.dropped[RecordLoss::kRefused]);
    EXPECT_EQ(run.acknowledged + run.dropped.total(), 1000U);
    EXPECT_EQ(values_of(cluster).size(), run.acknowledged);
    EXPECT_TRUE(run.was_told("refused"));
    EXPECT_GT(run.transport().numbers().errors, 0U);
}

// What an administrator can mend: records wait for him, however many times a broker says no.
class MendedLater : public testing::TestWithParam<rd_kafka_resp_err_t> {};

TEST_P(MendedLater, IsTriedAgainWithoutALoss) {
    MockCluster cluster;
    TransportRun run(options_of(cluster));
    run.send(numbered_block(0, 0, 100));
    ASSERT_TRUE(run.run_until_decided());
    cluster.fail_produce(std::vector<rd_kafka_resp_err_t>(2, GetParam()));
    for (std::size_t i = 1; i < 10; ++i) {
        run.send(numbered_block(i, i * 100, 100));
    }
    ASSERT_TRUE(run.run_until([&run] { return run.was_told("trying again"); }));
    ASSERT_TRUE(run.run_until_decided());
    EXPECT_EQ(run.acknowledged, 1000U);
    EXPECT_EQ(run.transport().numbers().working, 1U);
    EXPECT_EQ(values_of(cluster), numbers(1000));
    EXPECT_LE(
        std::ranges::count_if(
            run.told,
            [](const std::string& text) { return text.find("trying again") != std::string::npos; }
        ),
        1 + run.seconds() / 10
    );
}

INSTANTIATE_TEST_SUITE_P(
    KafkaTransport,
    MendedLater,
    testing::Values(
        RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP
    )
);

TEST(KafkaTransport, CountsWhatIsTooLong) {
    const MockCluster cluster;
    TransportRun run(options_of(cluster));
    Block block = numbered_block(0, 0, 3);
    block.bytes += '\0';
    block.bytes += std::string(2'000'000, 'x');
    block.end_unit(5);
    run.send(std::move(block));
    ASSERT_TRUE(run.run_until_decided());
    EXPECT_EQ(run.acknowledged, 3U);
    EXPECT_EQ(run.dropped[RecordLoss::kTooLong], 5U);
    EXPECT_TRUE(run.was_told("left out"));
}

TEST(KafkaTransport, CountsWhatTheBrokersFindTooLong) {
    MockCluster cluster;
    TransportRun run(options_of(cluster));
    cluster.fail_produce({RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
    run.send(numbered_block(0, 0, 1));
    ASSERT_TRUE(run.run_until_decided());
    EXPECT_EQ(run.dropped[RecordLoss::kTooLong], 1U);
}

TEST(KafkaTransport, RefusesAUnitThatIsNone) {
    const MockCluster cluster;
    TransportRun run(options_of(cluster));
    Block block;
    block.bytes = "\x08short";
    block.end_unit(2);
    run.send(std::move(block));
    ASSERT_TRUE(run.run_until_decided());
    EXPECT_EQ(run.dropped[RecordLoss::kRefused], 2U);
}

TEST(KafkaTransport, GivesUpWhatIsTooLateWhenSoAsked) {
    MockCluster cluster;
    KafkaOptions options = options_of(cluster);
    options.message_timeout = std::chrono::milliseconds(300);
    TransportRun run(options);
    cluster.set_down(1);
    run.send(numbered_block(0, 0, 10));
    ASSERT_TRUE(run.run_until_decided());
    EXPECT_EQ(run.dropped[RecordLoss::kOutputFailed], 10U);
    EXPECT_TRUE(run.was_told("given up"));
}

// What the brokers say of a topic when they are asked for it: not there, or not for us.
class TopicLater : public testing::TestWithParam<rd_kafka_resp_err_t> {};

TEST_P(TopicLater, IsWaitedFor) {
    const MockCluster cluster;
    rd_kafka_mock_topic_set_error(cluster.get(), "flows", GetParam());
    KafkaOptions options = options_of(cluster);
    options.properties["topic.metadata.propagation.max.ms"] = "0";
    options.properties["topic.metadata.refresh.fast.interval.ms"] = "50";
    options.properties["topic.metadata.refresh.interval.ms"] = "200";
    options.properties["statistics.interval.ms"] = "50";
    options.stall = std::chrono::milliseconds(300);
    TransportRun run(options);
    run.send(numbered_block(0, 0, 100));
    ASSERT_TRUE(run.run_until([&run] {
        return run.was_told("trying again") || run.was_told("has confirmed no record");
    }));
    EXPECT_EQ(run.transport().numbers().working, 0U);
    EXPECT_EQ(run.dropped.total(), 0U);
    rd_kafka_mock_topic_set_error(cluster.get(), "flows", RD_KAFKA_RESP_ERR_NO_ERROR);
    ASSERT_TRUE(run.run_until_decided());
    EXPECT_EQ(run.acknowledged, 100U);
    EXPECT_EQ(run.transport().numbers().working, 1U);
    EXPECT_EQ(values_of(cluster), numbers(100));
}

INSTANTIATE_TEST_SUITE_P(
    KafkaTransport,
    TopicLater,
    testing::Values(
        RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED
    )
);

// The broker says that the producer's numbers make no sense, which ends an idempotent one.
TEST(KafkaTransport, MakesANewProducerAfterAFatalError) {
    MockCluster cluster;
    TransportRun run(options_of(cluster));
    run.send(numbered_block(0, 0, 100));
    ASSERT_TRUE(run.run_until_decided());
    cluster.fail_produce({RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
    for (std::size_t i = 1; i < 10; ++i) {
        run.send(numbered_block(i, i * 100, 100));
    }
    ASSERT_TRUE(run.run_until_decided());
    EXPECT_EQ(run.acknowledged, 1000U);
    EXPECT_EQ(run.dropped.total(), 0U);
    EXPECT_EQ(run.transport().numbers().producer.producers, 2U);
    EXPECT_TRUE(run.was_told("a new producer"));
    const std::vector<StoredMessage> messages = cluster.read_all();
    std::set<std::string> values;
    for (const StoredMessage& message : messages) {
        values.insert(message.value);
    }
    EXPECT_EQ(values, numbers(1000));
    EXPECT_GT(run.transport().numbers().records_repeated, 0U);
    EXPECT_LE(messages.size() - values.size(), run.transport().numbers().records_repeated);
}

// A right that is given later: each producer without it comes to its end.
TEST(KafkaTransport, MakesProducersUntilOneIsAllowed) {
    MockCluster cluster;
    cluster.fail_init_producer_id(
        {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
         RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED}
    );
    TransportRun run(options_of(cluster));
    run.send(numbered_block(0, 0, 100));
    ASSERT_TRUE(run.run_until_decided());
    EXPECT_EQ(run.acknowledged, 100U);
    EXPECT_EQ(run.transport().numbers().producer.producers, 3U);
    EXPECT_EQ(values_of(cluster), numbers(100));
    EXPECT_EQ(run.transport().numbers().working, 1U);
}

TEST(KafkaTransport, GivesStatisticsOfItsBrokers) {
    const MockCluster cluster(3);
    KafkaOptions options = options_of(cluster);
    options.properties["statistics.interval.ms"] = "100";
    TransportRun run(options);
    run.send(numbered_block(0, 0, 500));
    ASSERT_TRUE(run.run_until([&run] {
        const ProducerNumbers& statistics = run.transport().numbers().producer;
        return run.acknowledged == 500 && statistics.messages_sent == 500 &&
               statistics.messages_waiting == 0 && statistics.brokers_up > 0;
    }));
    const ProducerNumbers& statistics = run.transport().numbers().producer;
    EXPECT_EQ(statistics.brokers, 3U);
    EXPECT_GT(statistics.bytes_sent, 0U);
    EXPECT_EQ(statistics.producers, 1U);
    EXPECT_EQ(run.transport().numbers().connections, statistics.connections);
    EXPECT_GT(statistics.connections, 0U);
}

TEST(KafkaTransport, CountsOnWhenAProducerIsReplaced) {
    MockCluster cluster;
    KafkaOptions options = options_of(cluster);
    options.properties["statistics.interval.ms"] = "50";
    TransportRun run(options);
    const ProducerNumbers& now = run.transport().numbers().producer;
    run.send(numbered_block(0, 0, 100));
    ASSERT_TRUE(run.run_until([&] { return now.messages_sent == 100; }));
    const ProducerNumbers before = now;
    EXPECT_GT(before.brokers_up, 0U);
    cluster.fail_produce({RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
    run.send(numbered_block(1, 100, 100));
    ASSERT_TRUE(run.run_until([&] { return now.producers == 2; }));
    EXPECT_EQ(now.brokers_up, 0U);
    EXPECT_EQ(now.messages_waiting, 0U);
    const auto has_fallen = [&] {
        return now.messages_sent < before.messages_sent || now.bytes_sent < before.bytes_sent ||
               now.connections < before.connections ||
               run.transport().numbers().connections < before.connections;
    };
    ASSERT_TRUE(run.run_until([&] {
        return has_fallen() || (run.acknowledged == 200 && now.messages_sent > 100);
    }));
    EXPECT_FALSE(has_fallen());
    EXPECT_GT(now.connections, before.connections);
    EXPECT_EQ(now.producers, 2U);
}

}  // namespace
}  // namespace flowgauge
