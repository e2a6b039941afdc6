// What the kernel says about this process.
#pragma once

#include "telemetry/sensor_statistics.h"

namespace flowgauge {

// Errors: what cannot be found out is 0.
[[nodiscard]] ProcessStatistics read_process_statistics();

}  // namespace flowgauge
