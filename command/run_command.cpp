#include "command/run_command.h"

#include "command/output_format.h"
#include "pipeline/export_line.h"
#include "sensor/sensor.h"
#include "service/log.h"
#include "service/message.h"
#include "service/stop_signals.h"

#include <unistd.h>

namespace flowgauge {

namespace {

// Nobody says what to capture: what leads out of this machine.
InputSettings automatic_input(const Settings& settings) {
    InputSettings input;
    input.name = "auto";
    input.interface = "auto";
    input.workers = settings.workers;
    input.capture = settings.capture;
    return input;
}

}  // namespace

ExitStatus run_capture(LoadedConfiguration configuration, const ConfigurationSources& sources) {
    Settings& settings = configuration.settings;
    if (settings.inputs.empty()) {
        settings.inputs.push_back(automatic_input(settings));
    }
    const std::string summary_path = settings.output.summary_path;
    settle_format(settings, look_at_terminal(STDOUT_FILENO), InputKind::kLive);
    set_log_options(
        {.level = settings.logging.level,
         .format = settings.logging.format,
         .rate_limit = settings.logging.rate_limit}
    );
    const StopSignals signals;  // blocks them before any thread is made
    Result<std::unique_ptr<Sensor>> sensor =
        Sensor::open(std::move(configuration), sources, signals);
    if (!sensor) {
        return report_error(sensor.error());
    }
    const ExitStatus status = sensor.value()->run();
    if (Result<void> reported = report(sensor.value()->summary(), summary_path); !reported) {
        return worse(status, report_error(reported.error()));
    }
    return status;
}

}  // namespace flowgauge
