// TopFeed: asks the sensor again and again on a thread of its own, so that keys never wait for it.
#pragma once

#include "command/sensor_client.h"
#include "core/base/file_descriptor.h"
#include "telemetry/sensor_statistics.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace flowgauge {

constexpr std::size_t kTopFlowsMax = 1000;  // as many as the sensor tells

// One answer, or why there is none.
struct TopAnswer {
    SensorStatistics statistics;
    FlowsSnapshot flows;
    std::string problem;  // empty: the rest holds
};

[[nodiscard]] TopAnswer ask_for_top(const SensorClient& client);

// Thread: its owner's; the questions are asked on another one. Bound: an answer that was not taken
// gives way to the next one.
class TopFeed {
public:
    TopFeed(SensorClient client, std::chrono::milliseconds interval);
    ~TopFeed();
    TopFeed(const TopFeed&) = delete;
    TopFeed& operator=(const TopFeed&) = delete;

    // Readable while there is an answer to take.
    [[nodiscard]] int descriptor() const noexcept { return event_.get(); }
    [[nodiscard]] std::optional<TopAnswer> take();

    void set_interval(std::chrono::milliseconds interval);

private:
    void work(const std::stop_token& stop);
    void put(TopAnswer answer);

    SensorClient client_;
    FileDescriptor event_;
    std::mutex mutex_;  // of what follows
    std::condition_variable_any changed_;
    std::chrono::milliseconds interval_;
    std::optional<TopAnswer> answer_;
    std::jthread thread_;
};

}  // namespace flowgauge
