// Reload: from a new configuration to what is in force, all or nothing.
#pragma once

#include "config/configuration.h"
#include "telemetry/reload_verdict.h"
#include "telemetry/sensor_statistics.h"

#include <functional>
#include <string>
#include <vector>

namespace flowgauge {

// Parts of the sensor that a reload changes. `check` may fail and changes nothing, `apply` cannot
// fail; all are checked before one applies.
struct ReloadStep {
    std::function<Result<void>(const Settings& fresh)> check;
    std::function<void(const Settings& fresh)> apply;
};

// Remembers with what the sensor was started and what was applied since. Thread: the control
// thread's.
class Reload {
public:
    Reload(
        LoadedConfiguration started, ConfigurationSources sources, std::vector<ReloadStep> steps
    );

    // Loads the configuration again. Any error refuses all of it; otherwise all keys that can
    // change while running apply together, and the others wait for a restart. Logs what it did.
    [[nodiscard]] ReloadVerdict run();

    [[nodiscard]] const ConfigStatistics& statistics() const noexcept { return statistics_; }

private:
    [[nodiscard]] ReloadVerdict refuse(const std::string& errors);
    [[nodiscard]] ReloadVerdict accept(LoadedConfiguration fresh);

    LoadedConfiguration started_;  // what cannot change stays as here
    LoadedConfiguration current_;  // what was loaded last
    ConfigurationSources sources_;
    std::vector<ReloadStep> steps_;
    ConfigStatistics statistics_;
};

}  // namespace flowgauge
