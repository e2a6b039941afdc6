#include "telemetry/extension_statistics.h"

#include "core/extension/part_list.h"
#include "extension/models/model.h"
#include "extension/plugins/plugin.h"

namespace flowgauge {

ExtensionStatistics statistics_of(const RecordExtension* extension) {
    ExtensionStatistics statistics;
    const auto* list = dynamic_cast<const PartList*>(extension);
    if (list == nullptr) {
        return statistics;
    }
    for (const std::unique_ptr<ExtensionPart>& part : list->parts()) {
        if (const auto* plugin = dynamic_cast<const PluginPart*>(part.get())) {
            statistics.plugins.push_back(
                {.name = plugin->settings().name,
                 .version = plugin->version(),
                 .numbers = plugin->numbers()}
            );
        } else if (const auto* model = dynamic_cast<const ModelPart*>(part.get())) {
            statistics.models.push_back(model->numbers());
        }
    }
    return statistics;
}

}  // namespace flowgauge
