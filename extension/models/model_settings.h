// ModelSettings: a model as the configuration has it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace flowgauge {

struct ModelSettings {
    std::string name;  // unique; the label `model` of metrics
    std::string file;
    std::vector<std::string> inputs;   // columns; empty: those that the file names
    std::vector<std::string> outputs;  // names of columns, behind "udps."; empty: the model's name
    std::uint64_t packets = 0;  // 0: predicts when the flow ends; else with that packet of it
};

}  // namespace flowgauge
