// format(): text out of values, by a format string that is checked when compiled. The one place
// that names {fmt}, until the standard library of the oldest supported compiler has std::format.
#pragma once

#include <fmt/format.h>

namespace flowgauge {

using fmt::format;
using fmt::format_to;
using fmt::join;

}  // namespace flowgauge
