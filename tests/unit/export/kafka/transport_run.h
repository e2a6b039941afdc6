// A KafkaTransport at work in a test: blocks of numbered messages, and turns until something holds.
#pragma once

#include "export/kafka/kafka_transport.h"

#include <gtest/gtest.h>

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flowgauge::test {

constexpr std::chrono::seconds kPatience{60};

// Messages "FIRST" to "FIRST + count - 1", a record each. Those whose numbers have the same rest of
// 16 share a key.
inline Block numbered_block(std::uint64_t sequence, std::size_t first, std::size_t count) {
    Block block;
    block.sequence = sequence;
    for (std::size_t i = first; i < first + count; ++i) {
        const std::string key = "flow" + std::to_string(1000 + i % 16);
        block.bytes += static_cast<char>(key.size());
        block.bytes += key + std::to_string(i);
        block.end_unit(1);
    }
    return block;
}

class TransportRun {
public:
    explicit TransportRun(KafkaOptions options) {
        options.topic = "flows";
        options.sensor = "sensor-1";
        options.linger = std::chrono::milliseconds(5);
        options.tell = [this](const std::string& text) {
            told.push_back(text);
        };
        // The defaults make an outage of a second last ten.
        options.properties.emplace("reconnect.backoff.max.ms", "100");
        Result<std::unique_ptr<KafkaTransport>> opened = KafkaTransport::open(std::move(options));
        if (!opened) {
            throw std::runtime_error(opened.error().message);
        }
        transport_ = std::move(opened).value();
    }

    // A second run's transport, whose `tell` refers to it, stays where it is.
    TransportRun(const TransportRun&) = delete;
    TransportRun& operator=(const TransportRun&) = delete;
    ~TransportRun() = default;

    [[nodiscard]] KafkaTransport& transport() { return *transport_; }
    void destroy() { transport_.reset(); }

    void send(Block block) {
        sent += block.records;
        transport_->send(std::move(block));
    }

    // Waits as a sink does. Returns whether `holds` came true.
    [[nodiscard]] bool run_until(const std::function<bool()>& holds) {
        const SteadyTime end = std::chrono::steady_clock::now() + kPatience;
        while (true) {
            const SteadyTime now = std::chrono::steady_clock::now();
            std::vector<Delivery> done;
            transport_->turn(now, done);
            for (Delivery& delivery : done) {
                EXPECT_EQ(delivery.acknowledged + delivery.dropped.total(), delivery.block.records);
                acknowledged += delivery.acknowledged;
                dropped += delivery.dropped;
                deliveries.push_back(std::move(delivery));
            }
            if (holds()) {
                return true;
            }
            if (now > end) {
                return false;
            }
            wait(now);
        }
    }

    [[nodiscard]] bool run_until_decided() {
        return run_until([this] { return acknowledged + dropped.total() == sent; });
    }

    [[nodiscard]] bool was_told(std::string_view part) const {
        return std::ranges::any_of(told, [part](const std::string& text) {
            return text.find(part) != std::string::npos;
        });
    }

    // Since it was made, rounded up.
    [[nodiscard]] std::int64_t seconds() const {
        return std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - begin_)
            .count();
    }

    std::uint64_t sent = 0;
    std::uint64_t acknowledged = 0;
    RecordLosses dropped;
    std::vector<Delivery> deliveries;
    std::vector<std::string> told;

private:
    // Half a second at most: what a test waits for may be none of the transport's.
    void wait(SteadyTime now) {
        TransportWait wait;
        transport_->prepare_wait(wait);
        std::chrono::milliseconds patience{500};
        if (wait.deadline) {
            patience = std::clamp(
                std::chrono::ceil<std::chrono::milliseconds>(*wait.deadline - now),
                std::chrono::milliseconds{0},
                patience
            );
        }
        static_cast<void>(::poll(
            wait.descriptors.data(), wait.descriptors.size(), static_cast<int>(patience.count())
        ));
    }

    SteadyTime begin_ = std::chrono::steady_clock::now();
    std::unique_ptr<KafkaTransport> transport_;
};

}  // namespace flowgauge::test
