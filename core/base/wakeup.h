// Wakeup: lets one thread sleep until another has done something, without a lock on either side.
#pragma once

#include "core/base/file_descriptor.h"

#include <linux/futex.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <climits>
#include <cstdint>
#include <ctime>
#include <optional>
#include <vector>

namespace flowgauge {

// Waiter: take a ticket, look whether there is work, and only then wait with that ticket: whatever
// was signalled in between is not missed. Memory order: signal() releases what came before it,
// ticket() and wait() acquire it. Thread: any.
class Wakeup {
public:
    [[nodiscard]] std::uint32_t ticket() const noexcept {
        return epoch_.load(std::memory_order_acquire);
    }

    // Returns when signal() was called after the ticket was taken.
    void wait(std::uint32_t ticket) const noexcept {
        epoch_.wait(ticket, std::memory_order_acquire);
    }

    // The same, but returns at the latest after `patience`. The standard library has no such wait,
    // so these waiters are woken apart. Memory order: sequentially consistent, so that either the
    // waiter sees the new epoch, or signal() sees the waiter.
    void wait_for(std::uint32_t ticket, std::chrono::nanoseconds patience) noexcept {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        timed_waiters_.fetch_add(1, std::memory_order_seq_cst);
        while (epoch_.load(std::memory_order_seq_cst) == ticket) {
            const std::chrono::nanoseconds left = deadline - std::chrono::steady_clock::now();
            if (left.count() <= 0) {
                break;
            }
            constexpr std::int64_t kSecond = 1'000'000'000;
            const timespec timeout{
                .tv_sec = left.count() / kSecond, .tv_nsec = left.count() % kSecond};
            ::syscall(SYS_futex, &epoch_, FUTEX_WAIT_PRIVATE, ticket, &timeout, nullptr, 0);
        }
        timed_waiters_.fetch_sub(1, std::memory_order_seq_cst);
    }

    // The same for a waiter that also waits for descriptors: returns when signal() was called, when
    // one of `others` is ready, or after `patience` (nothing: never). Thread: one waiter of this
    // kind. Errors: none; without a descriptor of its own it looks every few milliseconds.
    void wait_or_poll(
        std::uint32_t ticket,
        std::vector<pollfd>& others,
        std::optional<std::chrono::nanoseconds> patience
    );

    void signal() noexcept {
        epoch_.fetch_add(1, std::memory_order_seq_cst);
        epoch_.notify_all();
        if (polling_.load(std::memory_order_seq_cst)) {
            signal_event();
        }
        if (timed_waiters_.load(std::memory_order_seq_cst) != 0) {
            ::syscall(SYS_futex, &epoch_, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
        }
    }

private:
    void signal_event() const noexcept;

    static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));  // futex(2)

    std::atomic<std::uint32_t> epoch_{0};
    std::atomic<std::uint32_t> timed_waiters_{0};
    std::atomic<bool> polling_{false};
    FileDescriptor event_;  // eventfd(2), made for the first wait_or_poll()
};

}  // namespace flowgauge
