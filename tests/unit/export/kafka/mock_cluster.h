// MockCluster: librdkafka's brokers in this process, on real sockets of the loopback interface, and
// a reader of what they hold.
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <chrono>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge::test {

struct StoredMessage {
    std::string key;
    std::string value;
    std::map<std::string, std::string> headers;
    int partition = 0;
};

class MockCluster {
public:
    explicit MockCluster(int brokers = 1, int partitions = 4)
        : partitions_(partitions),
          handle_(silent_handle()),
          cluster_(rd_kafka_mock_cluster_new(handle_, brokers)) {
        rd_kafka_mock_topic_create(cluster_, "flows", partitions, 1);
    }
    MockCluster(const MockCluster&) = delete;
    MockCluster& operator=(const MockCluster&) = delete;
    ~MockCluster() {
        rd_kafka_mock_cluster_destroy(cluster_);
        rd_kafka_destroy(handle_);
    }

    [[nodiscard]] std::string brokers() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
    [[nodiscard]] rd_kafka_mock_cluster_t* get() const { return cluster_; }

    void set_down(int broker) { rd_kafka_mock_broker_set_down(cluster_, broker); }
    void set_up(int broker) { rd_kafka_mock_broker_set_up(cluster_, broker); }

    // The next requests of that kind fail so.
    void fail_produce(const std::vector<rd_kafka_resp_err_t>& errors) { fail(0, errors); }
    void fail_init_producer_id(const std::vector<rd_kafka_resp_err_t>& errors) { fail(22, errors); }

    // Every message of the topic, each partition in its order. Requires: all brokers are up.
    [[nodiscard]] std::vector<StoredMessage> read_all() const {
        std::array<char, 512> error{};
        rd_kafka_conf_t* conf = rd_kafka_conf_new();
        for (const auto& [name, value] : std::map<std::string, std::string>{
                 {"bootstrap.servers", brokers()},
                 {"group.id", "test"},
                 {"enable.partition.eof", "true"}}) {
            rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error.data(), error.size());
        }
        rd_kafka_t* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error.data(), error.size());
        rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(partitions_);
        for (int i = 0; i < partitions_; ++i) {
            rd_kafka_topic_partition_list_add(list, "flows", i)->offset = RD_KAFKA_OFFSET_BEGINNING;
        }
        rd_kafka_assign(consumer, list);
        rd_kafka_topic_partition_list_destroy(list);
        std::vector<StoredMessage> messages;
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        for (int ended = 0; ended < partitions_;) {
            if (std::chrono::steady_clock::now() > deadline) {
                throw std::runtime_error("the mock cluster does not give its messages");
            }
            rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 1000);
            if (message == nullptr) {
                continue;
            }
            if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
                ++ended;
            } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                messages.push_back(stored(*message));
            }
            rd_kafka_message_destroy(message);
        }
        rd_kafka_consumer_close(consumer);
        rd_kafka_destroy(consumer);
        return messages;
    }

private:
    static rd_kafka_t* silent_handle() {
        rd_kafka_conf_t* conf = rd_kafka_conf_new();
        rd_kafka_conf_set_log_cb(conf, nullptr);
        return rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
    }

    void fail(std::int16_t api_key, const std::vector<rd_kafka_resp_err_t>& errors) {
        rd_kafka_mock_push_request_errors_array(cluster_, api_key, errors.size(), errors.data());
    }

    static StoredMessage stored(const rd_kafka_message_t& message) {
        StoredMessage made{
            .key = {static_cast<const char*>(message.key), message.key_len},
            .value = {static_cast<const char*>(message.payload), message.len},
            .headers = {},
            .partition = message.partition};
        rd_kafka_headers_t* headers = nullptr;
        if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            const char* name = nullptr;
            const void* value = nullptr;
            std::size_t size = 0;
            for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == 0;
                 ++i) {
                made.headers[name] = {static_cast<const char*>(value), size};
            }
        }
        return made;
    }

    int partitions_;
    rd_kafka_t* handle_;
    rd_kafka_mock_cluster_t* cluster_;
};

}  // namespace flowgauge::test
