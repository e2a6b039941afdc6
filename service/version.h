// What this program and the libraries that it runs with are.
#pragma once

#include <string>

namespace flowgauge {

// Several lines: flowgauge's version, then that of each linked library as it reports itself.
[[nodiscard]] std::string version_text();

// The parts that metrics and `status` show.
struct BuildVersion {
    std::string flowgauge;
    std::string ndpi;
    std::string compiler;
};
[[nodiscard]] BuildVersion build_version();

}  // namespace flowgauge
