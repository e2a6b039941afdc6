#include "visibility/poller.h"

#include "core/base/format.h"
#include "visibility/clock_reading.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <utility>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kDrainPeriod{100};

// Between two looks at least: a period of 0 is NFStream's busy loop, which must not starve workers.
constexpr milliseconds kPause{1};

// Of a thread with a bound: a search for owners that takes longer goes on in the next look.
constexpr nanoseconds kSearchBudget{100'000'000};

// Looks are stretched by more than this before it is worth a word.
constexpr double kStretchTold = 1.5;
constexpr double kStretchOver = 1.1;
constexpr int kSmoothing = 8;

// Different sentences in one run.
constexpr std::size_t kNotesMax = 64;

// Workers come first.
constexpr int kNice = 5;

// Directories of processes and sockets of namespaces are held open, which makes looking at them
// cheap; a service or a shell starts with 1,024 descriptors and may have more.
void raise_descriptor_limit() noexcept {
    constexpr rlim_t kWanted = 65'536;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < kWanted) {
        limit.rlim_cur = std::min(limit.rlim_max, kWanted);
        static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
    }
}

double in_milliseconds(nanoseconds time) noexcept {
    return static_cast<double>(time.count()) / 1e6;
}

}  // namespace

Result<std::unique_ptr<Poller>> Poller::start(PollerOptions options) {
    std::unique_ptr<Poller> poller(new Poller(std::move(options)));
    std::promise<void> opened;
    std::future<void> is_open = opened.get_future();
    poller->thread_ =
        std::jthread([own = poller.get(),
                      opened = std::move(opened)](const std::stop_token& stop) mutable {
            static_cast<void>(::prctl(PR_SET_NAME, "visibility"));
            static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice));
            raise_descriptor_limit();
            Result<std::unique_ptr<SocketObserver>> observer =
                SocketObserver::open(own->options_.observer);
            if (observer) {
                own->observer_ = std::move(observer).value();
                own->state_ = own->observer_->state();
            } else {
                own->opened_ = std::move(observer).error();
            }
            if (own->options_.give_up_rights) {
                own->options_.give_up_rights();
            }
            const bool works = own->observer_ != nullptr;
            opened.set_value();  // a poller that failed is gone from here on
            if (works) {
                own->run(stop);
            }
        });
    is_open.wait();
    if (!poller->opened_) {
        poller->thread_.join();
        return std::move(poller->opened_).error();
    }
    return poller;
}

Poller::Poller(PollerOptions options)
    : options_(std::move(options)),
      exchange_(options_.readers),
      pace_(options_.pace) {
    options_.observer.retention = pace_.retention;
}

Poller::~Poller() {
    thread_.request_stop();
    wakeup_.signal();
}

void Poller::change(const PollerPace& pace) {
    {
        const std::lock_guard lock(mutex_);
        pace_ = pace;
    }
    hurry();
}

void Poller::hurry() noexcept {
    hurried_.store(true, std::memory_order_relaxed);
    wakeup_.signal();
}

VisibilityState Poller::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

PollerPace Poller::pace() const {
    const std::lock_guard lock(mutex_);
    return pace_;
}

void Poller::run(const std::stop_token& stop) {
    next_look_ = Clock::now();
    while (!stop.stop_requested()) {
        const bool hurried = hurried_.exchange(false, std::memory_order_relaxed);
        if (hurried || Clock::now() >= next_look_) {
            look();
        } else {
            observer_->drain();
        }
        next_drain_ = Clock::now() + kDrainPeriod;
        wait(stop);
    }
}

// The time that the thread has used since the look before, drains included, decides when the next
// one may be.
void Poller::look() {
    const Clock::time_point began = Clock::now();
    const PollerPace pace = this->pace();
    observer_->set_retention(pace.retention);
    exchange_.publish(observer_->look(
        pace.max_cpu_percent == 0 ? 0 : nanoseconds(kSearchBudget).count(),
        std::max(period_, configured_period())
    ));
    observer_->tidy_up();

    const std::uint64_t used = thread_cpu_time();
    const nanoseconds spent(static_cast<std::int64_t>(used - used_before_));
    used_before_ = used;
    if (observer_->counters().polls > 1) {  // the first finds all owners there are
        smoothed_ = smoothed_.count() == 0 ? spent : smoothed_ + (spent - smoothed_) / kSmoothing;
    }
    period_ = configured_period();
    if (pace.max_cpu_percent != 0) {
        period_ = std::max(period_, std::max(spent, smoothed_) * 100 / pace.max_cpu_percent);
    }
    next_look_ = std::max(began + period_, Clock::now() + kPause);
    tell_news();

    PollerCounters counters = observer_->counters();
    counters.poll_cpu_ns = used;
    counters.period_ns = static_cast<std::uint64_t>(period_.count());
    counters.period_set_ns = static_cast<std::uint64_t>(configured_period().count());
    published_.set(counters);
}

nanoseconds Poller::configured_period() const noexcept {
    const std::lock_guard lock(mutex_);
    return observer_->has_events() ? pace_.period_with_events : pace_.period;
}

void Poller::wait(const std::stop_token& stop) {
    const std::uint32_t ticket = wakeup_.ticket();
    if (stop.stop_requested() || hurried_.load(std::memory_order_relaxed)) {
        return;
    }
    const Clock::time_point until =
        observer_->has_events() ? std::min(next_look_, next_drain_) : next_look_;
    const nanoseconds patience = until - Clock::now();
    if (patience.count() > 0) {
        wakeup_.wait_for(ticket, patience);
    }
}

void Poller::tell_news() {
    VisibilityState state = observer_->state();
    const nanoseconds configured = configured_period();
    const std::uint32_t percent = pace().max_cpu_percent;
    const nanoseconds needed = percent == 0 ? nanoseconds(0) : smoothed_ * 100 / percent;
    const double stretch = in_milliseconds(needed) / std::max(in_milliseconds(configured), 1.0);
    std::string news;
    if (!stretched_ && stretch > kStretchTold) {
        stretched_ = true;
        news = format(
            "visibility: sockets are looked at every {:.0f} ms instead of every {:.0f} ms: a look "
            "takes {:.1f} ms of CPU; raise visibility.max_cpu_percent for more",
            in_milliseconds(needed),
            in_milliseconds(configured),
            in_milliseconds(smoothed_)
        );
    } else if (stretched_ && stretch < kStretchOver) {
        stretched_ = false;
        news = format(
            "visibility: sockets are looked at every {:.0f} ms again", in_milliseconds(configured)
        );
    }
    if (options_.tell) {
        for (const std::string& note : state.notes) {
            if (told_.size() < kNotesMax && told_.insert(note).second) {
                options_.tell("visibility: " + note);
            }
        }
        if (!news.empty()) {
            options_.tell(news);
        }
    }
    const std::lock_guard lock(mutex_);
    state_ = std::move(state);
}

}  // namespace flowgauge
