#include "extension/plugins/call_watchdog.h"

#include "core/base/format.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace flowgauge {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr nanoseconds kPeriodMin = 5ms;
constexpr nanoseconds kPeriodMax = 1s;

// Time that the thread has had on processors; nothing where the kernel does not say it. The clock's
// number is made as pthread_getcpuclockid(3) makes it, from the number of a thread.
std::optional<nanoseconds> processor_time(int thread) noexcept {
    constexpr unsigned kOfThread = 4 | 2;  // CPUCLOCK_PERTHREAD_MASK and CPUCLOCK_SCHED
    timespec time{};
    if (::clock_gettime(
            static_cast<clockid_t>((~static_cast<unsigned>(thread) << 3) | kOfThread), &time
        ) != 0) {
        return std::nullopt;
    }
    return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

// Whether the thread sleeps in the kernel: state S or D behind the name in /proc/PID/task/TID/stat
// (proc(5)). One that waits for a processor does not, nor does one that is stopped.
bool is_asleep(int thread) {
    std::array<char, 64> path{};
    format_to(path.data(), "/proc/self/task/{}/stat", thread);
    const int file = ::open(path.data(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    std::array<char, 128> text{};
    const ssize_t size = ::read(file, text.data(), text.size());
    ::close(file);
    const std::string_view stat(text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    const std::size_t end = stat.rfind(") ");
    return end != std::string_view::npos && end + 2 < stat.size() &&
           (stat[end + 2] == 'S' || stat[end + 2] == 'D');
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
    const int thread = watch.thread();
    const std::optional<nanoseconds> processor = processor_time(thread);
    const nanoseconds before = std::exchange(watched.processor, processor.value_or(0ns));
    if (!same) {
        watched.lasted = {};
        watched.condemned = false;
        return;
    }
    watched.lasted += !processor || is_asleep(thread) ? since : *processor - before;
    if (!watched.condemned && watched.lasted >= watched.calls->budget_of(function)) {
        watched.condemned = true;
        watched.calls->overran(function);
    }
    if (watched.condemned) {
        watch.condemn(call);
        hurried_ = true;
    }
}

}  // namespace flowgauge
