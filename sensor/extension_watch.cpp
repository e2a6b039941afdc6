#include "sensor/extension_watch.h"

#include "extension/models/model.h"
#include "extension/plugins/plugin.h"
#include "service/log.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace flowgauge {
namespace {

// The part of that type with that name, or null.
template <typename Part>
Part* find_part(const PartList& list, const std::string& name) {
    for (const std::unique_ptr<ExtensionPart>& part : list.parts()) {
        auto* found = dynamic_cast<Part*>(part.get());
        if (found != nullptr && found->settings().name == name) {
            return found;
        }
    }
    return nullptr;
}

}  // namespace

void ExtensionWatch::watch(const std::shared_ptr<const RecordExtension>& extension) {
    running_ = std::dynamic_pointer_cast<const PartList>(extension);
}

void ExtensionWatch::tell() const {
    if (running_ == nullptr) {
        return;
    }
    for (const std::unique_ptr<ExtensionPart>& part : running_->parts()) {
        const auto* plugin = dynamic_cast<const PluginPart*>(part.get());
        if (plugin == nullptr) {
            continue;
        }
        if (const std::optional<std::string> message = plugin->take_message()) {
            log_error(
                *message, {{"EVENT", "plugin_disabled"}, {"PLUGIN", plugin->settings().name}}
            );
        }
    }
}

ReloadStep ExtensionWatch::reload_step() {
    return {
        .check = [this](const Settings& fresh) { return check(fresh); },
        .apply =
            [this](const Settings& /*fresh*/) {
                apply();
            }};
}

// A model with other inputs, outputs or packets waits for a restart, as those keys say.
Result<void> ExtensionWatch::check(const Settings& fresh) {
    replacements_.clear();
    const auto loaded = std::dynamic_pointer_cast<const PartList>(fresh.meter.extension);
    if (running_ == nullptr || loaded == nullptr) {
        return {};
    }
    for (const ModelSettings& settings : fresh.models) {
        auto* running = find_part<ModelPart>(*running_, settings.name);
        auto* fresh_model = find_part<ModelPart>(*loaded, settings.name);
        if (running == nullptr || fresh_model == nullptr ||
            running->settings().inputs != settings.inputs ||
            running->settings().packets != settings.packets ||
            running->settings().outputs != fresh_model->settings().outputs) {
            continue;
        }
        if (Result<void> fits = running->check(*fresh_model->ensemble()); !fits) {
            return fits;
        }
        replacements_.push_back({running, fresh_model->ensemble()});
    }
    return {};
}

// What check() found to fit fits.
void ExtensionWatch::apply() {
    for (Replacement& replacement : replacements_) {
        static_cast<void>(replacement.model->replace(std::move(replacement.ensemble)));
    }
    replacements_.clear();
}

}  // namespace flowgauge
