// Draft: what files and environment say, each text with its key and place, before anything is made
// of it.
#pragma once

#include "config/configuration.h"
#include "config/parameter.h"
#include "config/problems.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

constexpr std::size_t kInputsMax = 64;
constexpr std::size_t kSinksMax = 16;
constexpr std::size_t kPluginsMax = 16;
constexpr std::size_t kModelsMax = 16;
constexpr std::size_t kIncludedFilesMax = 64;
constexpr std::size_t kIncludeDepthMax = 4;
constexpr std::size_t kConfigurationFileBytesMax = std::size_t{1} << 20;

struct Given {
    const Parameter* parameter = nullptr;
    std::string key{};  // as the operator knows it: "inputs.edge.bpf_filter"
    Place place;
    bool is_list = false;
    std::vector<std::string> texts{};  // one, unless is_list
    std::vector<Place> places{};       // of each text of names with texts
    bool is_wrong = false;             // has no text that could be read; it was said
};

// An element of a list: an input, a plugin, a model, a sink.
struct Element {
    std::string name;
    std::string key;  // "inputs.edge", or "inputs[0]" of one without a name
    Place place;
    std::vector<Given> given;
};

struct Draft {
    std::vector<Given> given;
    std::map<std::string, std::vector<Element>, std::less<>> elements;  // by list: "inputs"

    // The place of "inputs.edge.bpf_filter", else of "inputs.edge", else null.
    [[nodiscard]] const Place* place_of(std::string_view key) const noexcept;

    // Whether that key of an input or sink is there, but with nothing to read.
    [[nodiscard]] bool is_wrong(std::string_view key) const noexcept;
};

// Reads the file with all that it includes, then the overrides of the environment.
[[nodiscard]] Draft read_draft(const ConfigurationSources& sources, Problems& problems);

}  // namespace flowgauge
