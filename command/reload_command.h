// `flowgauge reload`: has the running sensor load its configuration anew, and tells the verdict.
#pragma once

#include "service/exit_status.h"
#include "telemetry/reload_verdict.h"

#include <chrono>
#include <string>

namespace flowgauge {

struct ReloadOptions {
    std::string socket;  // empty: the default one
    std::chrono::milliseconds timeout{30'000};
};

// Returns kDone if the configuration is in force, kUsage if it was refused, kFailed without answer.
[[nodiscard]] ExitStatus reload_sensor(const ReloadOptions& options);

// The verdict as lines: what is in force now, what waits for a restart, or all that is wrong.
[[nodiscard]] std::string verdict_text(const ReloadVerdict& verdict);

}  // namespace flowgauge
