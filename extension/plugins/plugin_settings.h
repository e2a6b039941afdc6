// PluginSettings: a native plugin as the configuration has it.
#pragma once

#include <chrono>
#include <map>
#include <string>

namespace flowgauge {

// Of `builtin` and `file` one is set.
struct PluginSettings {
    std::string name;     // unique; the label `plugin` of metrics
    std::string builtin;  // splt, flow_slicer, dhcp, mdns, ja4, wf
    std::string file;     // of a shared object; without a slash in the directory of plugins
    std::map<std::string, std::string> arguments;
    std::chrono::milliseconds budget{100};  // of one call
};

}  // namespace flowgauge
