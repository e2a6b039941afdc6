#include "daemon/stop_signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>

namespace flowgauge {
namespace {

sigset_t stop_set() noexcept {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

}  // namespace

StopSignals::StopSignals() : event_(::eventfd(0, EFD_CLOEXEC)) {
    const sigset_t set = stop_set();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    listener_ = std::jthread([this](const std::stop_token& stop) { listen(stop); });
}

StopSignals::~StopSignals() {
    listener_.request_stop();
    listener_.join();
    ::close(event_);
}

void StopSignals::listen(const std::stop_token& stop) {
    const sigset_t set = stop_set();
    const timespec look_every{.tv_sec = 0, .tv_nsec = 100'000'000};
    while (!stop.stop_requested()) {
        if (::sigtimedwait(&set, nullptr, &look_every) < 0) {
            continue;
        }
        requested_.store(true, std::memory_order_relaxed);
        const std::uint64_t one = 1;
        static_cast<void>(!::write(event_, &one, sizeof one));
        // From here on the signals have their usual effect.
        ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
        return;
    }
}

bool StopSignals::wait(std::chrono::milliseconds timeout) const noexcept {
    pollfd wanted{.fd = event_, .events = POLLIN, .revents = 0};
    static_cast<void>(::poll(&wanted, 1, static_cast<int>(timeout.count())));
    return requested_.load(std::memory_order_relaxed);
}

}  // namespace flowgauge
