// A sensor's statistics and flows of which every field says something, for tests of what shows
// them.
#pragma once

#include "telemetry/sensor_statistics.h"

namespace flowgauge::test {

// Two inputs, one of them with an interface that is gone, three workers, two sinks of which one
// fails, messages, and everything that can be missing.
[[nodiscard]] SensorStatistics sensor_sample();

// The same sensor `seconds` later, with traffic at steady rates meanwhile.
[[nodiscard]] SensorStatistics sensor_sample_after(double seconds);

[[nodiscard]] FlowsSnapshot flows_sample();

}  // namespace flowgauge::test
