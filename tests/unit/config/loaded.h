// What the tests of configurations load, and what comes of it.
#pragma once

#include "config/configuration.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace flowgauge {

inline ConfigurationSources sources_of(const std::string& text) {
    ConfigurationSources sources;
    sources.path = "f.yaml";
    sources.text = text;
    return sources;
}

inline LoadedConfiguration load(const ConfigurationSources& sources) {
    Result<LoadedConfiguration> loaded = load_configuration(sources);
    EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
    return loaded ? std::move(loaded).value() : LoadedConfiguration();
}

inline LoadedConfiguration load(const std::string& text) {
    return load(sources_of(text));
}

inline std::string errors_of(const ConfigurationSources& sources) {
    Result<LoadedConfiguration> loaded = load_configuration(sources);
    return loaded ? "" : loaded.error().message;
}

// What is wrong with `text` behind "version: 1\n", without the name of the file.
inline std::string errors_of(const std::string& text) {
    const std::string found = errors_of(sources_of("version: 1\n" + text));
    return found.starts_with("f.yaml:") ? found.substr(7) : found;
}

}  // namespace flowgauge
