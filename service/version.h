// What this program and the libraries that it runs with are.
#pragma once

#include <string>

namespace flowgauge {

// Several lines: flowgauge's version, then that of each linked library as it reports itself.
[[nodiscard]] std::string version_text();

}  // namespace flowgauge
