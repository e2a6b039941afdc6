#include "command/status_command.h"

#include "command/sensor_client.h"
#include "command/standard_output.h"
#include "command/status_text.h"
#include "command/terminal.h"
#include "service/message.h"
#include "service/stop_signals.h"
#include "telemetry/statistics_json.h"

#include <unistd.h>

#include <chrono>
#include <optional>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::chrono::seconds kRateSpan{1};

ExitStatus status_of(const SensorStatistics& statistics) {
    return statistics.not_ready.empty() ? ExitStatus::kDone : ExitStatus::kFailed;
}

class StatusView {
public:
    explicit StatusView(const StatusOptions& options)
        : options_(options),
          client_(control_socket(options.socket)),
          terminal_(look_at_terminal(STDOUT_FILENO)) {}

    // Shows one status. Rates need two snapshots, so the first one takes a second.
    [[nodiscard]] ExitStatus show(const StopSignals& signals) {
        return options_.json ? show_json() : show_text(signals);
    }

private:
    [[nodiscard]] ExitStatus show_json() {
        Result<std::string> body = client_.statistics_json();
        if (!body) {
            return report_error(body.error());
        }
        Result<SensorStatistics> statistics = statistics_of_json(body.value());
        if (!statistics) {
            return report_error(statistics.error());
        }
        const ExitStatus written = write_standard_output(std::move(body).value() + "\n");
        return written == ExitStatus::kDone ? status_of(statistics.value()) : written;
    }

    [[nodiscard]] ExitStatus show_text(const StopSignals& signals) {
        if (!before_) {
            Result<SensorStatistics> first = client_.statistics();
            if (!first) {
                return report_error(first.error());
            }
            before_ = std::move(first).value();
            if (signals.wait(kRateSpan)) {
                return status_of(*before_);
            }
        }
        Result<SensorStatistics> now = client_.statistics();
        if (!now) {
            before_.reset();
            return report_error(now.error());
        }
        std::string text = status_text(*before_, now.value(), {.color = terminal_.bold});
        if (options_.watch_seconds != 0) {
            text =
                (terminal_.present ? "\x1b[H\x1b[2J" : "") + text + (terminal_.present ? "" : "\n");
        }
        before_ = std::move(now).value();
        const ExitStatus written = write_standard_output(text);
        return written == ExitStatus::kDone ? status_of(*before_) : written;
    }

    StatusOptions options_;
    SensorClient client_;
    Terminal terminal_;
    std::optional<SensorStatistics> before_;
};

}  // namespace

ExitStatus show_status(const StatusOptions& options) {
    const StopSignals signals;
    StatusView view(options);
    ExitStatus status = view.show(signals);
    while (options.watch_seconds != 0 && status != ExitStatus::kOutput &&
           !signals.wait(std::chrono::seconds(options.watch_seconds))) {
        status = view.show(signals);
    }
    return status;
}

}  // namespace flowgauge
