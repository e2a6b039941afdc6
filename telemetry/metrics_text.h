// metrics_text(): what Prometheus reads.
#pragma once

#include "telemetry/sensor_statistics.h"

#include <string>
#include <string_view>

namespace flowgauge {

// Content type of the text exposition format.
constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

// All of metric_table.h with samples in `statistics`, in the text format. Bytes of labels that are
// no UTF-8 become U+FFFD, because one of them would make a server refuse the whole scrape.
[[nodiscard]] std::string metrics_text(const SensorStatistics& statistics);

}  // namespace flowgauge
