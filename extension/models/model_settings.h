// ModelSettings: what an operator says of one model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace flowgauge {

struct ModelSettings {
    std::string name;  // of the model; the prediction's column unless `outputs` says another
    std::string file;  // as docs/MODELS.md has it

    // Columns that the model reads, in its order; empty: those that the file names.
    std::vector<std::string> inputs;

    // Columns that it gives: the prediction; then its probability; or then the probability of each
    // class. Empty: the prediction alone.
    std::vector<std::string> outputs;

    // 0: when the flow ends. N: with its N-th packet, or at the end of a shorter flow.
    std::uint64_t packets = 0;
};

}  // namespace flowgauge
