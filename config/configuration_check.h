// What no single key can tell: values that need, exclude or contradict each other.
#pragma once

#include "config/draft.h"

#include <string>
#include <vector>

namespace flowgauge {

// Ownership: refers to all of it.
struct CheckedParts {
    const Settings& settings;
    const Draft& draft;
    const ConfigurationSources& sources;
};

void check_configuration(const CheckedParts& parts, Problems& problems);

// Compiles each bpf_filter, for the link types of interfaces one after the other: it is wrong when
// none takes it. Warns of filters that look at ports, which later fragments do not have.
void check_filters(
    const CheckedParts& parts, Problems& problems, std::vector<std::string>& warnings
);

}  // namespace flowgauge
