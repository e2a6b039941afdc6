// What /healthz and /readyz answer.
#pragma once

#include "telemetry/sensor_statistics.h"

#include <string>

namespace flowgauge {

struct HealthAnswer {
    bool good = true;  // 200, else 503
    std::string body;  // {"healthy" or "ready": BOOL, "state": WORD, "reasons": [SENTENCE...]}
};

// Healthy: the control thread answers, and no worker stands still. What a restart would cure.
[[nodiscard]] HealthAnswer health_of(const SensorStatistics& statistics);

// Ready: running, with all that the configuration asks for at work. Reasons say what is not.
[[nodiscard]] HealthAnswer readiness_of(const SensorStatistics& statistics);

}  // namespace flowgauge
