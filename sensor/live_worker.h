// LiveWorker: the loop of one worker thread. Rings -> decode -> owner -> flow -> queue.
//
// Several workers do it in two stages. Each reads its rings as far as they are filled and queues
// every packet with its owner, which may be itself; its watermark says how far it has read. The
// second stage takes from the queues in the order of time, up to the lowest watermark. So workers
// wait for each other's rings, never for each other's flows.
//
// All times here are shard time (sensor/shard_clock.h) unless they are called steady.
#pragma once

#include "core/base/published.h"
#include "core/flow/packet_batch.h"
#include "core/flow/packet_clock.h"
#include "core/meter/meter_options.h"
#include "core/packet/intake.h"
#include "pipeline/export_line.h"
#include "sensor/dissection_shedding.h"
#include "sensor/flow_scan.h"
#include "sensor/handoff_board.h"
#include "sensor/ring_set.h"
#include "sensor/shard_clock.h"
#include "sensor/worker_orders.h"
#include "telemetry/sensor_statistics.h"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace flowgauge {

struct LiveWorkerSetup {
    const MeterOptions& meter;
    std::chrono::milliseconds ring_retire;
    std::uint32_t index = 0;  // in its input
    FanoutMode fanout = FanoutMode::kAddresses;
    std::uint64_t flows_capacity = 0;  // its share of max_flows, for the counters
};

// Requires: board, lane and clock outlive it. Thread: made by the control thread, run() by the
// worker.
class LiveWorker {
public:
    LiveWorker(
        const LiveWorkerSetup& setup, HandoffBoard& board, MeterLane& lane, SystemClock& clock
    );

    // Captures until `stop`, then drains the rings, the hand-over and the shard.
    void run(const std::atomic<bool>& stop, const std::atomic<EndReason>& reason);

    // What to do from the next turn on. Thread: the control thread.
    [[nodiscard]] WorkerOrders& orders() noexcept { return orders_; }

    // As of one moment of the last turn. Thread: any.
    [[nodiscard]] WorkerCounters counters() const noexcept { return published_.get(); }

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
    [[nodiscard]] bool must_hold() noexcept;
    void take(const Head& head);
    void settle();
    void follow(IntakeStep step);
    void hand_over(std::uint32_t to, IntakeStep step);
    void meter(PacketBytes bytes);
    void announce(KernelTime watermark);
    void idle();
    void follow_orders();
    void apply(const LiveSettings& settings);
    void follow_clock();
    void publish_counters();
    void read_rings();
    [[nodiscard]] bool drain(const std::atomic<bool>& stop);

    std::chrono::milliseconds ring_retire_;
    HandoffBoard& board_;
    std::uint32_t index_;
    MeterLane& lane_;
    ShardClock shard_clock_;
    RingSet rings_;
    Intake intake_;
    PacketClock clock_;
    PacketBatch batch_;
    FlowScan scan_;
    DissectionShedding shedding_;
    TimeUnit time_unit_;
    bool fragments_come_by_one_ring_;
    WorkerOrders orders_;
    bool reads_ahead_ = false;   // in route(): own packets wait in a queue as well
    KernelTime announced_ = 0;   // own watermark
    KernelTime safe_until_ = 0;  // no earlier packet can come
    KernelTime last_metered_ = 0;
    KernelTime advanced_to_ = 0;      // by the clock, without a packet
    KernelTime last_statistics_ = 0;  // steady
    KernelTime held_since_ = 0;       // steady; 0: nothing is held back
    KernelTime stopped_at_ = 0;       // steady
    std::uint64_t era_ = 0;           // of the system's clock, that the shard knows of
    bool drained_ = false;
    WorkerCounters counters_;
    Published<WorkerCounters> published_;
};

}  // namespace flowgauge
