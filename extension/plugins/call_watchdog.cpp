#include "extension/plugins/call_watchdog.h"

#include "core/base/format.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <system_error>

namespace flowgauge {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr nanoseconds kPeriodMin = 5ms;
constexpr nanoseconds kPeriodMax = 1s;

// How long the thread has waited for a processor since it began (the second number of
// /proc/PID/task/TID/schedstat, Documentation/scheduler/sched-stats.rst); 0 where the kernel does
// not count it.
nanoseconds waited_for_processor(int thread) {
    std::array<char, 64> path{};
    format_to(path.data(), "/proc/self/task/{}/schedstat", thread);
    const int file = ::open(path.data(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return {};
    }
    std::array<char, 96> text{};
    const ssize_t size = ::read(file, text.data(), text.size());
    ::close(file);
    const char* end = text.data() + std::max<ssize_t>(size, 0);
    const char* second = std::find(static_cast<const char*>(text.data()), end, ' ');
    std::int64_t waited = 0;
    if (second != end) {
        std::from_chars(second + 1, end, waited);
    }
    return nanoseconds(waited);
}

}  // namespace

Result<std::shared_ptr<CallWatchdog>> CallWatchdog::shared() {
    static std::mutex mutex;
    static std::weak_ptr<CallWatchdog> present;
    const std::lock_guard lock(mutex);
    if (std::shared_ptr<CallWatchdog> watchdog = present.lock(); watchdog != nullptr) {
        return watchdog;
    }
    static_cast<void>(CallWatch::install_handler());  // without a signal, calls are not left
    std::shared_ptr<CallWatchdog> watchdog(new CallWatchdog);  // private constructor
    try {
        watchdog->thread_ =
            std::jthread([own = watchdog.get()](const std::stop_token& stop) { own->run(stop); });
    } catch (const std::system_error& error) {
        return Error{
            ErrorKind::kSystem, format("cannot start the watchdog of plugins: {}", error.what())};
    }
    present = watchdog;
    return watchdog;
}

CallWatchdog::~CallWatchdog() = default;

void CallWatchdog::add(WatchedCalls& calls, nanoseconds shortest_budget) {
    const std::lock_guard lock(mutex_);
    watched_.push_back({.calls = &calls, .shortest_budget = shortest_budget});
    set_period();
    changed_.notify_one();
}

void CallWatchdog::remove(WatchedCalls& calls) {
    const std::lock_guard lock(mutex_);
    std::erase_if(watched_, [&calls](const Watched& one) { return one.calls == &calls; });
    set_period();
}

void CallWatchdog::set_period() {
    period_ = kPeriodMax;
    for (const Watched& watched : watched_) {
        period_ = std::min(period_, watched.shortest_budget / 4);
    }
    period_ = std::max(period_, kPeriodMin);
}

void CallWatchdog::run(const std::stop_token& stop) {
    static_cast<void>(::pthread_setname_np(::pthread_self(), "fg-plugin-watch"));
    sigset_t all;  // signals of the process are for others
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
    std::unique_lock lock(mutex_);
    Clock::time_point before = Clock::now();
    while (!stop.stop_requested()) {
        const nanoseconds period = hurried_ ? kPeriodMin : period_;
        // Woken early only to stop or by a shorter period, which counts from now.
        changed_.wait_for(lock, stop, period, [&] { return !hurried_ && period_ < period; });
        const Clock::time_point now = Clock::now();
        // What took much longer than was asked for is time in which the process did not run.
        look(std::min<nanoseconds>(now - before, 2 * period));
        before = now;
    }
}

void CallWatchdog::look(nanoseconds since) {
    hurried_ = false;
    for (Watched& watched : watched_) {
        look_at(watched, since);
    }
}

void CallWatchdog::look_at(Watched& watched, nanoseconds since) {
    CallWatch& watch = watched.calls->watch();
    const std::uint64_t call = watch.call();
    const std::uint64_t function = call & CallWatch::kFunctionBits;
    const bool same = call == watched.call;
    watched.call = call;
    if (function == 0) {
        return;
    }
    watched.calls->seen_inside(since);
    if (!same) {
        watched.lasted = {};
        watched.waited = waited_for_processor(watch.thread());
        watched.condemned = false;
        return;
    }
    watched.lasted += since;
    const nanoseconds budget = watched.calls->budget_of(function);
    if (!watched.condemned && watched.lasted >= budget) {
        const nanoseconds waited = waited_for_processor(watch.thread()) - watched.waited;
        watched.condemned = watched.lasted - std::max(waited, 0ns) >= budget;
        if (watched.condemned) {
            watched.calls->overran(function);
        }
    }
    if (watched.condemned) {
        watch.condemn(call);
        hurried_ = true;
    }
}

}  // namespace flowgauge
