// WorkerOrders: what the control thread tells a running worker, and what comes back.
#pragma once

#include "capture/ring_source.h"
#include "core/flow/flow.h"
#include "core/flow/flow_key.h"
#include "telemetry/sensor_statistics.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <variant>
#include <vector>

namespace flowgauge {

// What a reload may change of a worker while it runs. Immutable: a change is another one.
struct LiveSettings {
    std::chrono::milliseconds idle_timeout{120'000};
    std::chrono::milliseconds active_timeout{1'800'000};
    bool shed = false;  // spend less on dissection while the ring fills up
};

// An active flow as a worker copies it: no text, because it is copied between packets.
struct ActiveFlow {
    FlowKey key;
    bool from_upper = false;
    std::uint16_t master = 0;  // nDPI's protocol numbers
    std::uint16_t app = 0;
    Tick first = 0;  // of the system's clock
    Tick last = 0;
    std::array<std::uint64_t, 2> packets{};
    std::array<std::uint64_t, 2> bytes{};
    std::uint64_t flow_uid = 0;
    std::uint8_t tcp_seen = 0;  // as in Flow
};

// A request for the largest flows, answered by one worker. Thread: `rows` and `flows_active` are
// the worker's until it sets `done`, the control thread's after that.
struct FlowsRequest {
    explicit FlowsRequest(std::size_t limit_of_rows) : limit(limit_of_rows) { rows.reserve(limit); }

    std::size_t limit;
    std::vector<ActiveFlow> rows;  // largest first
    std::uint64_t flows_active = 0;
    std::atomic<bool> done{false};
};

struct AttachRing {
    RingSource* ring = nullptr;
    std::uint8_t observation_point = 0;
};
struct RetireRing {
    RingSource* ring = nullptr;
};
using WorkerOrder = std::variant<
    AttachRing,
    RetireRing,
    std::shared_ptr<const LiveSettings>,
    std::shared_ptr<FlowsRequest>>;

// Thread: send() by the control thread, take() by the worker; lists are behind a lock that the
// worker takes only when there is something to take.
class WorkerOrders {
public:
    void send(WorkerOrder order) {
        const std::lock_guard lock(mutex_);
        orders_.push_back(std::move(order));
        waiting_.store(true, std::memory_order_release);
    }

    [[nodiscard]] bool is_waiting() const noexcept {
        return waiting_.load(std::memory_order_acquire);
    }

    [[nodiscard]] std::vector<WorkerOrder> take() {
        const std::lock_guard lock(mutex_);
        waiting_.store(false, std::memory_order_relaxed);
        return std::exchange(orders_, {});
    }

    // The worker is done with a ring, which may be closed now.
    void give_back(RingSource* ring) {
        const std::lock_guard lock(mutex_);
        returned_.push_back(ring);
    }
    [[nodiscard]] std::vector<RingSource*> take_returned() {
        const std::lock_guard lock(mutex_);
        return std::exchange(returned_, {});
    }

private:
    std::mutex mutex_;
    std::vector<WorkerOrder> orders_;
    std::vector<RingSource*> returned_;
    std::atomic<bool> waiting_{false};
};

}  // namespace flowgauge
