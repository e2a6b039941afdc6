// What the sensor knows about itself as JSON, and the way back: the bodies of /api/v1/stats,
// /api/v1/flows and /api/v1/reload, which `status`, `top`, `reload` and the page read.
#pragma once

#include "core/base/result.h"
#include "telemetry/reload_verdict.h"
#include "telemetry/sensor_statistics.h"

#include <string>
#include <string_view>

namespace flowgauge {

// Objects with the names of the structs, in their order. Counters are whole numbers, exact to 64
// bits; counts by reason are objects by the reason's word, all reasons present. Text that is no
// UTF-8 gets U+FFFD in place of what is wrong.
[[nodiscard]] std::string to_json(const SensorStatistics& statistics);
[[nodiscard]] std::string to_json(const FlowsSnapshot& flows);
[[nodiscard]] std::string to_json(const ReloadVerdict& verdict);

// A sensor of another version may answer: names that are not known are skipped, and what is absent
// keeps its default. Errors: text that is no JSON, is deeper or longer than a sensor's answer ever
// is, or has a value of the wrong type or range, with the place of it.
[[nodiscard]] Result<SensorStatistics> statistics_of_json(std::string_view text);
[[nodiscard]] Result<FlowsSnapshot> flows_of_json(std::string_view text);
[[nodiscard]] Result<ReloadVerdict> reload_verdict_of_json(std::string_view text);

}  // namespace flowgauge
