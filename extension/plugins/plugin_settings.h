// PluginSettings: one entry under `plugins:`.
#pragma once

#include <chrono>
#include <map>
#include <string>

namespace flowgauge {

// One of `builtin` and `file` is set.
struct PluginSettings {
    std::string name;     // for messages and metrics
    std::string builtin;  // one of those that are compiled in (plugins/builtin.h)
    std::string file;     // a shared object; without a slash it lies in plugin_directory()
    std::map<std::string, std::string> arguments;
    std::chrono::milliseconds budget{100};  // time of one call
};

}  // namespace flowgauge
