// What features, plugins and models of a run have done.
#pragma once

#include "telemetry/sensor_statistics.h"

namespace flowgauge {

class RecordExtension;

// Nothing for null. Thread: any.
[[nodiscard]] ExtensionStatistics statistics_of(const RecordExtension* extension);

}  // namespace flowgauge
