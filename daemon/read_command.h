// `flowgauge read`: capture files become records.
#pragma once

#include "config/settings.h"
#include "daemon/exit_status.h"

namespace flowgauge {

[[nodiscard]] ExitStatus read_files(Settings settings);

}  // namespace flowgauge
