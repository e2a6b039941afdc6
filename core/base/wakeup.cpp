#include "core/base/wakeup.h"

#include <sys/eventfd.h>

#include <algorithm>

namespace flowgauge {
namespace {

constexpr std::chrono::nanoseconds kWithoutEvent = std::chrono::milliseconds(5);

timespec timespec_of(std::chrono::nanoseconds time) noexcept {
    constexpr std::int64_t kSecond = 1'000'000'000;
    const std::int64_t count = std::max<std::int64_t>(time.count(), 0);
    return {.tv_sec = count / kSecond, .tv_nsec = count % kSecond};
}

}  // namespace

void Wakeup::wait_or_poll(
    std::uint32_t ticket,
    std::vector<pollfd>& others,
    std::optional<std::chrono::nanoseconds> patience
) {
    if (!event_) {
        event_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    }
    if (event_) {
        others.push_back({.fd = event_.get(), .events = POLLIN, .revents = 0});
    } else {
        patience = std::min(patience.value_or(kWithoutEvent), kWithoutEvent);
    }
    polling_.store(true, std::memory_order_seq_cst);
    if (epoch_.load(std::memory_order_seq_cst) == ticket) {
        const timespec timeout = timespec_of(patience.value_or(std::chrono::nanoseconds(0)));
        ::ppoll(others.data(), others.size(), patience ? &timeout : nullptr, nullptr);
    }
    polling_.store(false, std::memory_order_seq_cst);
    if (event_) {
        std::uint64_t signals = 0;
        static_cast<void>(!::read(event_.get(), &signals, sizeof(signals)));
    }
}

// The descriptor is there before polling_ was set, and stays.
void Wakeup::signal_event() const noexcept {
    constexpr std::uint64_t kOne = 1;
    static_cast<void>(!::write(event_.get(), &kOne, sizeof(kOne)));
}

}  // namespace flowgauge
