// What `flowgauge status` says of system visibility.
#pragma once

#include "command/status_rows.h"
#include "telemetry/sensor_statistics.h"

#include <vector>

namespace flowgauge {

// Empty while it is off. `before` is for rates, as in status_text().
[[nodiscard]] std::vector<StatusLine> process_lines(
    const SensorStatistics& before, const SensorStatistics& now
);

}  // namespace flowgauge
