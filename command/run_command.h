// `flowgauge run`: live traffic becomes records.
#pragma once

#include "config/settings.h"

#include "service/exit_status.h"

namespace flowgauge {

[[nodiscard]] ExitStatus run_capture(Settings settings);

}  // namespace flowgauge
