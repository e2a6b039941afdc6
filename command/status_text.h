// What `flowgauge status` shows, as a pure function of two snapshots.
#pragma once

#include "telemetry/sensor_statistics.h"

#include <string>

namespace flowgauge {

struct TextStyle {
    bool color = false;
};

// Inputs, rates, losses, flows, sinks, configuration, what there is to mend, and the last messages.
// Rates lie between the snapshots; all else is that of `now`. What comes from outside is printable.
[[nodiscard]] std::string status_text(
    const SensorStatistics& before, const SensorStatistics& now, const TextStyle& style
);

}  // namespace flowgauge
