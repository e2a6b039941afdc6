// NFStream's performance report: one line of JSON.
#pragma once

#include "telemetry/sensor_statistics.h"

#include <string>

namespace flowgauge {

// With NFStream's keys, over all workers.
[[nodiscard]] std::string performance_report(const SensorStatistics& statistics);

}  // namespace flowgauge
