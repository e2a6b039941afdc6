// CallWatchdog: looks from time to time which calls of plugins are under way, so that the packet
// path needs no clock.
#pragma once

#include "core/base/result.h"
#include "extension/plugins/call_watch.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace flowgauge {

// A worker's calls of one plugin, as the watchdog sees them. Thread: the watchdog's, with its
// mutex held.
class WatchedCalls {
public:
    virtual ~WatchedCalls() = default;

    [[nodiscard]] virtual CallWatch& watch() noexcept = 0;

    // How long one call of that function may last.
    [[nodiscard]] virtual std::chrono::nanoseconds budget_of(std::uint64_t function) const = 0;

    // A call of that function has lasted longer. Told once a call.
    virtual void overran(std::uint64_t function) = 0;

    // A look found one of them under way, and the look before was that long ago.
    virtual void seen_inside(std::chrono::nanoseconds since) noexcept = 0;
};

// One thread for all plugins of the process, while one of them has a worker. A call lasts as long
// as its thread is on a processor or asleep. Time in which it waits for a processor or is stopped
// does not count, so that a busy machine disables nothing. An overrun is found between one and 1.5
// budgets. Cost: a look at each of them every quarter of the shortest budget, 5 ms to 1 s.
class CallWatchdog {
public:
    // The one of the process; it ends with its last owner. Errors: no thread.
    [[nodiscard]] static Result<std::shared_ptr<CallWatchdog>> shared();

    ~CallWatchdog();
    CallWatchdog(const CallWatchdog&) = delete;
    CallWatchdog& operator=(const CallWatchdog&) = delete;

    // Thread: any. Once remove() has returned, nobody looks at them.
    void add(WatchedCalls& calls, std::chrono::nanoseconds shortest_budget);
    void remove(WatchedCalls& calls);

private:
    using Clock = std::chrono::steady_clock;

    struct Watched {
        WatchedCalls* calls = nullptr;
        std::chrono::nanoseconds shortest_budget{};
        std::uint64_t call = 0;                // seen at the look before
        std::chrono::nanoseconds lasted{};     // of that call
        std::chrono::nanoseconds processor{};  // time of its thread at the look before
        bool condemned = false;
    };

    CallWatchdog() = default;
    void run(const std::stop_token& stop);
    void look(std::chrono::nanoseconds since);
    void look_at(Watched& watched, std::chrono::nanoseconds since);
    void set_period();

    std::mutex mutex_;  // of all below but the thread
    std::condition_variable_any changed_;
    std::vector<Watched> watched_;
    std::chrono::nanoseconds period_{};
    bool hurried_ = false;  // a condemned call is under way
    std::jthread thread_;
};

}  // namespace flowgauge
