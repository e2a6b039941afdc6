#include "command/top_feed.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace flowgauge {

TopAnswer ask_for_top(const SensorClient& client) {
    TopAnswer answer;
    Result<SensorStatistics> statistics = client.statistics();
    if (!statistics) {
        answer.problem = std::move(statistics).error().message;
        return answer;
    }
    Result<FlowsSnapshot> flows = client.flows(kTopFlowsMax);
    if (!flows) {
        answer.problem = std::move(flows).error().message;
        return answer;
    }
    answer.statistics = std::move(statistics).value();
    answer.flows = std::move(flows).value();
    return answer;
}

TopFeed::TopFeed(SensorClient client, std::chrono::milliseconds interval)
    : client_(std::move(client)),
      event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      interval_(interval),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

TopFeed::~TopFeed() = default;

std::optional<TopAnswer> TopFeed::take() {
    const std::lock_guard lock(mutex_);
    std::uint64_t count = 0;
    static_cast<void>(!::read(event_.get(), &count, sizeof count));
    return std::exchange(answer_, std::nullopt);
}

void TopFeed::set_interval(std::chrono::milliseconds interval) {
    const std::lock_guard lock(mutex_);
    interval_ = interval;
    changed_.notify_all();
}

void TopFeed::put(TopAnswer answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
    const std::uint64_t one = 1;
    static_cast<void>(!::write(event_.get(), &one, sizeof one));
}

void TopFeed::work(const std::stop_token& stop) {
    using Clock = std::chrono::steady_clock;
    while (!stop.stop_requested()) {
        const Clock::time_point asked = Clock::now();
        put(ask_for_top(client_));
        std::unique_lock lock(mutex_);
        std::chrono::milliseconds interval = interval_;
        // A new interval counts from the same question.
        while (changed_.wait_until(lock, stop, asked + interval, [this, interval] {
            return interval != interval_;
        })) {
            interval = interval_;
        }
    }
}

}  // namespace flowgauge
