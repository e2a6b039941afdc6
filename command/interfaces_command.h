// `flowgauge interfaces`: what can be captured on this host, and what stands in the way.
#pragma once

#include "service/exit_status.h"

namespace flowgauge {

// Needs no privilege.
[[nodiscard]] ExitStatus show_interfaces(bool json);

}  // namespace flowgauge
