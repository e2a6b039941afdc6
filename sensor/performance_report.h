// PerformanceReport: NFStream's periodic line of JSON, from the counters of running workers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sensor/live_capture.h"

namespace flowgauge {

// One line with NFStream's keys; counters since the start of all workers together, and the packets
// of each as meters_packets_processing_balance.
[[nodiscard]] std::string performance_report(
    const std::vector<std::unique_ptr<LiveCapture>>& captures
);

}  // namespace flowgauge
