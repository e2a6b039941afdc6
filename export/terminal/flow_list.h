// The list of top flows as lines of text: columns as wide as their content, if the terminal lets
// them.
#pragma once

#include "core/base/time.h"
#include "export/terminal/table_options.h"
#include "export/terminal/top_flows.h"

#include <cstdint>
#include <string>
#include <vector>

namespace flowgauge {

// "TCP", "ICMP6", or the number.
[[nodiscard]] std::string protocol_name(std::uint8_t protocol);

// Appends a heading and the rows. Names are those of dissection, null without. A flow whose ends do
// not fit beside each other takes a second line for its destination, so that addresses stay whole.
// No line is wider than the terminal, whatever the rows hold.
void append_flow_list(
    std::string& out,
    const std::vector<FlowRow>& rows,
    const ApplicationNames* names,
    TimeUnit unit,
    const TableOptions& options
);

}  // namespace flowgauge
