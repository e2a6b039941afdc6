// The list of top applications, or of top protocols and ports, as lines of text.
#pragma once

#include "export/terminal/table_options.h"
#include "export/terminal/traffic_groups.h"

#include <string>

namespace flowgauge {

// Appends a title, a heading and the groups of most bytes, then a row of all others. Ties are
// broken by packets, flows and name. Names are those of dissection, null without. No line is wider
// than 80.
void append_group_list(
    std::string& out,
    const TrafficGroups& groups,
    const TrafficSum& total,
    const ApplicationNames* names,
    const TableOptions& options
);

}  // namespace flowgauge
