// FeatureSettings: a computed feature as the configuration has it.
#pragma once

#include <string>

namespace flowgauge {

struct FeatureSettings {
    std::string name;        // of its column, behind "udps."
    std::string expression;  // docs/FEATURES.md

    bool operator==(const FeatureSettings&) const = default;
};

}  // namespace flowgauge
