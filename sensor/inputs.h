// Inputs: all inputs of the sensor as one.
#pragma once

#include "capture/link_watch.h"
#include "config/settings.h"
#include "core/base/result.h"
#include "pipeline/export_line.h"
#include "sensor/files_input.h"
#include "sensor/flows_answer.h"
#include "sensor/live_input.h"
#include "sensor/process_visibility.h"
#include "telemetry/sensor_statistics.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace flowgauge {

// Thread: the control thread's.
class Inputs {
public:
    // Lanes that all inputs of these settings need.
    [[nodiscard]] static std::uint32_t count_lanes(const Settings& settings);

    // Opens what there is. `visibility` may be null; it outlives the workers. Errors: an interface
    // that is missing and not waited for, and whatever keeps one from being opened.
    [[nodiscard]] static Result<std::unique_ptr<Inputs>> open(
        const Settings& settings,
        ExportLine& line,
        SystemClock& clock,
        ProcessVisibility* visibility
    );

    // Starts all workers, and then reception on all interfaces: what comes first finds everyone
    // ready.
    [[nodiscard]] Result<void> start(const StopRequest& stop);
    void join();

    // Readable when an interface has changed; follow_links() looks then.
    [[nodiscard]] int link_descriptor() const noexcept { return watch_.descriptor(); }
    void follow_links();

    // Tries again what failed. Returns the first input whose patience is over (`wait_for`).
    [[nodiscard]] Result<void> retry();

    // Whether all are files and all of them are read.
    [[nodiscard]] bool is_done() const noexcept;

    // A reload, in two steps: the first may fail and changes nothing.
    [[nodiscard]] Result<void> check_filters(const Settings& fresh) const;
    void apply(const Settings& fresh);

    [[nodiscard]] PendingFlows request_flows(std::size_t limit);

    // Inputs and workers; whether a worker is stalled is left to others.
    void collect(SensorStatistics& statistics) const;

    // Of each live worker: its counter of turns, which stands still when it is stuck.
    [[nodiscard]] std::vector<std::uint64_t> live_turns() const;

    [[nodiscard]] const std::vector<std::unique_ptr<LiveInput>>& live() const noexcept {
        return live_;
    }

private:
    explicit Inputs(LinkWatch watch) : watch_(std::move(watch)) {}

    [[nodiscard]] LinkView view();
    [[nodiscard]] std::uint32_t count_rings(const LinkView& view) const;
    [[nodiscard]] Result<void> see_whether_it_waits(const LiveInput& input) const;

    LinkWatch watch_;
    std::optional<std::string> default_route_;
    std::vector<std::unique_ptr<LiveInput>> live_;
    std::vector<std::unique_ptr<FilesInput>> files_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace flowgauge
