#include "sensor/sensor.h"

#include "core/base/format.h"
#include "sensor/performance_report.h"
#include "service/log.h"
#include "service/message.h"
#include "service/notify.h"
#include "service/rights.h"

#include <algorithm>
#include <csignal>

namespace flowgauge {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kLookOften{50};
constexpr milliseconds kLookEach{1000};

// A worker that turns takes part of this; one that does not is stuck.
constexpr std::chrono::seconds kPatience{10};

// Beside systemd's period: three chances to say that all is well.
constexpr int kWatchdogShare = 3;

// Workers answer within some turns; one that is stuck must not keep a client waiting.
constexpr milliseconds kFlowsPatience{2000};
constexpr milliseconds kFlowsLook{10};
constexpr std::size_t kPendingFlowsMax = 8;

std::int64_t now_ms() {
    using std::chrono::system_clock;
    return std::chrono::duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

Clock::duration worker_patience() {
    const auto period = watchdog_period();
    return period ? std::min<Clock::duration>(kPatience, *period / kWatchdogShare) : kPatience;
}

NeededRights rights_for(const Settings& settings) {
    NeededRights needed;
    for (const InputSettings& input : settings.inputs) {
        needed.capture = needed.capture || input.files.empty();
        needed.busy_poll = needed.busy_poll || input.busy_poll.count() > 0;
        needed.placement = needed.placement || !input.cpus.empty();
    }
    return needed;
}

}  // namespace

Sensor::Sensor(LoadedConfiguration configuration, const StopSignals& signals)
    : is_ad_hoc_(configuration.path.empty()),
      settings_(std::move(configuration.settings)),
      signals_(signals),
      clock_(machine_clock_),
      clock_watch_(clock_, std::chrono::milliseconds(0)),
      watch_(worker_patience()),
      start_ms_(now_ms()) {}

Sensor::~Sensor() {
    server_.reset();  // before the loop that it lives in
}

Result<std::unique_ptr<Sensor>> Sensor::open(
    LoadedConfiguration configuration, ConfigurationSources sources, const StopSignals& signals
) {
    const LoadedConfiguration started = configuration;
    std::unique_ptr<Sensor> sensor(new Sensor(std::move(configuration), signals));
    if (Result<void> opened = sensor->open_http(); !opened) {
        return std::move(opened).error();
    }
    if (Result<void> looks = sensor->start_visibility(); !looks) {
        return std::move(looks).error();
    }
    const NeededRights needed = rights_for(sensor->settings_);
    if (Result<void> dropped = drop_capabilities(needed); !dropped) {
        log_warning(dropped.error().message);  // the unit's filter: systemd/README.md
    }
    sensor->missing_rights_ = missing_rights(needed);
    if (needed.capture && !missing_rights({.capture = true, .busy_poll = false}).empty()) {
        return Error{ErrorKind::kSystem, sensor->missing_rights_.front()};
    }
    if (Result<void> opened = sensor->open_pipeline(); !opened) {
        return std::move(opened).error();
    }
    sensor->reload_ = std::make_unique<Reload>(started, std::move(sources), sensor->reload_steps());
    return sensor;
}

// While there are all rights: its thread keeps those that this one gives up.
Result<void> Sensor::start_visibility() {
    if (!settings_.meter.attribution) {
        return {};
    }
    Result<std::unique_ptr<ProcessVisibility>> visibility =
        ProcessVisibility::start(settings_, clock_, Inputs::count_lanes(settings_));
    if (!visibility) {
        return std::move(visibility).error();
    }
    visibility_ = std::move(visibility).value();
    return {};
}

Result<void> Sensor::open_pipeline() {
    settings_.meter.dissection.count_applications = true;
    extension_watch_.watch(settings_.meter.extension);
    Result<std::unique_ptr<ExportLine>> line =
        ExportLine::open(settings_, Inputs::count_lanes(settings_), RowOrder::kAsTheyCome);
    if (!line) {
        return std::move(line).error();
    }
    line_ = std::move(line).value();
    Result<std::unique_ptr<Inputs>> inputs =
        Inputs::open(settings_, *line_, clock_, visibility_.get());
    if (!inputs) {
        return std::move(inputs).error();
    }
    inputs_ = std::move(inputs).value();
    return {};
}

ExitStatus Sensor::run() {
    set_callbacks();
    if (Result<void> started = inputs_->start(stop_); !started) {
        stop(EndReason::kShutdown, report_error(started.error()));
    } else {
        state_ = SensorState::kRunning;
        log_info(
            settings_.output.sink.encoder.format == RecordFormat::kTable && settings_.sinks.empty()
                ? "ready: capturing; Ctrl-C ends it and shows the table"
                : "ready: capturing",
            {{"EVENT", "ready"}}
        );
        notify_ready();
    }
    loop_.run();
    drainer_.join();
    ended_ = Clock::now();
    if (!written_) {
        status_ = worse(status_, report_error(written_.error()));
    }
    return status_;
}

void Sensor::set_callbacks() {
    next_report_ = began_ + settings_.performance_report;
    loop_.on_readable(signals_.descriptor(), [this] {
        signals_.take();
        stop(EndReason::kShutdown, ExitStatus::kDone);
    });
    loop_.on_readable(inputs_->link_descriptor(), [this] { inputs_->follow_links(); });
    loop_.on_signal(SIGHUP, [this](int /*signal*/) {
        static_cast<void>(reload());
        line_->reopen();
    });
    loop_.every(kLookOften, [this] { look_often(); });
    loop_.every(kLookEach, [this] { look_each_second(); });
}

void Sensor::look_often() {
    if (line_->state() == Sink::State::kFull) {
        stop(EndReason::kMaxNflows, ExitStatus::kDone);
    } else if (line_->state() == Sink::State::kFailed) {
        stop(EndReason::kShutdown, ExitStatus::kOutput);
    } else if (inputs_->is_done()) {
        stop(EndReason::kEndOfInput, ExitStatus::kDone);
    }
    if (settings_.performance_report.count() > 0 && Clock::now() >= next_report_) {
        next_report_ += settings_.performance_report;
        print_bare(performance_report(statistics()));
    }
}

void Sensor::look_each_second() {
    log_left_out();  // also when nothing else is said
    extension_watch_.tell();
    line_->set_ignored_packets(ignored_packets());
    if (stop_.requested.load(std::memory_order_relaxed)) {
        notify_watchdog();  // draining takes as long as the sinks do
        return;
    }
    follow_clock();
    if (Result<void> opened = inputs_->retry(); !opened) {
        stop(EndReason::kShutdown, report_error(opened.error()));
        return;
    }
    watch_.look(inputs_->live_turns(), Clock::now());
    const SensorStatistics now = statistics();
    if (watch_.stalled() > 0) {
        log_error(
            format("{} of {} workers are stuck", watch_.stalled(), inputs_->live_turns().size()),
            {{"EVENT", "stalled"}}
        );
    } else {
        notify_watchdog();
    }
    notify_status(status_line(now));
}

// Between packets nobody else may look at the clock for long.
void Sensor::follow_clock() {
    const std::uint64_t before = steps_told_;
    clock_watch_.look();
    steps_told_ = clock_.steps();
    if (steps_told_ > before) {
        const std::int64_t ahead = -clock_.era(steps_told_).offset;
        log_warning(
            format(
                "the system's clock was set; {:+.3f} s since the start; flows do not feel it",
                static_cast<double>(ahead) / static_cast<double>(kNanosecondsPerSecond)
            ),
            {{"EVENT", "clock_step"}}
        );
    }
}

ReloadVerdict Sensor::reload() {
    if (state_ != SensorState::kRunning) {
        return {.ok = false, .applied = {}, .restart = {}, .errors = {"the sensor is not running"}};
    }
    state_ = SensorState::kReloading;
    notify_reloading();
    ReloadVerdict verdict = reload_->run();
    state_ = SensorState::kRunning;
    notify_ready();
    return verdict;
}

// What can fail is tried first; a file that has gone between check and apply is the one thing left.
std::vector<ReloadStep> Sensor::reload_steps() {
    const auto valid = [](const Settings& /*fresh*/) {
        return Result<void>();
    };
    return {
        extension_watch_.reload_step(),
        {.check = [this](const Settings& fresh) { return inputs_->check_filters(fresh); },
         .apply =
             [this](const Settings& fresh) {
                 inputs_->apply(fresh);
                 if (visibility_ != nullptr) {
                     visibility_->change(fresh);
                 }
             }},
        {.check =
             [this](const Settings& fresh) {
                 return server_ == nullptr ? Result<void>()
                                           : server_->replace_credentials(
                                                 {.cert_file = fresh.http.tls.cert_file,
                                                  .key_file = fresh.http.tls.key_file,
                                                  .client_ca_file = fresh.http.tls.client_ca_file},
                                                 fresh.http.user,
                                                 fresh.http.password_file
                                             );
             },
         .apply =
             [](const Settings& /*fresh*/) {
             }},
        {.check = [this](const Settings& fresh) { return line_->check(fresh); },
         .apply =
             [this](const Settings& fresh) {
                 line_->change(fresh);
             }},
        {.check = valid, .apply = [](const Settings& fresh) {
             set_log_options(
                 {.level = fresh.logging.level,
                  .format = fresh.logging.format,
                  .rate_limit = fresh.logging.rate_limit}
             );
         }}};
}

void Sensor::stop(EndReason reason, ExitStatus status) {
    status_ = worse(status_, status);
    if (stop_.requested.load(std::memory_order_relaxed)) {
        return;
    }
    state_ = SensorState::kStopping;
    notify_stopping();
    log_info("stopping: ending all flows and writing them", {{"EVENT", "stopping"}});
    stop_.reason = reason;
    stop_.requested = true;
    drain();
}

// On a thread of its own, so that metrics can be read to the end.
void Sensor::drain() {
    line_->drain();
    drainer_ = std::jthread([this] {
        inputs_->join();
        written_ = line_->join();
        loop_.stop();
    });
}

// More requests at one time than kPendingFlowsMax get an answer without flows.
void Sensor::answer_flows(std::size_t limit, const std::function<void(FlowsSnapshot)>& respond) {
    auto pending = std::make_shared<PendingFlows>();
    if (pending_flows_ < kPendingFlowsMax && !stop_.requested.load(std::memory_order_relaxed)) {
        *pending = inputs_->request_flows(limit);
    }
    ++pending_flows_;
    wait_for_flows(pending, limit, Clock::now() + kFlowsPatience, respond);
}

void Sensor::wait_for_flows(
    const std::shared_ptr<PendingFlows>& pending,
    std::size_t limit,
    Clock::time_point deadline,
    const std::function<void(FlowsSnapshot)>& respond
) {
    if (pending->is_complete() || Clock::now() >= deadline) {
        --pending_flows_;
        const auto names = line_->application_names();
        respond(answer_of(*pending, limit, {.unit = settings_.meter.flow.time_unit, .names = names.get(), .attribution = visibility_ == nullptr ? LiveAttribution() : [this](const Flow& flow) {
                                                return visibility_->find(flow);
                                            }}));
        return;
    }
    loop_.after(kFlowsLook, [this, pending, limit, deadline, respond] {
        wait_for_flows(pending, limit, deadline, respond);
    });
}

}  // namespace flowgauge
