// `flowgauge read`: capture files become records.
#pragma once

#include "config/settings.h"
#include "service/exit_status.h"

namespace flowgauge {

[[nodiscard]] ExitStatus read_files(Settings settings);

}  // namespace flowgauge
