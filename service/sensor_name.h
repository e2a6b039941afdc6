// What this sensor is called, in metrics, messages and records that go elsewhere.
#pragma once

#include <string>

namespace flowgauge {

// The name of the configuration; "auto" is the host's.
[[nodiscard]] std::string sensor_name(const std::string& configured);

}  // namespace flowgauge
