// A configuration that anybody wrote is read or refused, and what is read can be written and read
// again.
//
// The input is the text of the file; what follows a zero byte is the value of ${VALUE}, and what
// follows a second one that of an override. Files are not included and filters not compiled: both
// ask the world outside.
#include "config/configuration.h"
#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace flowgauge {
namespace {

ConfigurationSources sources_of(std::string text) {
    ConfigurationSources sources;
    sources.path = "fuzz.yaml";
    sources.text = std::move(text);
    return sources;
}

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

// One problem a line: nothing of the input breaks the lines.
void look_at(const std::string& errors) {
    require(!errors.empty() && errors.find("\n\n") == std::string::npos);
    for (const char c : errors) {
        require(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
    }
}

void try_input(std::string_view input) {
    const std::size_t zero = input.find('\0');
    ConfigurationSources sources = sources_of(std::string(input.substr(0, zero)));
    if (zero != std::string_view::npos) {
        const std::string_view value = input.substr(zero + 1);
        const std::size_t second = value.find('\0');
        sources.environment["VALUE"] = value.substr(0, second);
        if (second != std::string_view::npos) {
            sources.environment["FLOWGAUGE__sensor"] = value.substr(second + 1);
        }
    }
    Result<LoadedConfiguration> loaded = read_configuration(sources);
    if (!loaded) {
        look_at(loaded.error().message);
        return;
    }
    Result<LoadedConfiguration> again = read_configuration(sources_of(loaded.value().effective));
    require(again.has_value());
    require(again.value().effective == loaded.value().effective);
    const ConfigurationChange change = compare(loaded.value(), again.value());
    require(change.live_keys.empty() && change.restart_keys.empty());
}

}  // namespace
}  // namespace flowgauge

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks this name up
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// NOLINTNEXTLINE(readability-identifier-naming): as above
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flowgauge::try_input({reinterpret_cast<const char*>(data), size});
    return 0;
}
