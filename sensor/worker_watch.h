// WorkerWatch: notices workers that have stopped turning.
#pragma once

#include "core/base/result.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace flowgauge {

// A live worker turns at least every few poll timeouts, whatever comes. One whose counter of turns
// has stood still for `patience` is stuck: nothing in this process can mend it, so systemd's
// watchdog is not fed any more and restarts the service. Thread: the control thread's.
class WorkerWatch {
public:
    using Clock = std::chrono::steady_clock;

    explicit WorkerWatch(Clock::duration patience) noexcept : patience_(patience) {}

    // Takes the counters of all workers, in the same order each time.
    void look(const std::vector<std::uint64_t>& turns, Clock::time_point now);

    [[nodiscard]] bool is_stalled(std::size_t worker) const noexcept {
        return worker < workers_.size() && workers_[worker].stalled;
    }
    [[nodiscard]] std::size_t stalled() const noexcept;

private:
    struct Seen {
        std::uint64_t turns = 0;
        Clock::time_point since;
        bool stalled = false;
    };

    Clock::duration patience_;
    Clock::time_point last_look_{};
    std::vector<Seen> workers_;
};

}  // namespace flowgauge
