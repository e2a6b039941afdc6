// LiveWorker: the loop of one worker thread. Ring -> decode -> owner -> flow -> queue.
//
// Several workers do it in two stages. Each reads its ring as far as it is filled and queues every
// packet with its owner, which may be itself; its watermark says how far it has read. The second
// stage takes from the queues in the order of time, up to the lowest watermark. So workers wait for
// each other's rings, never for each other's flows.
#pragma once

#include "capture/ring_source.h"
#include "core/flow/packet_batch.h"
#include "core/flow/packet_clock.h"
#include "core/meter/meter_options.h"
#include "core/packet/intake.h"

#include <atomic>
#include <chrono>
#include <cstdint>

#include "pipeline/export_line.h"
#include "sensor/handoff_board.h"

namespace flowgauge {

// What a worker lets others see while it runs. Single writer; readers get recent values.
struct LiveCounters {
    std::atomic<std::uint64_t> packets_read{0};
    std::atomic<std::uint64_t> packets_in_flows{0};
    std::atomic<std::uint64_t> packets_rejected{0};
    std::atomic<std::uint64_t> flows_expired{0};
    std::atomic<std::uint64_t> capture_dropped{0};
    std::atomic<bool> interface_gone{false};
};

// Requires: ring, board and lane outlive it. Thread: made by the control thread, run() by the
// worker.
class LiveWorker {
public:
    LiveWorker(
        RingSource& ring,
        std::chrono::milliseconds ring_retire,
        HandoffBoard& board,
        std::uint32_t index,
        MeterLane& lane,
        const MeterOptions& options
    );

    // Captures until `stop`, then drains the ring, the hand-over and the shard.
    void run(const std::atomic<bool>& stop, const std::atomic<EndReason>& reason);

    [[nodiscard]] const LiveCounters& live() const noexcept { return live_; }

    // Requires: run() has returned.
    [[nodiscard]] const Intake& intake() const noexcept { return intake_; }
    [[nodiscard]] const RingStatistics& ring_statistics() noexcept {
        return ring_.read_statistics();
    }
    [[nodiscard]] std::uint64_t late_packets() const noexcept { return late_packets_; }

private:
    // The earliest packet that waits in a queue of this worker.
    struct Head {
        KernelTime time = kEndOfTime;
        std::uint32_t from = 0;
        const QueuedPacket* packet = nullptr;
    };

    [[nodiscard]] bool turn(KernelTime time);
    [[nodiscard]] bool read_alone();
    [[nodiscard]] bool route(KernelTime time);
    [[nodiscard]] bool has_room(bool only_own) noexcept;
    [[nodiscard]] bool merge();
    [[nodiscard]] bool take_due();
    [[nodiscard]] Head earliest();
    [[nodiscard]] KernelTime all_reached() const noexcept;
    [[nodiscard]] KernelTime delivered_by(KernelTime time) const noexcept;
    [[nodiscard]] bool must_hold() noexcept;
    void take(const Head& head);
    void settle();
    void follow(IntakeStep step);
    void hand_over(std::uint32_t to, IntakeStep step);
    void meter(PacketBytes bytes);
    void announce(KernelTime watermark);
    void idle(KernelTime time);
    void publish_counters();
    [[nodiscard]] bool drain(const std::atomic<bool>& stop);

    RingSource& ring_;
    std::chrono::milliseconds ring_retire_;
    HandoffBoard& board_;
    std::uint32_t index_;
    MeterLane& lane_;
    Intake intake_;
    PacketClock clock_;
    PacketBatch batch_;
    bool reads_ahead_ = false;   // in route(): own packets wait in a queue as well
    KernelTime announced_ = 0;   // own watermark
    KernelTime safe_until_ = 0;  // no earlier packet can come
    KernelTime last_metered_ = 0;
    KernelTime advanced_to_ = 0;  // by the clock, without a packet
    KernelTime last_statistics_ = 0;
    KernelTime held_since_ = 0;  // steady clock; 0: nothing is held back
    KernelTime stopped_at_ = 0;  // steady clock
    bool drained_ = false;
    std::uint64_t late_packets_ = 0;
    LiveCounters live_;
};

}  // namespace flowgauge
