#include "sensor/inputs.h"

#include "core/base/format.h"
#include "pipeline/worker_count.h"
#include "service/log.h"

#include <algorithm>

namespace flowgauge {
namespace {

std::uint32_t workers_of(const InputSettings& input) {
    return input.files.empty() ? worker_count(input.workers) : 1;
}

// The input of `fresh` with that name; a reload does not apply what has other inputs.
const InputSettings* find_input(const Settings& fresh, const std::string& name) {
    const auto found = std::ranges::find(fresh.inputs, name, &InputSettings::name);
    return found == fresh.inputs.end() ? nullptr : &*found;
}

bool must_be_there(const InputSettings& input) {
    return input.wait_for && input.wait_for->count() == 0;
}

}  // namespace

std::uint32_t Inputs::count_lanes(const Settings& settings) {
    std::uint32_t lanes = 0;
    for (const InputSettings& input : settings.inputs) {
        lanes += workers_of(input);
    }
    return lanes;
}

Result<std::unique_ptr<Inputs>> Inputs::open(
    const Settings& settings, ExportLine& line, SystemClock& clock, ProcessVisibility* visibility
) {
    Result<LinkWatch> watch = LinkWatch::open();
    if (!watch) {
        return std::move(watch).error();
    }
    std::unique_ptr<Inputs> inputs(new Inputs(std::move(watch).value()));
    std::size_t next_lane = 0;
    for (const InputSettings& input : settings.inputs) {
        std::vector<MeterLane*> lanes;
        for (std::uint32_t i = 0; i < workers_of(input); ++i) {
            lanes.push_back(&line.lane(next_lane++));
        }
        if (!input.files.empty()) {
            lanes.front()->outlet.set_waits(true);
            Result<std::unique_ptr<FilesInput>> files =
                FilesInput::open(settings, input, *lanes.front(), line);
            if (!files) {
                return std::move(files).error();
            }
            inputs->files_.push_back(std::move(files).value());
            continue;
        }
        for (std::size_t i = 0; visibility != nullptr && i < lanes.size(); ++i) {
            visibility->connect(*lanes[i], next_lane - lanes.size() + i);
        }
        Result<std::unique_ptr<LiveInput>> live =
            LiveInput::open(settings, input, lanes, *line.interfaces(), clock);
        if (!live) {
            return std::move(live).error();
        }
        inputs->live_.push_back(std::move(live).value());
    }
    const LinkView view = inputs->view();
    const std::uint32_t rings = inputs->count_rings(view);
    for (const std::unique_ptr<LiveInput>& live : inputs->live_) {
        if (Result<void> opened = live->reconcile(view, rings); !opened) {
            return std::move(opened).error();
        }
        if (Result<void> waits = inputs->see_whether_it_waits(*live); !waits) {
            return std::move(waits).error();
        }
    }
    return inputs;
}

// At the start a failure is the operator's to mend; later it is tried again.
Result<void> Inputs::see_whether_it_waits(const LiveInput& input) const {
    if (input.is_capturing()) {
        return {};
    }
    if (must_be_there(input.settings())) {
        return Error{ErrorKind::kUsage, why_none(input.settings().interface, watch_.links())};
    }
    log_warning(
        format("input {} waits: {}", input.settings().name, input.statistics().problem),
        {{"INPUT", input.settings().name}, {"EVENT", "waiting"}}
    );
    return {};
}

Result<void> Inputs::start(const StopRequest& stop) {
    for (const std::unique_ptr<LiveInput>& input : live_) {
        input->start(stop);
    }
    for (const std::unique_ptr<FilesInput>& input : files_) {
        input->start(stop);
    }
    Result<void> result;
    for (const std::unique_ptr<LiveInput>& input : live_) {
        if (Result<void> opened = input->open_gates(); !opened && result) {
            result = std::move(opened);
        }
    }
    return result;
}

void Inputs::join() {
    for (const std::unique_ptr<LiveInput>& input : live_) {
        input->join();
    }
    for (const std::unique_ptr<FilesInput>& input : files_) {
        input->join();
    }
}

LinkView Inputs::view() {
    default_route_ = watch_.default_route_interface();
    return {.links = watch_.links(), .default_route = default_route_};
}

std::uint32_t Inputs::count_rings(const LinkView& view) const {
    std::size_t rings = 0;
    for (const std::unique_ptr<LiveInput>& input : live_) {
        rings += input->count_selected(view) * input->workers().size();
    }
    return static_cast<std::uint32_t>(rings);
}

void Inputs::follow_links() {
    const std::vector<LinkEvent> events = watch_.read();
    if (events.empty()) {
        return;
    }
    for (const std::unique_ptr<LiveInput>& input : live_) {
        for (const LinkEvent& event : events) {
            input->hear(event);
        }
    }
    static_cast<void>(retry());
}

Result<void> Inputs::retry() {
    const LinkView now = view();
    const auto waited = std::chrono::steady_clock::now() - began_;
    Result<void> result;
    for (const std::unique_ptr<LiveInput>& input : live_) {
        if (Result<void> opened = input->reconcile(now, 0); !opened) {
            log_error(
                format(
                    "input {}: {}; it is tried again",
                    input->settings().name,
                    opened.error().message
                ),
                {{"INPUT", input->settings().name}}
            );
        }
        const InputSettings& settings = input->settings();
        if (settings.wait_for && waited > *settings.wait_for && !input->has_captured() && result) {
            result = Error{
                ErrorKind::kSystem,
                format("input {}: {}", settings.name, why_none(settings.interface, now.links))};
        }
    }
    return result;
}

bool Inputs::is_done() const noexcept {
    return live_.empty() &&
           std::ranges::all_of(files_, [](const auto& input) { return input->is_done(); });
}

Result<void> Inputs::check_filters(const Settings& fresh) const {
    for (const std::unique_ptr<LiveInput>& input : live_) {
        const InputSettings* settings = find_input(fresh, input->settings().name);
        if (settings == nullptr) {
            continue;
        }
        if (Result<void> valid = input->check_filter(settings->capture.bpf_filter); !valid) {
            return std::move(valid).error().within("inputs." + settings->name + ".bpf_filter");
        }
    }
    return {};
}

void Inputs::apply(const Settings& fresh) {
    const FlowOptions& flow = fresh.meter.flow;
    const auto live = std::make_shared<const LiveSettings>(LiveSettings{
        .idle_timeout = flow.idle_timeout,
        .active_timeout = flow.active_timeout,
        .shed = fresh.meter.dissection.shed});
    for (const std::unique_ptr<LiveInput>& input : live_) {
        input->send(live);
        const InputSettings* settings = find_input(fresh, input->settings().name);
        if (settings == nullptr ||
            settings->capture.bpf_filter == input->settings().capture.bpf_filter) {
            continue;
        }
        if (Result<void> replaced = input->replace_filter(settings->capture.bpf_filter);
            !replaced) {
            log_error(replaced.error().message, {{"INPUT", settings->name}});
        }
    }
    for (const std::unique_ptr<FilesInput>& input : files_) {
        input->set_timeouts(flow.idle_timeout, flow.active_timeout);
        if (const InputSettings* settings = find_input(fresh, input->settings().name)) {
            input->replace_filter(settings->capture.bpf_filter);
        }
    }
}

PendingFlows Inputs::request_flows(std::size_t limit) {
    PendingFlows pending;
    for (const std::unique_ptr<LiveInput>& input : live_) {
        for (std::shared_ptr<FlowsRequest>& request : input->request_flows(limit)) {
            pending.requests.push_back(std::move(request));
            pending.inputs.push_back(input->settings().name);
        }
    }
    return pending;
}

void Inputs::collect(SensorStatistics& statistics) const {
    for (const std::unique_ptr<LiveInput>& input : live_) {
        statistics.inputs.push_back(input->statistics());
        for (std::uint32_t i = 0; i < input->workers().size(); ++i) {
            statistics.workers.push_back(
                {.input = input->settings().name,
                 .worker = i,
                 .counters = input->workers()[i]->counters()}
            );
        }
    }
    for (const std::unique_ptr<FilesInput>& input : files_) {
        statistics.inputs.push_back(input->statistics());
        statistics.workers.push_back(
            {.input = input->settings().name, .worker = 0, .counters = input->counters()}
        );
    }
}

std::vector<std::uint64_t> Inputs::live_turns() const {
    std::vector<std::uint64_t> turns;
    for (const std::unique_ptr<LiveInput>& input : live_) {
        for (const std::unique_ptr<LiveWorker>& worker : input->workers()) {
            turns.push_back(worker->counters().turns);
        }
    }
    return turns;
}

}  // namespace flowgauge
