// Brokers without Java: librdkafka's mock cluster, which other processes can use as real ones.
//
//     mock_broker [BROKERS [PARTITIONS [TOPIC...]]]      3 4, and always flows
//
// Writes their addresses as the first line. Lines that it reads:
//     down N | up N       broker N goes or comes; what it had is not lost
//     rtt N MS            broker N answers later
//     err CODE            the next Produce request fails with this number of Kafka's
// Ends with its input. Its connections, not its messages, outlive an outage: to lose the process is
// to lose them.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

namespace {

void obey(rd_kafka_mock_cluster_t* cluster, const std::string& line) {
    std::istringstream words(line);
    std::string what;
    int broker = 0;
    int number = 0;
    words >> what >> broker >> number;
    if (what == "down") {
        rd_kafka_mock_broker_set_down(cluster, broker);
    } else if (what == "up") {
        rd_kafka_mock_broker_set_up(cluster, broker);
    } else if (what == "rtt") {
        rd_kafka_mock_broker_set_rtt(cluster, broker, number);
    } else if (what == "err") {
        rd_kafka_mock_push_request_errors(cluster, 0, 1, static_cast<rd_kafka_resp_err_t>(broker));
    } else {
        std::cerr << "unknown: " << line << '\n';
    }
}

}  // namespace

int main(int argc, char** argv) {
    const int brokers = argc > 1 ? std::atoi(argv[1]) : 3;
    const int partitions = argc > 2 ? std::atoi(argv[2]) : 4;
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, nullptr);
    rd_kafka_t* handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
    rd_kafka_mock_cluster_t* cluster = rd_kafka_mock_cluster_new(handle, brokers);
    rd_kafka_mock_topic_create(cluster, "flows", partitions, 1);
    for (int i = 3; i < argc; ++i) {
        rd_kafka_mock_topic_create(cluster, argv[i], partitions, 1);
    }
    std::cout << rd_kafka_mock_cluster_bootstraps(cluster) << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        obey(cluster, line);
    }
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(handle);
    return 0;
}
