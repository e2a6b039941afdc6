#include "config/schema.h"

#include "core/base/spelling.h"

#include <algorithm>

namespace flowgauge {
namespace {

SchemaNode& child_of(SchemaNode& parent, std::string_view name) {
    const auto found = std::ranges::find(parent.children, name, &SchemaNode::name);
    if (found != parent.children.end()) {
        return *found;
    }
    SchemaNode made;
    made.name = name;
    made.path = parent.path + (parent.path.empty() ? "" : ".") + std::string(name);
    parent.children.push_back(std::move(made));
    return parent.children.back();
}

void insert(SchemaNode& root, const Parameter& parameter) {
    constexpr std::string_view kList = "[]";
    SchemaNode* node = &root;
    for (std::string_view rest = parameter.path; !rest.empty();) {
        const std::size_t dot = std::min(rest.find('.'), rest.size());
        std::string_view name = rest.substr(0, dot);
        rest.remove_prefix(std::min(dot + 1, rest.size()));
        const bool is_list = name.ends_with(kList);
        if (is_list) {
            name.remove_suffix(kList.size());
        }
        node = &child_of(*node, name);
        if (is_list && !node->is_list) {
            node->is_list = true;
            node->path += kList;
        }
    }
    node->parameter = &parameter;
}

SchemaNode make_schema() {
    SchemaNode root;
    for (const Parameter& parameter : all_parameters()) {
        if (!parameter.path.empty()) {
            insert(root, parameter);
        }
    }
    return root;
}

// "flows.idle_timeout" of a key that stands alone: what is indented wrongly is named in full.
std::string_view path_that_ends_in(std::string_view key) {
    for (const Parameter& parameter : all_parameters()) {
        if (parameter.path.ends_with(key) && parameter.path.size() > key.size() &&
            parameter.path[parameter.path.size() - key.size() - 1] == '.') {
            return parameter.path;
        }
    }
    return {};
}

}  // namespace

const SchemaNode* SchemaNode::find(std::string_view child) const noexcept {
    const auto found = std::ranges::find(children, child, &SchemaNode::name);
    return found == children.end() ? nullptr : &*found;
}

const SchemaNode& schema() {
    static const SchemaNode kRoot = make_schema();
    return kRoot;
}

std::string suggest_key(const SchemaNode& section, std::string_view key) {
    std::vector<std::string_view> names;
    for (const SchemaNode& child : section.children) {
        names.push_back(child.name);
    }
    const std::string_view near = nearest_word(key, names);
    return did_you_mean(near.empty() && !key.empty() ? path_that_ends_in(key) : near);
}

}  // namespace flowgauge
