// `flowgauge top`: a live view of the running sensor.
#pragma once

#include "command/top_screen.h"
#include "service/exit_status.h"

#include <string>

namespace flowgauge {

struct TopOptions {
    std::string socket;  // empty: the default one
    bool once = false;   // one screen as text, on standard output
    TopState state;      // to begin with
};

// Returns kDone when the viewer quits, kFailed if no sensor answers at the start.
[[nodiscard]] ExitStatus show_top(const TopOptions& options);

}  // namespace flowgauge
