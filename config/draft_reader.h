// DraftReader: walks a document beside the schema, and puts what it finds into a draft.
#pragma once

#include "config/draft.h"
#include "config/schema.h"
#include "config/yaml_document.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// Ownership: refers to environment, draft and problems. One for each file; the draft is the same
// for all.
class DraftReader {
public:
    struct Include {
        std::string pattern;
        Place place;
    };

    DraftReader(
        const std::map<std::string, std::string>& environment, Draft& draft, Problems& problems
    )
        : environment_(environment),
          draft_(draft),
          problems_(problems) {}

    // `is_main`: the file that must say its version.
    void read(const YamlNode& document, bool is_main);

    // What the document includes. Requires: read.
    [[nodiscard]] const std::vector<Include>& includes() const noexcept { return includes_; }

private:
    // Where the walk is: `key` as the operator knows it, and where values go.
    struct Spot {
        const SchemaNode& section;
        const std::string& key;
        std::vector<Given>& given;
    };

    void walk(const YamlNode& map, const Spot& spot);
    void enter(const YamlNode& key, const YamlNode& value, const Spot& spot);
    void take(const YamlNode& key, const YamlNode& value, const SchemaNode& node, const Spot& spot);
    void take_head(const Given& given, const YamlNode& value);
    void take_elements(const YamlNode& value, const SchemaNode& list);
    void take_element(const YamlNode& item, const SchemaNode& list, std::vector<Element>& into);
    [[nodiscard]] bool take_texts(const YamlNode& value, Given& given);
    [[nodiscard]] bool take_pairs(const YamlNode& map, Given& given);
    [[nodiscard]] bool take_pair(const YamlNode& name, const YamlNode& value, Given& given);
    [[nodiscard]] bool take_text(const YamlNode& text, Given& given);
    [[nodiscard]] std::string text_in(const YamlNode& map, std::string_view key) const;
    void check_name(const Element& element, const std::vector<Element>& others);
    void add(const Place& place, const std::string& key, const std::string& message);

    const std::map<std::string, std::string>& environment_;
    Draft& draft_;
    Problems& problems_;
    std::vector<Include> includes_;
    bool has_version_ = false;
};

}  // namespace flowgauge
