// KafkaStatistics: what the producer says of itself and of its connections, for metrics.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace flowgauge {

struct KafkaStatistics {
    // Now.
    std::uint64_t messages_waiting = 0;  // not delivered yet
    std::uint64_t bytes_waiting = 0;
    std::uint64_t brokers = 0;     // known to the producer
    std::uint64_t brokers_up = 0;  // connected
    // Of the slowest broker, in the last interval.
    std::uint64_t round_trip_us = 0;      // mean
    std::uint64_t round_trip_p99_us = 0;  // 99th percentile
    // Since the start.
    std::uint64_t messages_sent = 0;    // transmitted, delivered or not
    std::uint64_t bytes_sent = 0;       // as they were on the wire
    std::uint64_t connections = 0;      // tried
    std::uint64_t transmit_errors = 0;  // of requests
    std::uint64_t retries = 0;          // of requests
    std::uint64_t timeouts = 0;         // of requests
    std::uint64_t producers = 0;        // made; more than one after an error that ended one
};

// Reads what librdkafka emits (its STATISTICS.md); `producers` stays 0. Nothing when it is no JSON
// object.
[[nodiscard]] std::optional<KafkaStatistics> read_kafka_statistics(std::string_view json);

// Adds what counts since the start, of a producer that is no more.
void add_counts(KafkaStatistics& to, const KafkaStatistics& ended) noexcept;

}  // namespace flowgauge
