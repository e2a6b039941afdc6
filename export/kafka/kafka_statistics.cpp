#include "export/kafka/kafka_statistics.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>

namespace flowgauge {
namespace {

// librdkafka nests six deep.
constexpr std::size_t kDepthMax = 12;

// Reads JSON as a stream of values, each with the keys that lead to it. No list of librdkafka's
// holds anything that is of interest: their items share the key of the list.
template <typename Visit>
class JsonValues {
public:
    JsonValues(std::string_view text, Visit& visit) : text_(text), visit_(visit) {}

    // Returns whether the text is one object.
    bool read() {
        skip_space();
        return next() == '{' && read_value() && (skip_space(), text_.empty());
    }

private:
    [[nodiscard]] char next() const noexcept { return text_.empty() ? '\0' : text_.front(); }

    void skip_space() noexcept {
        text_.remove_prefix(std::min(text_.find_first_not_of(" \t\r\n"), text_.size()));
    }

    bool take(char expected) noexcept {
        skip_space();
        if (next() != expected) {
            return false;
        }
        text_.remove_prefix(1);
        return true;
    }

    bool read_value() {
        skip_space();
        if (next() == '{' || next() == '[') {
            if (nesting_ == kDepthMax) {
                return false;
            }
            ++nesting_;
            const bool read = next() == '{' ? read_members() : read_items();
            --nesting_;
            return read;
        }
        std::string_view value;
        if (next() == '"' ? !read_string(value) : !read_word(value)) {
            return false;
        }
        visit_(std::span<const std::string_view>(keys_.data(), depth_), value);
        return true;
    }

    bool read_members() {
        if (!take('{')) {
            return false;
        }
        if (take('}')) {
            return true;
        }
        ++depth_;
        do {
            skip_space();
            if (!read_string(keys_[depth_ - 1]) || !take(':') || !read_value()) {
                return false;
            }
        } while (take(','));
        --depth_;
        return take('}');
    }

    bool read_items() {
        if (!take('[')) {
            return false;
        }
        if (take(']')) {
            return true;
        }
        do {
            if (!read_value()) {
                return false;
            }
        } while (take(','));
        return take(']');
    }

    // A number, true, false or null.
    bool read_word(std::string_view& value) {
        value = text_.substr(0, text_.find_first_of(",]} \t\r\n"));
        text_.remove_prefix(value.size());
        return !value.empty();
    }

    // Escapes stay as they are.
    bool read_string(std::string_view& value) {
        if (next() != '"') {
            return false;
        }
        std::size_t end = 1;
        while (end < text_.size() && text_[end] != '"') {
            end += text_[end] == '\\' ? 2U : 1U;
        }
        if (end >= text_.size()) {
            return false;
        }
        value = text_.substr(1, end - 1);
        text_.remove_prefix(end + 1);
        return true;
    }

    std::string_view text_;
    Visit& visit_;
    std::array<std::string_view, kDepthMax> keys_;
    std::size_t depth_ = 0;    // of keys
    std::size_t nesting_ = 0;  // of objects and lists
};

std::uint64_t number(std::string_view text) noexcept {
    std::uint64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ec == std::errc() ? value : 0;
}

struct Place {
    std::string_view name;
    std::uint64_t ProducerNumbers::*member;
};

constexpr std::array kOfProducer{
    Place{"msg_cnt", &ProducerNumbers::messages_waiting},
    Place{"msg_size", &ProducerNumbers::bytes_waiting},
    Place{"txmsgs", &ProducerNumbers::messages_sent},
    Place{"txmsg_bytes", &ProducerNumbers::bytes_sent}};

constexpr std::array kOfBrokers{
    Place{"connects", &ProducerNumbers::connections},
    Place{"txerrs", &ProducerNumbers::transmit_errors},
    Place{"txretries", &ProducerNumbers::retries},
    Place{"req_timeouts", &ProducerNumbers::timeouts}};

// Since the start.
constexpr std::array kCounts{
    &ProducerNumbers::messages_sent,
    &ProducerNumbers::bytes_sent,
    &ProducerNumbers::connections,
    &ProducerNumbers::transmit_errors,
    &ProducerNumbers::retries,
    &ProducerNumbers::timeouts,
    &ProducerNumbers::producers};

class Reading {
public:
    void operator()(std::span<const std::string_view> path, std::string_view value) {
        if (path.size() == 1) {
            for (const Place& place : kOfProducer) {
                if (path[0] == place.name) {
                    statistics.*place.member = number(value);
                }
            }
        } else if (path[0] == "brokers" && path.size() == 3) {
            read_broker(path[2], value);
        } else if (path[0] == "brokers" && path.size() == 4 && path[2] == "rtt") {
            read_round_trip(path[3], value);
        }
    }

    ProducerNumbers statistics;

private:
    // The same broker is there twice: as it was configured, with nodeid -1, and as the cluster
    // names it. `nodeid` stands before `state`.
    void read_broker(std::string_view name, std::string_view value) {
        if (name == "nodeid") {
            counted_ = value.substr(0, 1) != "-";
            statistics.brokers += counted_ ? 1U : 0U;
        } else if (name == "state") {
            const bool up = value == "UP" || value == "UPDATE";
            statistics.brokers_up += counted_ && up ? 1U : 0U;
        }
        for (const Place& place : kOfBrokers) {
            if (name == place.name) {
                statistics.*place.member += number(value);
            }
        }
    }

    void read_round_trip(std::string_view name, std::string_view value) {
        if (name == "avg") {
            statistics.round_trip_us = std::max(statistics.round_trip_us, number(value));
        } else if (name == "p99") {
            statistics.round_trip_p99_us = std::max(statistics.round_trip_p99_us, number(value));
        }
    }

    bool counted_ = false;
};

}  // namespace

std::optional<ProducerNumbers> read_kafka_statistics(std::string_view json) {
    Reading reading;
    if (!JsonValues(json, reading).read()) {
        return std::nullopt;
    }
    return reading.statistics;
}

void add_counts(ProducerNumbers& to, const ProducerNumbers& ended) noexcept {
    for (const auto count : kCounts) {
        to.*count += ended.*count;
    }
}

void keep_counts(ProducerNumbers& to, const ProducerNumbers& before) noexcept {
    for (const auto count : kCounts) {
        to.*count = std::max(to.*count, before.*count);
    }
}

}  // namespace flowgauge
