// HandoffBoard: how the live workers of one interface pass packets to each other, and how each
// knows that nothing earlier can still come.
#pragma once

#include "core/packet/packet_queue.h"
#include "sensor/kernel_time.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace flowgauge {

// Thread: worker i alone writes row i of everything and reads the rest. Memory order: a worker
// publishes what it pushed before it raises its watermark (release); whoever reads a watermark
// (acquire) before a queue finds there all packets up to it.
class HandoffBoard {
public:
    // Requires: workers > 0. `packets` is the room between two workers.
    HandoffBoard(std::uint32_t workers, std::uint32_t packets);

    [[nodiscard]] std::uint32_t workers() const noexcept { return workers_; }

    // From one worker to another, or to itself: what it read ahead of the others.
    [[nodiscard]] PacketQueue& queue(std::uint32_t from, std::uint32_t to) noexcept {
        return *queues_[from * workers_ + to];
    }

    // Worker `own` has handed over everything that was stamped up to `time`.
    void raise_watermark(std::uint32_t own, KernelTime time) noexcept {
        progress_[own].watermark.store(time, std::memory_order_release);
    }
    [[nodiscard]] KernelTime watermark(std::uint32_t worker) const noexcept {
        return progress_[worker].watermark.load(std::memory_order_acquire);
    }

    // Accounts of the hand-over, for knowing its end: one packet pushed, one dealt with (after
    // whatever that pushed in turn).
    void count_pushed(std::uint32_t own) noexcept { add_one(progress_[own].pushed); }
    void count_settled(std::uint32_t own) noexcept { add_one(progress_[own].settled); }

    // Worker `own` has emptied its ring for good.
    void set_drained(std::uint32_t own) noexcept {
        progress_[own].drained.store(true, std::memory_order_release);
    }

    // Whether all rings are drained and nothing is on its way between workers. Stays true.
    [[nodiscard]] bool is_quiet() const noexcept;

private:
    static constexpr std::size_t kCacheLineBytes = 64;
    struct alignas(kCacheLineBytes) Progress {
        std::atomic<KernelTime> watermark{0};
        std::atomic<std::uint64_t> pushed{0};
        std::atomic<std::uint64_t> settled{0};
        std::atomic<bool> drained{false};
    };

    static void add_one(std::atomic<std::uint64_t>& counter) noexcept {
        counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

    std::uint32_t workers_;
    std::vector<std::unique_ptr<PacketQueue>>
        queues_;  // [from * workers + to]; none for one worker
    std::vector<Progress> progress_;
};

}  // namespace flowgauge
