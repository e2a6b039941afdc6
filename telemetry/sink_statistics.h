// SinkStatistics out of what a sink says about itself.
#pragma once

#include "export/sink/sink_numbers.h"
#include "telemetry/sensor_statistics.h"

namespace flowgauge {

// Sets all numbers; names and `problem` are the caller's. Every reason of RecordLoss is present.
void set_numbers(SinkStatistics& statistics, const SinkReading& reading);

}  // namespace flowgauge
