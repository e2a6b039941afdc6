// KafkaOptions: what decides where messages go and how they are sent.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace flowgauge {

// Properties are librdkafka's (its CONFIGURATION.md). They come last and win over the rest of this.
struct KafkaOptions {
    std::vector<std::string> brokers;  // HOST:PORT; one that answers is enough
    std::string topic;
    std::string sensor;                 // header `sensor`
    std::string content_type = "json";  // header `ct`: json or protobuf
    std::string compression = "lz4";    // none, gzip, snappy, lz4, zstd
    std::chrono::milliseconds linger{50};
    // How long a message may wait to be delivered; it is lost then. 0: for ever, as it should be
    // with a spool, whose blocks have time.
    std::chrono::milliseconds message_timeout{0};
    std::uint64_t queue = std::uint64_t{64} << 20;  // bytes of blocks that are not decided yet
    // How long brokers may confirm nothing of what they should have before that is a failure.
    // librdkafka says nothing of a topic whose existence it may not know, or of a broker that is
    // silent.
    std::chrono::milliseconds stall{15'000};
    std::map<std::string, std::string> properties;
    std::string properties_file;  // NAME=VALUE lines: the secret ones
    // Of refusals, errors and librdkafka's warnings, each kind at most once in ten seconds. Called
    // in the sink's thread.
    std::function<void(const std::string& text)> tell;
};

}  // namespace flowgauge
