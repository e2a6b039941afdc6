// `flowgauge run`: captures until a signal.
#pragma once

#include "config/configuration.h"
#include "service/exit_status.h"

namespace flowgauge {

// Returns when a signal came, or `max_nflows` records were written. Every flow has been written
// then. A reload loads `sources` again.
[[nodiscard]] ExitStatus run_capture(
    LoadedConfiguration configuration, const ConfigurationSources& sources
);

}  // namespace flowgauge
