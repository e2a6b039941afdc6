#include "sensor/process_visibility.h"

#include "pipeline/attribution_stage.h"
#include "sensor/shard_clock.h"
#include "service/log.h"
#include "service/rights.h"

#include <chrono>
#include <utility>

namespace flowgauge {
namespace {

// Records come some time after their flow was silent for long enough: turns, queues.
constexpr std::chrono::seconds kRetentionBeyondIdle{5};

EventMode mode_of(VisibilityEvents events) noexcept {
    switch (events) {
    case VisibilityEvents::kAuto:
        return EventMode::kAuto;
    case VisibilityEvents::kPerf:
        return EventMode::kPerf;
    case VisibilityEvents::kBpf:
        return EventMode::kBpf;
    case VisibilityEvents::kOff:
        return EventMode::kOff;
    }
    return EventMode::kOff;
}

}  // namespace

Result<std::unique_ptr<ProcessVisibility>> ProcessVisibility::start(
    const Settings& settings, SystemClock& clock, std::size_t lanes
) {
    const VisibilitySettings& wanted = settings.visibility;
    auto shard_clock = std::make_shared<ShardClock>(clock, std::chrono::nanoseconds(0));
    PollerOptions options{
        .observer =
            {.events = mode_of(wanted.events),
             .own_namespace_only = wanted.own_namespace_only,
             .command_lines = wanted.cmdline,
             .clock =
                 [shard_clock] {
                     return static_cast<LookTime>(shard_clock->look());
                 }},
        .pace = pace_of(settings),
        .readers = lanes + 1,
        .give_up_rights =
            [all = !wanted.own_namespace_only] {
                // A failure is that of the unit's filter, which the control thread tells.
                static_cast<void>(drop_capabilities({.processes = true, .name_spaces = all}));
            },
        .tell =
            [](const std::string& sentence) {
                log_warning(sentence, {{"EVENT", "visibility"}});
            }};
    Result<std::unique_ptr<Poller>> poller = Poller::start(std::move(options));
    if (!poller) {
        return std::move(poller).error();
    }
    SnapshotReader& own = poller.value()->reader(lanes);
    return std::unique_ptr<ProcessVisibility>(
        new ProcessVisibility(std::move(poller).value(), clock, own, settings.meter.flow)
    );
}

void ProcessVisibility::connect(MeterLane& lane, std::size_t number) {
    lane.attribution->connect(poller_->reader(number), [poller = poller_.get()] {
        poller->hurry();
    });
}

Attribution ProcessVisibility::find(const Flow& flow) {
    own_.update();
    if (own_.snapshot() == nullptr) {
        return {};
    }
    FlowEnds ends = ends_of(flow, unit_, end_on_tcp_);
    const std::int64_t offset = clock_.era(clock_.steps()).offset;
    ends.first += offset;
    ends.last += offset;
    return own_.snapshot()->find(ends).attribution;
}

PollerPace ProcessVisibility::pace_of(const Settings& settings) {
    constexpr std::chrono::seconds kDefaultWithEvents{1};
    const VisibilitySettings& wanted = settings.visibility;
    return {
        .period = wanted.poll,
        .period_with_events = wanted.poll_is_default ? kDefaultWithEvents : wanted.poll,
        .max_cpu_percent = wanted.max_cpu_percent,
        .retention = settings.meter.flow.idle_timeout + kRetentionBeyondIdle};
}

}  // namespace flowgauge
