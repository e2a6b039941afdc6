#include "service/stop_signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <optional>

namespace flowgauge {
namespace {

// A second signal within this time is taken for the first one: timeout(1) and terminals signal a
// process and its group at once.
constexpr std::chrono::seconds kImpatience{2};

sigset_t stop_set() noexcept {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

void raise_event(const FileDescriptor& event) noexcept {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(event.get(), &one, sizeof one));
}

}  // namespace

StopSignals::StopSignals()
    : requested_event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      leaving_event_(::eventfd(0, EFD_CLOEXEC)) {
    const sigset_t set = stop_set();
    static_cast<void>(::pthread_sigmask(SIG_BLOCK, &set, nullptr));
    signals_ = FileDescriptor(::signalfd(-1, &set, SFD_CLOEXEC));
    listener_ = std::jthread([this] { listen(); });
}

StopSignals::~StopSignals() {
    raise_event(leaving_event_);
    listener_.join();
}

void StopSignals::listen() {
    using Clock = std::chrono::steady_clock;
    std::optional<Clock::time_point> first;
    while (const int signal = next_signal()) {
        const Clock::time_point time = Clock::now();
        if (first && time - *first >= kImpatience) {
            const sigset_t set = stop_set();
            static_cast<void>(::pthread_sigmask(SIG_UNBLOCK, &set, nullptr));
            static_cast<void>(std::raise(signal));
        }
        first = first.value_or(time);
        requested_.store(true, std::memory_order_relaxed);
        raise_event(requested_event_);
    }
}

// Waits for a signal; 0 when the object is about to go.
int StopSignals::next_signal() const noexcept {
    pollfd wanted[] = {
        {.fd = signals_.get(), .events = POLLIN, .revents = 0},
        {.fd = leaving_event_.get(), .events = POLLIN, .revents = 0}};
    static_cast<void>(::poll(wanted, 2, -1));
    signalfd_siginfo signal{};
    if (wanted[1].revents != 0 || ::read(signals_.get(), &signal, sizeof signal) <= 0) {
        return 0;
    }
    return static_cast<int>(signal.ssi_signo);
}

void StopSignals::take() const noexcept {
    std::uint64_t count = 0;
    static_cast<void>(!::read(requested_event_.get(), &count, sizeof count));
}

bool StopSignals::wait(std::chrono::milliseconds timeout) const noexcept {
    pollfd wanted{.fd = requested_event_.get(), .events = POLLIN, .revents = 0};
    static_cast<void>(::poll(&wanted, 1, static_cast<int>(timeout.count())));
    return requested_.load(std::memory_order_relaxed);
}

}  // namespace flowgauge
