#include "extension/extension.h"

#include "extension/features/feature.h"
#include "extension/models/model.h"
#include "extension/plugins/plugin.h"

#include <utility>

namespace flowgauge {
namespace {

class ExtensionBuilder {
public:
    ExtensionBuilder(const MeterOptions& options, std::vector<ExtensionProblem>& problems)
        : options_(options),
          problems_(problems),
          list_(std::make_shared<PartList>()) {
        options_.extension = list_;
    }

    template <typename Settings>
    void add_each(
        std::string_view section,
        std::span<const Settings> all,
        Result<std::unique_ptr<ExtensionPart>> (*make)(const Settings&, const MeterOptions&)
    ) {
        for (const Settings& settings : all) {
            Result<std::unique_ptr<ExtensionPart>> part = make(settings, options_);
            Result<void> added =
                part ? list_->add(std::move(part).value()) : Result<void>(std::move(part).error());
            if (!added) {
                problems_.push_back(
                    {.key = std::string(section) + "." + settings.name,
                     .message = added.error().message}
                );
            }
        }
    }

    [[nodiscard]] std::shared_ptr<const PartList> take() {
        return list_->parts().empty() ? nullptr : std::move(list_);
    }

private:
    MeterOptions options_;  // its extension is the list so far
    std::vector<ExtensionProblem>& problems_;
    std::shared_ptr<PartList> list_;
};

}  // namespace

std::shared_ptr<const PartList> make_extension(
    const ExtensionSettings& settings,
    const MeterOptions& options,
    std::vector<ExtensionProblem>& problems
) {
    ExtensionBuilder builder(options, problems);
    builder.add_each("plugins", settings.plugins, make_plugin);
    builder.add_each("features", settings.features, make_feature);
    builder.add_each("models", settings.models, make_model);
    return builder.take();
}

}  // namespace flowgauge
