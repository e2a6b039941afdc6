// ProcessVisibility: the poller of sockets as the sensor runs it, and what the control thread asks
// it.
#pragma once

#include "config/settings.h"
#include "core/base/result.h"
#include "core/flow/flow.h"
#include "pipeline/export_line.h"
#include "sensor/system_clock.h"
#include "visibility/poller.h"

#include <cstddef>
#include <memory>

namespace flowgauge {

// Thread: the control thread's. Ownership: owns the poller; refers to the clock.
class ProcessVisibility {
public:
    // Starts looking, with all rights that this thread has now; the poller gives up what it does
    // not need. `lanes`: of the export line. Errors: no procfs.
    [[nodiscard]] static Result<std::unique_ptr<ProcessVisibility>> start(
        const Settings& settings, SystemClock& clock, std::size_t lanes
    );

    // The records of a live worker are attributed. Requires: no packet has come yet.
    void connect(MeterLane& lane, std::size_t number);

    // What a reload may change.
    void change(const Settings& fresh) { poller_->change(pace_of(fresh)); }

    // Who is at the ends of a flow that lives, as far as it is known now. Its times are the
    // system's.
    [[nodiscard]] Attribution find(const Flow& flow);

    [[nodiscard]] PollerCounters counters() const noexcept { return poller_->counters(); }
    [[nodiscard]] VisibilityState state() const { return poller_->state(); }

private:
    ProcessVisibility(
        std::unique_ptr<Poller> poller,
        SystemClock& clock,
        SnapshotReader& own,
        const FlowOptions& flow
    ) noexcept
        : poller_(std::move(poller)),
          clock_(clock),
          own_(own),
          unit_(flow.time_unit),
          end_on_tcp_(flow.end_on_tcp) {}

    [[nodiscard]] static PollerPace pace_of(const Settings& settings);

    std::unique_ptr<Poller> poller_;
    SystemClock& clock_;
    SnapshotReader& own_;
    TimeUnit unit_;
    EndOnTcp end_on_tcp_;
};

}  // namespace flowgauge
