#include "config/configuration_text.h"

#include "config/configuration.h"
#include "config/parameter.h"
#include "tests/unit/config/loaded.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowgauge {
namespace {

TEST(ConfigurationTexts, OfDefaultsAreTheDefaults) {
    EXPECT_EQ(load(defaults_text()).effective, effective_text({}));
    // The elements that stand there as comments are right as well.
    std::string text = defaults_text();
    for (const std::string hash : {"\n# "}) {
        for (std::size_t at = text.find(hash, 200); at != std::string::npos;
             at = text.find(hash, at)) {
            text.replace(at, hash.size(), "\n");
        }
    }
    const std::size_t models = text.find("models: []");  // their file is not there
    text.erase(models, text.find("sinks: []") - models);
    for (const char* list : {"inputs: []", "plugins: []", "sinks: []"}) {
        text.replace(text.find(list) + std::string_view(list).size() - 2, 2, "");
    }
    const LoadedConfiguration loaded = load(text);
    EXPECT_EQ(loaded.settings.inputs.size(), 1U);
    ASSERT_EQ(loaded.settings.sinks.size(), 5U);  // one of each type
    Parts parts;
    parts.sink = loaded.settings.sinks[0];
    for (const Parameter& parameter : all_parameters()) {
        if (parameter.field.part == Part::kSink && parameter.path != "sinks[].name" &&
            parameter.path != "sinks[].path") {
            EXPECT_EQ(print(parameter, parts), default_text(parameter)) << parameter.path;
        }
    }
}

// Whatever an operator can write for a key is written back so that it is read again.
TEST(ConfigurationTexts, OfAnyValueLoadAsThatValue) {
    const std::string odd = "a \"b\" ${c} $${d} \\ #: \xc3\xa9\n\t'";
    for (const Parameter& parameter : all_parameters()) {
        const bool is_free = parameter.path.empty() || parameter.path.ends_with("].name");
        if (is_free) {
            continue;
        }
        std::vector<std::string> texts{odd, "null", "~", "- x", "true", "7", "4096B", "2h", "all"};
        for (const Choice& choice : parameter.type.choices) {
            texts.emplace_back(choice.name);
        }
        for (const std::string& text : texts) {
            Parts parts;
            parts.input.name = "i";
            parts.input.workers = 1;
            parts.input.interface = "x";
            parts.sink.name = "s";
            parts.sink.file.path = "p";
            parts.sink.network.collectors = {"h:1"};
            parts.sink.kafka.brokers = {"b"};
            parts.sink.kafka.topic = "t";
            if (!apply(parameter, parts, text, Units::kOptional)) {
                continue;
            }
            if (!parts.input.files.empty() || parts.input.watch) {
                parts.input.interface.clear();
                parts.input.files.resize(1, "f");
            }
            parts.settings.inputs = {parts.input};
            if (parameter.field.part == Part::kPlugin) {
                parts.plugin.name = "p";
                parts.settings.plugins = {parts.plugin};
            }
            if (parameter.field.part == Part::kModel) {
                parts.model.name = "m";
                parts.settings.models = {parts.model};
            }
            parts.settings.sinks = {parts.sink};
            const std::string effective = effective_text(parts.settings);
            Result<LoadedConfiguration> loaded = read_configuration(sources_of(effective));
            if (loaded) {
                EXPECT_EQ(loaded.value().effective, effective) << parameter.path << " " << text;
                continue;
            }
            // Refused for what it means beside other keys, by its name; of a plugin or model that
            // cannot be made so by the name of that.
            const Part part = parameter.field.part;
            const std::string_view key = part == Part::kPlugin  ? "plugins.p"
                                         : part == Part::kModel ? "models.m"
                                         : parameter.path == "features"
                                             ? "features."
                                             : parameter.path.substr(parameter.path.rfind('.') + 1);
            EXPECT_NE(loaded.error().message.find(key), std::string::npos)
                << loaded.error().message;
        }
    }
}

}  // namespace
}  // namespace flowgauge
