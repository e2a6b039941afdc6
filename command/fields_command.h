// `flowgauge fields`: the table of columns, for people.
#pragma once

#include "service/exit_status.h"

namespace flowgauge {

[[nodiscard]] ExitStatus list_fields(bool markdown);

}  // namespace flowgauge
