#include "config/extension_check.h"

#include "extension/extension.h"

#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {
namespace {

void check_plugin(Checker& checker, const PluginSettings& plugin) {
    const std::string key = "plugins." + plugin.name;
    const bool is_said = checker.is_wrong(key + ".builtin") || checker.is_wrong(key + ".file");
    if (!is_said && plugin.builtin.empty() == plugin.file.empty()) {
        checker.fail(
            key,
            plugin.file.empty() ? "needs builtin or file"
                                : "has builtin and file; write one of them"
        );
    }
}

// "plugins.dhcp: no such argument" without what the key says already.
std::string_view without_key(std::string_view message, std::string_view key) {
    if (message.starts_with(key) && message.substr(key.size()).starts_with(": ")) {
        message.remove_prefix(key.size() + 2);
    }
    return message;
}

}  // namespace

std::shared_ptr<const PartList> check_extension(Checker& checker) {
    const Settings& settings = checker.parts().settings;
    std::vector<PluginSettings> plugins;
    for (const PluginSettings& plugin : settings.plugins) {
        check_plugin(checker, plugin);
        if (plugin.builtin.empty() != plugin.file.empty()) {
            plugins.push_back(plugin);
        }
    }
    std::vector<ModelSettings> models;
    for (const ModelSettings& model : settings.models) {
        const std::string key = "models." + model.name;
        if (!model.file.empty()) {
            models.push_back(model);
        } else if (!checker.is_wrong(key + ".file")) {
            checker.fail(key, "needs file");
        }
    }
    std::vector<ExtensionProblem> problems;
    std::shared_ptr<const PartList> made = make_extension(
        {.plugins = plugins, .features = settings.features, .models = models},
        settings.meter,
        problems
    );
    for (const ExtensionProblem& problem : problems) {
        checker.fail(problem.key, without_key(problem.message, problem.key));
    }
    return made;
}

}  // namespace flowgauge
