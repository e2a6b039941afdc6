// StopSignals: SIGINT and SIGTERM become a request to drain and end.
#pragma once

#include "core/base/wakeup.h"

#include <atomic>
#include <chrono>
#include <thread>

namespace flowgauge {

// Made before any other thread, so that all of them inherit the blocked signals. A second signal
// ends the process at once. Thread: requested() any.
class StopSignals {
public:
    StopSignals();
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    [[nodiscard]] const std::atomic<bool>& requested() const noexcept { return requested_; }

    // Sleeps until a signal came or the time is over. Returns requested().
    [[nodiscard]] bool wait(std::chrono::milliseconds timeout) const noexcept;

private:
    void listen(const std::stop_token& stop);

    std::atomic<bool> requested_{false};
    int event_ = -1;  // eventfd, readable once requested
    std::jthread listener_;
};

}  // namespace flowgauge
