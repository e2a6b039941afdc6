#include "extension/plugins/plugin.h"

#include "extension/plugins/plugin_instance.h"
#include "extension/plugins/plugin_worker.h"

#include <utility>

namespace flowgauge {
namespace {

PluginSurroundings surroundings_of(const MeterOptions& options) {
    PluginSurroundings surroundings{
        .columns = {}, .names = {}, .time_unit = options.flow.time_unit};
    for (const Column* column : columns_of(options)) {
        surroundings.columns.push_back(*column);  // the list so far may move its own
        surroundings.names.push_back(with_unit(column->name, options.flow.time_unit));
    }
    return surroundings;
}

class NativePlugin final : public PluginPart {
public:
    NativePlugin(std::unique_ptr<PluginInstance> instance, PluginSurroundings surroundings)
        : instance_(std::move(instance)),
          surroundings_(std::move(surroundings)) {}

    [[nodiscard]] std::string name() const override {
        return "plugin " + instance_->settings().name;
    }
    [[nodiscard]] std::span<const ExtensionColumn> columns() const noexcept override {
        return instance_->columns();
    }
    [[nodiscard]] std::size_t state_bytes() const noexcept override {
        return PluginWorker::host_bytes(instance_->functions()) + instance_->flow_bytes();
    }
    [[nodiscard]] PartMoments moments() const noexcept override {
        const flowgauge_plugin& functions = instance_->functions();
        return {
            .init = true,
            .update = functions.on_update != nullptr,
            .complete = functions.on_expire != nullptr,
            .discard = functions.discard != nullptr};
    }
    [[nodiscard]] Result<std::unique_ptr<PartWorker>> open(std::uint32_t worker) const override {
        Result<std::unique_ptr<PluginWorker>> opened =
            PluginWorker::open(*instance_, surroundings_, worker);
        if (!opened) {
            return std::move(opened.error());
        }
        return std::unique_ptr<PartWorker>(std::move(opened).value());
    }

    [[nodiscard]] const PluginSettings& settings() const noexcept override {
        return instance_->settings();
    }
    [[nodiscard]] const std::string& version() const noexcept override {
        return instance_->version();
    }
    [[nodiscard]] PluginNumbers numbers() const override { return instance_->numbers(); }
    [[nodiscard]] std::optional<std::string> take_message() const override {
        return instance_->take_message();
    }

private:
    std::unique_ptr<PluginInstance> instance_;
    PluginSurroundings surroundings_;
};

}  // namespace

Result<std::unique_ptr<ExtensionPart>> make_plugin(
    const PluginSettings& settings, const MeterOptions& options
) {
    Result<std::unique_ptr<PluginInstance>> instance = PluginInstance::make(settings);
    if (!instance) {
        return std::move(instance.error());
    }
    return std::unique_ptr<ExtensionPart>(
        std::make_unique<NativePlugin>(std::move(instance).value(), surroundings_of(options))
    );
}

}  // namespace flowgauge
