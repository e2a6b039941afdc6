// Wakeup: lets one thread sleep until another has done something, without a lock on either side.
#pragma once

#include <atomic>
#include <cstdint>

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

    void signal() noexcept {
        epoch_.fetch_add(1, std::memory_order_release);
        epoch_.notify_all();
    }

private:
    std::atomic<std::uint32_t> epoch_{0};
};

}  // namespace flowgauge
