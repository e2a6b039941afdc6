// Poller: the thread that maps sockets to processes, within a share of a processor.
#pragma once

#include "core/base/published.h"
#include "core/base/result.h"
#include "core/base/wakeup.h"
#include "visibility/snapshot_exchange.h"
#include "visibility/socket_observer.h"
#include "visibility/visibility_numbers.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace flowgauge {

// What may change while it runs.
struct PollerPace {
    // Between the beginnings of two looks, without and with events: looks only confirm what those
    // have told.
    std::chrono::milliseconds period{100};
    std::chrono::milliseconds period_with_events{1000};
    std::uint32_t max_cpu_percent = 5;  // of one processor; 0: no bound
    std::chrono::milliseconds retention{125'000};
};

struct PollerOptions {
    ObserverOptions observer;
    PollerPace pace;
    std::size_t readers = 1;

    // Called on the thread once everything is open that needs rights only then. May be empty.
    std::function<void()> give_up_rights;

    // A sentence for the operator: what the host does not allow, a period that is stretched.
    // Thread: the poller's.
    std::function<void(const std::string&)> tell;
};

// Thread: start() and change() by the control thread; numbers by any; each reader by its own.
// Bound: max_cpu_percent stretches the period, and what a look searches is cut by time.
class Poller {
public:
    // Returns when the thread has opened what it needs, and before the first look. Errors: no
    // procfs.
    [[nodiscard]] static Result<std::unique_ptr<Poller>> start(PollerOptions options);

    ~Poller();
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;

    [[nodiscard]] SnapshotReader& reader(std::size_t number) noexcept {
        return exchange_.reader(number);
    }

    void change(const PollerPace& pace);

    // A look as soon as possible: records wait for it.
    void hurry() noexcept;

    [[nodiscard]] PollerCounters counters() const noexcept { return published_.get(); }
    [[nodiscard]] VisibilityState state() const;

private:
    using Clock = std::chrono::steady_clock;

    explicit Poller(PollerOptions options);

    void run(const std::stop_token& stop);
    void look();
    void wait(const std::stop_token& stop);
    void tell_news();
    [[nodiscard]] std::chrono::nanoseconds configured_period() const noexcept;
    [[nodiscard]] PollerPace pace() const;

    PollerOptions options_;
    SnapshotExchange exchange_;
    std::unique_ptr<SocketObserver> observer_;
    Result<void> opened_;

    mutable std::mutex mutex_;  // pace and words
    PollerPace pace_;
    VisibilityState state_;

    Wakeup wakeup_;
    std::atomic<bool> hurried_{false};
    Published<PollerCounters> published_;

    // The thread's own.
    Clock::time_point next_look_{};
    Clock::time_point next_drain_{};
    std::chrono::nanoseconds period_{0};    // in force
    std::chrono::nanoseconds smoothed_{0};  // of the CPU time between two looks
    std::uint64_t used_before_ = 0;         // CPU time at the last look's beginning
    std::set<std::string> told_;            // notes, as far as the operator knows them
    bool stretched_ = false;
    std::jthread thread_;
};

}  // namespace flowgauge
