#include "config/configuration.h"
#include "config/parameter.h"

#include <algorithm>
#include <string_view>

namespace flowgauge {
namespace {

class Comparison {
public:
    // Compares all parameters of `part` whose keys begin with `list`, and reports them under
    // `name`.
    void compare_part(Part part, const Parts& old, const Parts& fresh, const std::string& name) {
        constexpr std::string_view kList = "[].";
        for (const Parameter& parameter : all_parameters()) {
            if (parameter.path.empty() || parameter.field.part != part ||
                parameter.field.get(old) == parameter.field.get(fresh)) {
                continue;
            }
            const std::size_t list = parameter.path.find(kList);
            std::string key(parameter.path);
            if (list != std::string::npos) {
                key.replace(0, list + kList.size(), name + ".");
            }
            (parameter.live ? change_.live_keys : change_.restart_keys).push_back(std::move(key));
        }
    }

    // Compares elements of equal name; the others are new or gone.
    template <typename Element>
    void compare_elements(
        Part part,
        Element Parts::*place,
        const std::vector<Element>& old,
        const std::vector<Element>& fresh,
        const std::string& list
    ) {
        for (const Element& was : old) {
            const auto is = std::ranges::find(fresh, was.name, &Element::name);
            if (is == fresh.end()) {
                change_.restart_keys.push_back(list + "." + was.name);
                continue;
            }
            Parts before;
            Parts after;
            before.*place = was;
            after.*place = *is;
            compare_part(part, before, after, list + "." + was.name);
        }
        for (const Element& is : fresh) {
            if (std::ranges::find(old, is.name, &Element::name) == old.end()) {
                change_.restart_keys.push_back(list + "." + is.name);
            }
        }
    }

    ConfigurationChange take() { return std::move(change_); }

private:
    ConfigurationChange change_;
};

}  // namespace

ConfigurationChange compare(const LoadedConfiguration& old, const LoadedConfiguration& fresh) {
    Comparison comparison;
    Parts before;
    Parts after;
    before.settings = old.settings;
    after.settings = fresh.settings;
    comparison.compare_elements(
        Part::kInput, &Parts::input, old.settings.inputs, fresh.settings.inputs, "inputs"
    );
    comparison.compare_part(Part::kSettings, before, after, "");
    comparison.compare_elements(
        Part::kPlugin, &Parts::plugin, old.settings.plugins, fresh.settings.plugins, "plugins"
    );
    comparison.compare_elements(
        Part::kModel, &Parts::model, old.settings.models, fresh.settings.models, "models"
    );
    comparison.compare_elements(
        Part::kSink, &Parts::sink, old.settings.sinks, fresh.settings.sinks, "sinks"
    );
    return comparison.take();
}

}  // namespace flowgauge
