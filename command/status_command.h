// `flowgauge status`: how the running sensor is, at a glance.
#pragma once

#include "service/exit_status.h"

#include <cstdint>
#include <string>

namespace flowgauge {

struct StatusOptions {
    std::string socket;               // empty: the default one
    bool json = false;                // the body of /api/v1/stats instead of text
    std::uint32_t watch_seconds = 0;  // again and again, until a signal; 0: once
};

// Returns kDone if the sensor is ready, kFailed if it is not or does not answer.
[[nodiscard]] ExitStatus show_status(const StatusOptions& options);

}  // namespace flowgauge
