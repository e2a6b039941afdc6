// LiveCapture: one interface while it is captured: its rings, its workers and what they share.
#pragma once

#include "capture/ring_group.h"
#include "config/settings.h"
#include "core/base/result.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "pipeline/export_line.h"
#include "sensor/handoff_board.h"
#include "sensor/live_worker.h"

namespace flowgauge {

// What all workers of a run are told. Written by the control thread.
struct StopRequest {
    std::atomic<bool> requested{false};
    std::atomic<EndReason> reason{EndReason::kShutdown};
};

// Thread: the control thread's; the workers run inside. Ownership: owns rings, board and threads,
// refers to lanes and stop request.
class LiveCapture {
public:
    // Opens the rings of `interface`, closed by a filter. `ring_workers` is the number of rings
    // that the whole run asks memory for.
    [[nodiscard]] static Result<std::unique_ptr<LiveCapture>> open(
        const Settings& settings,
        const std::string& interface,
        std::uint32_t workers,
        std::uint32_t ring_workers
    );

    // Opens the filter and starts a thread for each worker, on lanes first_lane, first_lane + 1,
    // ...
    [[nodiscard]] Result<void> start(
        const Settings& settings, ExportLine& line, std::size_t first_lane, const StopRequest& stop
    );

    // Waits for the workers to drain. Requires: a stop request.
    void join();

    [[nodiscard]] const std::string& interface() const noexcept { return group_.interface().name; }
    [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return group_.notes(); }
    [[nodiscard]] const std::vector<std::unique_ptr<LiveWorker>>& workers() const noexcept {
        return workers_;
    }

    // Whether the interface was deleted.
    [[nodiscard]] bool is_gone() const noexcept;

    // Adds what the rings and intakes did. Requires: joined.
    void sum_up(RunSummary& summary);

private:
    LiveCapture(RingGroup group, std::uint32_t handoff_packets, std::uint32_t workers)
        : group_(std::move(group)),
          board_(workers, handoff_packets) {}

    RingGroup group_;
    HandoffBoard board_;
    std::vector<std::unique_ptr<LiveWorker>> workers_;
    std::vector<std::jthread> threads_;
};

}  // namespace flowgauge
