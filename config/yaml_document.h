// YamlNode: a YAML document as a tree of texts with their places. What YAML would make of the texts
// is left to the schema.
#pragma once

#include "config/problems.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

struct YamlNode {
    enum class Kind : std::uint8_t { kNull, kText, kList, kMap };

    Kind kind = Kind::kNull;
    Place place;
    std::string text;             // kText
    std::vector<YamlNode> keys;   // kMap: as many as items; repeated keys are all there
    std::vector<YamlNode> items;  // kList, kMap
};

constexpr std::size_t kYamlNodesMax = 20'000;  // after aliases were replaced by what they stand for
constexpr std::size_t kYamlDepthMax = 16;

// Parses one document; an empty one is kNull. On a fault of syntax, of a bound, or a tag, says the
// first with its place, and returns nothing. Exceptions of the library stop here.
[[nodiscard]] std::optional<YamlNode> parse_yaml(
    const std::string& source, const std::string& text, Problems& problems
);

}  // namespace flowgauge
