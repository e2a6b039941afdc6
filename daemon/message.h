// Messages to the operator, on standard error.
#pragma once

#include <string_view>

namespace flowgauge {

// Prints "flowgauge: TEXT". Thread: any; lines do not mix.
void print_message(std::string_view text);

}  // namespace flowgauge
