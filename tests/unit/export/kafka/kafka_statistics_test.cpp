#include "export/kafka/kafka_statistics.h"

#include <gtest/gtest.h>

#include <string>

namespace flowgauge {
namespace {

// As librdkafka 2.0.2 writes it, cut to what says something here.
constexpr std::string_view kEmitted = R"({ "name": "rdkafka#producer-1", "client_id": "a\"b{",
 "replyq":0, "msg_cnt":22710, "msg_size":704010, "msg_max":500000, "simple_cnt":0,
 "brokers":{ "localhost:9092/2":{ "name":"localhost:9092/2", "nodeid":2, "state":"UP",
  "txerrs":1, "txretries":20, "req_timeouts":300, "connects":4, "req":{"Produce":7},
  "rtt": { "min":1580, "max":3389, "avg":2349, "p99":3391 },
  "toppars":{ "test-0": { "topic":"test", "partition":0} } } ,
 "localhost:9093/3":{ "name":"localhost:9093/3", "nodeid":3, "state":"DOWN",
  "txerrs":5, "txretries":0, "req_timeouts":0, "connects":6,
  "rtt": { "min":0, "max":0, "avg":1, "p99":9000 }, "toppars":{} } ,
 "localhost:9092/bootstrap":{ "nodeid":-1, "state":"UP", "txerrs":7, "connects":1,
  "rtt": { "avg":0, "p99":0 }, "toppars":{} } },
 "topics":{ "test":{ "topic":"test", "partitions":{ "0":{ "txmsgs":99, "list":[1,[2,3],{}] } } } },
 "tx":631, "txmsgs":526991, "txmsg_bytes":25343, "eos": {"idemp_state":"Assigned"} })";

TEST(KafkaStatistics, ReadsWhatTheProducerEmits) {
    const std::optional<ProducerNumbers> read = read_kafka_statistics(kEmitted);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->messages_waiting, 22710U);
    EXPECT_EQ(read->bytes_waiting, 704010U);
    EXPECT_EQ(read->brokers, 2U);
    EXPECT_EQ(read->brokers_up, 1U);
    EXPECT_EQ(read->round_trip_us, 2349U);
    EXPECT_EQ(read->round_trip_p99_us, 9000U);
    EXPECT_EQ(read->messages_sent, 526991U);
    EXPECT_EQ(read->bytes_sent, 25343U);
    EXPECT_EQ(read->connections, 11U);
    EXPECT_EQ(read->transmit_errors, 13U);
    EXPECT_EQ(read->retries, 20U);
    EXPECT_EQ(read->timeouts, 300U);
    EXPECT_EQ(read->producers, 0U);
}

TEST(KafkaStatistics, ReadsNothingFromWhatIsCut) {
    for (std::size_t size = 0; size < kEmitted.size(); ++size) {
        EXPECT_FALSE(read_kafka_statistics(kEmitted.substr(0, size))) << size;
    }
}

TEST(KafkaStatistics, ReadsNothingFromWhatIsNoObject) {
    for (const std::string& text :
         {std::string("[]"),
          std::string("1"),
          std::string("{} x"),
          std::string("{\"a\"}"),
          std::string("{\"a\":}"),
          std::string("{a:1}"),
          std::string("{\"a\":1,}"),
          std::string(100'000, '['),
          "{\"a\":" + std::string(100'000, '{')}) {
        EXPECT_FALSE(read_kafka_statistics(text)) << text.substr(0, 20);
    }
    EXPECT_TRUE(read_kafka_statistics(" {} "));
    EXPECT_TRUE(read_kafka_statistics("{\"a\":[]}"));
}

TEST(KafkaStatistics, AddsWhatCountsSinceTheStart) {
    ProducerNumbers total = *read_kafka_statistics(kEmitted);
    add_counts(total, *read_kafka_statistics(kEmitted));
    EXPECT_EQ(total.messages_sent, 2 * 526991U);
    EXPECT_EQ(total.connections, 22U);
    EXPECT_EQ(total.transmit_errors, 26U);
    EXPECT_EQ(total.retries, 40U);
    EXPECT_EQ(total.timeouts, 600U);
    EXPECT_EQ(total.bytes_sent, 50686U);
    EXPECT_EQ(total.messages_waiting, 22710U);
}

TEST(KafkaStatistics, KeepsCountsThatAForgottenBrokerTookAlong) {
    const ProducerNumbers before = *read_kafka_statistics(kEmitted);
    ProducerNumbers now;
    now.messages_sent = before.messages_sent + 1;
    keep_counts(now, before);
    EXPECT_EQ(now.messages_sent, before.messages_sent + 1);
    EXPECT_EQ(now.connections, before.connections);
    EXPECT_EQ(now.retries, before.retries);
    EXPECT_EQ(now.brokers, 0U);
    EXPECT_EQ(now.messages_waiting, 0U);
}

}  // namespace
}  // namespace flowgauge
