// What `flowgauge status` says of plugins and models.
#pragma once

#include "command/status_rows.h"
#include "telemetry/sensor_statistics.h"

#include <vector>

namespace flowgauge {

// Nothing where there are none.
[[nodiscard]] std::vector<StatusLine> extension_lines(const SensorStatistics& now);

}  // namespace flowgauge
