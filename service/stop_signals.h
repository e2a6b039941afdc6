// StopSignals: SIGINT and SIGTERM become a request to drain and end.
#pragma once

#include "core/base/file_descriptor.h"

#include <atomic>
#include <chrono>
#include <thread>

namespace flowgauge {

// Made before any other thread, so that all of them inherit the blocked signals. One that comes
// 2 s or more after the first ends the process at once. Thread: requested() any.
class StopSignals {
public:
    StopSignals();
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    [[nodiscard]] const std::atomic<bool>& requested() const noexcept { return requested_; }

    // Readable when a signal came, until taken.
    [[nodiscard]] int descriptor() const noexcept { return requested_event_.get(); }
    void take() const noexcept;

    // Sleeps until a signal came or the time is over. Returns requested().
    [[nodiscard]] bool wait(std::chrono::milliseconds timeout) const noexcept;

private:
    void listen();
    [[nodiscard]] int next_signal() const noexcept;

    std::atomic<bool> requested_{false};
    FileDescriptor requested_event_;  // readable once requested
    FileDescriptor leaving_event_;    // tells the listener to end
    FileDescriptor signals_;
    std::jthread listener_;
};

}  // namespace flowgauge
