// Wakeup: lets one thread sleep until another has done something, without a lock on either side.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <climits>
#include <cstdint>
#include <ctime>

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

    void signal() noexcept {
        epoch_.fetch_add(1, std::memory_order_seq_cst);
        epoch_.notify_all();
        if (timed_waiters_.load(std::memory_order_seq_cst) != 0) {
            ::syscall(SYS_futex, &epoch_, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
        }
    }

private:
    static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));  // futex(2)

    std::atomic<std::uint32_t> epoch_{0};
    std::atomic<std::uint32_t> timed_waiters_{0};
};

}  // namespace flowgauge
