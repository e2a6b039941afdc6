// SchemaNode: the parameters that have a key, as the tree that the keys form.
#pragma once

#include "config/parameter.h"

#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

struct SchemaNode {
    std::string name;                      // of the last part of the key
    std::string path;                      // as Parameter::path
    const Parameter* parameter = nullptr;  // a key that takes a value; else a section
    bool is_list = false;                  // a section of named elements: inputs, sinks
    std::vector<SchemaNode> children;      // in the order of the table

    [[nodiscard]] const SchemaNode* find(std::string_view child) const noexcept;
};

// Ownership: made once, lives for ever. Thread: any.
[[nodiscard]] const SchemaNode& schema();

// " (did you mean splt_analysis?)" for a key that `section` does not have; keys of other sections
// are named in full.
[[nodiscard]] std::string suggest_key(const SchemaNode& section, std::string_view key);

}  // namespace flowgauge
