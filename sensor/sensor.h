// Sensor: the running daemon: inputs, the way out, HTTP, reload, and the control thread's loop
// around them.
#pragma once

#include "config/configuration.h"
#include "control/event_loop.h"
#include "control/http_server.h"
#include "core/base/result.h"
#include "pipeline/export_line.h"
#include "pipeline/run_summary.h"
#include "sensor/extension_watch.h"
#include "sensor/flows_answer.h"
#include "sensor/inputs.h"
#include "sensor/process_visibility.h"
#include "sensor/reload.h"
#include "sensor/stop_request.h"
#include "sensor/system_clock.h"
#include "sensor/worker_watch.h"
#include "service/exit_status.h"
#include "service/stop_signals.h"
#include "telemetry/sensor_statistics.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace flowgauge {

// Thread: the control thread's, which is the one that calls run(). Ownership: owns everything.
class Sensor {
public:
    // Opens all that the configuration asks for; captures nothing yet. `signals` were blocked
    // before any thread was made. Gives up capabilities that are not needed.
    [[nodiscard]] static Result<std::unique_ptr<Sensor>> open(
        LoadedConfiguration configuration, ConfigurationSources sources, const StopSignals& signals
    );
    ~Sensor();
    Sensor(const Sensor&) = delete;
    Sensor& operator=(const Sensor&) = delete;

    // Captures until a signal, until `max_nflows` records were written, or until the files are
    // read; then drains: every flow is written. Returns what has failed.
    [[nodiscard]] ExitStatus run();

    // What the run did. Requires: run() has returned.
    [[nodiscard]] RunSummary summary() const;

private:
    Sensor(LoadedConfiguration configuration, const StopSignals& signals);

    [[nodiscard]] Result<void> open_http();
    [[nodiscard]] Result<void> open_first(
        const std::vector<HttpServerOptions>& attempts, bool may_go_without
    );
    [[nodiscard]] HttpHandler routes();
    [[nodiscard]] Result<void> start_visibility();
    [[nodiscard]] Result<void> open_pipeline();
    [[nodiscard]] std::vector<ReloadStep> reload_steps();
    void set_callbacks();
    void look_often();
    void look_each_second();
    void follow_clock();
    [[nodiscard]] ReloadVerdict reload();
    void answer_flows(std::size_t limit, const std::function<void(FlowsSnapshot)>& respond);
    void wait_for_flows(
        const std::shared_ptr<PendingFlows>& pending,
        std::size_t limit,
        std::chrono::steady_clock::time_point deadline,
        const std::function<void(FlowsSnapshot)>& respond
    );
    void stop(EndReason reason, ExitStatus status);
    void drain();

    [[nodiscard]] SensorStatistics statistics() const;
    [[nodiscard]] std::uint64_t ignored_packets() const;
    void add_applications(SensorStatistics& statistics) const;
    void add_visibility(SensorStatistics& statistics) const;
    void add_readiness(SensorStatistics& statistics) const;
    void add_sinks(SensorStatistics& statistics) const;
    [[nodiscard]] static std::string status_line(const SensorStatistics& statistics);

    bool is_ad_hoc_;     // no configuration file: tried at a terminal
    Settings settings_;  // as started; what a reload changes is in the parts
    ConfigurationSources sources_;
    const StopSignals& signals_;
    MachineClock machine_clock_;
    SystemClock clock_;
    ShardClock clock_watch_;  // of no shard: notices that the clock was set while no packet comes
    std::uint64_t steps_told_ = 0;
    EventLoop loop_;
    std::unique_ptr<ProcessVisibility> visibility_;  // null: off
    std::unique_ptr<ExportLine> line_;
    std::unique_ptr<Inputs> inputs_;
    std::unique_ptr<HttpServer> server_;
    std::unique_ptr<Reload> reload_;
    WorkerWatch watch_;
    ExtensionWatch extension_watch_;
    StopRequest stop_;
    SensorState state_ = SensorState::kStarting;
    ExitStatus status_ = ExitStatus::kDone;
    std::vector<std::string> missing_rights_;
    std::size_t pending_flows_ = 0;
    Result<void> written_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point ended_;
    std::chrono::steady_clock::time_point next_report_;
    std::int64_t start_ms_ = 0;
    std::jthread drainer_;
};

}  // namespace flowgauge
