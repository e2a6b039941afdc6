// All that operators add to records, made of what they set.
#pragma once

#include "core/base/result.h"
#include "core/extension/part_list.h"
#include "extension/features/feature_settings.h"
#include "extension/models/model_settings.h"
#include "extension/plugins/plugin_settings.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace flowgauge {

// Ownership: refers to all.
struct ExtensionSettings {
    std::span<const PluginSettings> plugins;
    std::span<const FeatureSettings> features;
    std::span<const ModelSettings> models;

    [[nodiscard]] bool empty() const noexcept {
        return plugins.empty() && features.empty() && models.empty();
    }
};

struct ExtensionProblem {
    std::string key;  // "plugins.dhcp", "features.syn_ratio", "models.social"
    std::string message;
};

// In the order of output: plugins, features, models. Each may read the columns of those before it.
// Parts with a problem are left out. Null without parts. Loads plugins and models: files are read,
// and code of plugins runs.
[[nodiscard]] std::shared_ptr<const PartList> make_extension(
    const ExtensionSettings& settings,
    const MeterOptions& options,
    std::vector<ExtensionProblem>& problems
);

}  // namespace flowgauge
