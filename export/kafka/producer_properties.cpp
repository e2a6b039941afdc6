#include "export/kafka/producer_properties.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <string_view>
#include <system_error>

namespace flowgauge {
namespace {

// Room in librdkafka's queue for the last block that was taken when ours was full but for a byte.
constexpr std::uint64_t kQueueReserve = std::uint64_t{16} << 20;

// Nobody has more.
constexpr std::size_t kPropertiesMax = 1000;

// Reports of every message, from the queue that is read, and no transactions: delivery rests on it.
constexpr std::array<std::string_view, 5> kReserved{
    "delivery.report.only.error", "enabled_events", "log.queue", "opaque", "transactional.id"};

std::string joined(const std::vector<std::string>& items) {
    std::string text;
    for (const std::string& item : items) {
        text += text.empty() ? "" : ",";
        text += item;
    }
    return text;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r";
    const std::size_t begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

Result<void> check(const ProducerProperty& property) {
    if (std::ranges::find(kReserved, property.name) == kReserved.end()) {
        return {};
    }
    return Error{
        ErrorKind::kUsage,
        property.place + ": " + property.name + " cannot be set: the count of what was delivered " +
            "depends on it"};
}

Result<void> read_file(const std::string& path, std::vector<ProducerProperty>& properties) {
    std::ifstream file(path);
    if (!file) {
        return Error{ErrorKind::kUsage, path + ": " + std::generic_category().message(errno)};
    }
    std::string line;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
        const std::string_view text = trimmed(line);
        const std::string place = path + ":" + std::to_string(number);
        if (text.empty() || text.front() == '#') {
            continue;
        }
        const std::size_t equals = text.find('=');
        if (equals == std::string_view::npos || properties.size() == kPropertiesMax) {
            return Error{
                ErrorKind::kUsage, place + ": a line is NAME=VALUE, a # comment, or empty"};
        }
        ProducerProperty property{
            .name = std::string(trimmed(text.substr(0, equals))),
            .value = std::string(trimmed(text.substr(equals + 1))),
            .place = place,
            .secret = true};
        if (Result<void> checked = check(property); !checked) {
            return checked;
        }
        properties.push_back(std::move(property));
    }
    return {};
}

}  // namespace

// Reference: decision 23. `partitioner` as Java's producers have it, so that keys of several
// producers meet in one partition. Statistics feed metrics.
Result<std::vector<ProducerProperty>> producer_properties(const KafkaOptions& options) {
    const std::string queue_kbytes = std::to_string((options.queue + kQueueReserve) >> 10);
    std::vector<ProducerProperty> properties;
    for (const auto& [name, value] : std::initializer_list<std::pair<const char*, std::string>>{
             {"client.id", "flowgauge"},
             {"enable.idempotence", "true"},
             {"acks", "all"},
             {"compression.codec", options.compression},
             {"linger.ms", std::to_string(options.linger.count())},
             {"message.timeout.ms", std::to_string(options.message_timeout.count())},
             {"queue.buffering.max.kbytes", queue_kbytes},
             {"queue.buffering.max.messages", "0"},
             {"partitioner", "murmur2_random"},
             {"socket.keepalive.enable", "true"},
             {"log.connection.close", "false"},
             {"statistics.interval.ms", "10000"},
             {"log.queue", "true"}}) {
        properties.push_back({.name = name, .value = value});
    }
    if (!options.brokers.empty()) {
        properties.push_back({.name = "bootstrap.servers", .value = joined(options.brokers)});
    }
    for (const auto& [name, value] : options.properties) {
        properties.push_back({.name = name, .value = value, .place = "properties"});
        if (Result<void> checked = check(properties.back()); !checked) {
            return std::move(checked).error();
        }
    }
    if (!options.properties_file.empty()) {
        if (Result<void> read = read_file(options.properties_file, properties); !read) {
            return std::move(read).error().within("properties_file");
        }
    }
    return properties;
}

}  // namespace flowgauge
