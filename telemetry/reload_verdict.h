// ReloadVerdict: what became of an attempt to load the configuration anew.
#pragma once

#include <string>
#include <vector>

namespace flowgauge {

struct ReloadVerdict {
    bool ok = false;                   // false: all of it was refused, and nothing has changed
    std::vector<std::string> applied;  // keys in force with new values
    std::vector<std::string> restart;  // keys whose new values wait for a restart
    std::vector<std::string> errors;   // why it was refused, FILE:LINE:COLUMN: PATH: MESSAGE
};

}  // namespace flowgauge
