#include "sensor/worker_watch.h"

#include <algorithm>

namespace flowgauge {
namespace {

// Longer than the control thread's second, however short the patience is.
constexpr std::chrono::seconds kLookEveryMax{2};

}  // namespace

void WorkerWatch::look(const std::vector<std::uint64_t>& turns, Clock::time_point now) {
    // If this thread did not run either, the whole process was stopped: nobody is to blame.
    const bool slept = last_look_ != Clock::time_point{} &&
                       now - last_look_ > std::max<Clock::duration>(patience_ / 2, kLookEveryMax);
    last_look_ = now;
    if (workers_.size() != turns.size()) {
        workers_.assign(turns.size(), {.since = now});
    }
    for (std::size_t i = 0; i < turns.size(); ++i) {
        Seen& worker = workers_[i];
        if (worker.turns != turns[i] || slept) {
            worker = {.turns = turns[i], .since = now, .stalled = false};
        } else {
            worker.stalled = now - worker.since >= patience_;
        }
    }
}

std::size_t WorkerWatch::stalled() const noexcept {
    return static_cast<std::size_t>(std::ranges::count(workers_, true, &Seen::stalled));
}

}  // namespace flowgauge
