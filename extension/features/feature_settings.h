// FeatureSettings: a computed feature, as `features:` of the configuration says it.
#pragma once

#include <string>

namespace flowgauge {

struct FeatureSettings {
    std::string name;        // of its column, behind "udps."; with "{direction}" there are three
    std::string expression;  // docs/FEATURES.md
};

}  // namespace flowgauge
