#include "config/draft_reader.h"

#include "config/environment.h"
#include "config/value_text.h"

#include <algorithm>
#include <span>
#include <utility>

namespace flowgauge {
namespace {

std::string under(const std::string& key, std::string_view name) {
    return key + (key.empty() ? "" : ".") + std::string(name);
}

// One word of any letters, so that it is a label, a part of a key and of a variable.
bool is_name(const std::string& name) {
    constexpr std::size_t kNameMax = 64;
    return !name.empty() && name.size() <= kNameMax && name.find("__") == std::string::npos &&
           std::ranges::all_of(name, [](char c) {
               return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '"' && c != '\\';
           });
}

}  // namespace

void DraftReader::read(const YamlNode& document, bool is_main) {
    if (document.kind == YamlNode::Kind::kMap) {
        walk(document, {.section = schema(), .key = "", .given = draft_.given});
    } else if (document.kind != YamlNode::Kind::kNull) {
        add(document.place, "", "a configuration is keys with values, such as \"version: 1\"");
        return;
    }
    if (is_main && !has_version_) {
        add(document.place, "version", "must be there; write version: 1");
    }
}

void DraftReader::walk(const YamlNode& map, const Spot& spot) {
    std::vector<const YamlNode*> seen;
    for (std::size_t i = 0; i < map.items.size(); ++i) {
        const YamlNode& key = map.keys[i];
        if (key.kind != YamlNode::Kind::kText) {
            add(key.place, spot.key, "a key must be plain text");
            continue;
        }
        const auto first =
            std::ranges::find(seen, key.text, [](const YamlNode* node) { return node->text; });
        if (first != seen.end()) {
            add(key.place,
                under(spot.key, key.text),
                "is there twice; first at " + to_string((*first)->place));
            continue;
        }
        seen.push_back(&key);
        enter(key, map.items[i], spot);
    }
}

void DraftReader::enter(const YamlNode& key, const YamlNode& value, const Spot& spot) {
    const std::string full = under(spot.key, key.text);
    if (key.text == "<<") {
        add(key.place, spot.key, "merge keys (<<) are not supported; write the keys out");
        return;
    }
    const SchemaNode* node = spot.section.find(key.text);
    if (node == nullptr) {
        add(key.place, full, "no such key" + suggest_key(spot.section, key.text));
    } else if (node->parameter != nullptr) {
        take(key, value, *node, spot);
    } else if (node->is_list) {
        take_elements(value, *node);
    } else if (value.kind == YamlNode::Kind::kMap) {
        walk(value, {.section = *node, .key = full, .given = spot.given});
    } else if (value.kind != YamlNode::Kind::kNull) {
        add(value.place,
            full,
            "takes keys, such as " + node->children.front().name + ", not a value");
    }
}

void DraftReader::take(
    const YamlNode& key, const YamlNode& value, const SchemaNode& node, const Spot& spot
) {
    Given given{
        .parameter = node.parameter,
        .key = under(spot.key, node.name),
        .place = value.kind == YamlNode::Kind::kNull ? key.place : value.place};
    given.is_wrong = !take_texts(value, given);
    if (given.key == "version" || given.key == "include") {
        take_head(given, value);
        return;
    }
    const auto earlier = std::ranges::find(spot.given, node.parameter, &Given::parameter);
    if (earlier != spot.given.end()) {
        add(key.place, given.key, "is already set at " + to_string(earlier->place));
        return;
    }
    spot.given.push_back(std::move(given));
}

bool DraftReader::take_texts(const YamlNode& value, Given& given) {
    const bool list_allowed = is_list(given.parameter->type.kind);
    switch (value.kind) {
    case YamlNode::Kind::kNull:
        given.is_list = list_allowed;
        if (!list_allowed) {
            add(given.place, given.key, "has no value");
        }
        return list_allowed;
    case YamlNode::Kind::kText:
        return take_text(value, given);
    case YamlNode::Kind::kMap:
        if (given.parameter->type.kind == ValueKind::kPairs ||
            given.parameter->type.kind == ValueKind::kFormulas) {
            return take_pairs(value, given);
        }
        add(given.place, given.key, "takes a value, not keys");
        return false;
    case YamlNode::Kind::kList:
        break;
    }
    if (!list_allowed) {
        add(given.place, given.key, "takes one value, not a list");
        return false;
    }
    given.is_list = true;
    for (const YamlNode& item : value.items) {
        if (item.kind != YamlNode::Kind::kText) {
            add(item.place, given.key, "an element of the list is not plain text");
            return false;
        }
        if (!take_text(item, given)) {
            return false;
        }
    }
    return true;
}

bool DraftReader::take_pairs(const YamlNode& map, Given& given) {
    given.is_list = true;
    for (std::size_t i = 0; i < map.items.size(); ++i) {
        const YamlNode& name = map.keys[i];
        if (name.kind != YamlNode::Kind::kText || name.text.empty() ||
            name.text.find('=') != std::string::npos) {
            add(name.place, given.key, "takes names with plain texts");
            return false;
        }
        const auto same = [&](const std::string& text) {
            return text.starts_with(name.text + "=");
        };
        if (std::ranges::any_of(given.texts, same)) {
            add(name.place, under(given.key, name.text), "is there twice");
            return false;
        }
        if (!take_pair(name, map.items[i], given)) {
            return false;
        }
    }
    return true;
}

// Of a list the members with commas between.
bool DraftReader::take_pair(const YamlNode& name, const YamlNode& value, Given& given) {
    const bool is_list =
        value.kind == YamlNode::Kind::kList && given.parameter->type.kind == ValueKind::kPairs;
    const std::span<const YamlNode> members =
        is_list ? std::span<const YamlNode>(value.items) : std::span(&value, 1);
    std::string joined;
    for (const YamlNode& member : members) {
        if (member.kind != YamlNode::Kind::kText) {
            add(name.place, under(given.key, name.text), "takes plain text");
            return false;
        }
        if (!take_text(member, given)) {
            return false;
        }
        joined += (&member == members.data() ? "" : ",") + given.texts.back();
        given.texts.pop_back();
    }
    given.texts.push_back(name.text + "=" + joined);
    given.places.push_back(value.place);
    return true;
}

bool DraftReader::take_text(const YamlNode& text, Given& given) {
    Result<std::string> expanded = expand_variables(text.text, environment_);
    if (!expanded) {
        add(text.place, given.key, expanded.error().message);
        return false;
    }
    given.texts.push_back(std::move(expanded).value());
    return true;
}

void DraftReader::take_head(const Given& given, const YamlNode& value) {
    if (given.key == "version") {
        has_version_ = true;
        if (given.is_wrong) {
            return;
        }
        Parts ignored;
        Result<void> applied =
            apply(*given.parameter, ignored, given.texts.front(), Units::kRequired);
        if (!applied) {
            add(given.place, given.key, applied.error().message);
        }
        return;
    }
    for (std::size_t i = 0; i < given.texts.size(); ++i) {
        const Place& place = given.is_list ? value.items[i].place : given.place;
        includes_.push_back({.pattern = given.texts[i], .place = place});
    }
}

void DraftReader::take_elements(const YamlNode& value, const SchemaNode& list) {
    if (value.kind == YamlNode::Kind::kNull) {
        return;
    }
    if (value.kind != YamlNode::Kind::kList) {
        add(value.place, list.name, "takes a list; begin each element with \"- name:\"");
        return;
    }
    std::vector<Element>& into = draft_.elements[list.name];
    const std::size_t most = list.name == "inputs"    ? kInputsMax
                             : list.name == "plugins" ? kPluginsMax
                             : list.name == "models"  ? kModelsMax
                                                      : kSinksMax;
    for (const YamlNode& item : value.items) {
        if (into.size() >= most) {
            add(item.place, list.name, "more than " + std::to_string(most));
            return;
        }
        if (item.kind == YamlNode::Kind::kMap) {
            take_element(item, list, into);
        } else {
            add(item.place, list.name, "an element takes keys, such as name");
        }
    }
}

void DraftReader::take_element(
    const YamlNode& item, const SchemaNode& list, std::vector<Element>& into
) {
    Element element;
    element.name = text_in(item, "name");
    element.place = item.place;
    element.key = element.name.empty() ? list.name + "[" + std::to_string(into.size()) + "]"
                                       : list.name + "." + element.name;
    check_name(element, into);
    walk(item, {.section = list, .key = element.key, .given = element.given});
    into.push_back(std::move(element));
}

// The text of a key without its variables, or as it is if they are wrong, which is said elsewhere.
std::string DraftReader::text_in(const YamlNode& map, std::string_view key) const {
    for (std::size_t i = 0; i < map.items.size(); ++i) {
        if (map.keys[i].text == key && map.items[i].kind == YamlNode::Kind::kText) {
            const std::string& text = map.items[i].text;
            Result<std::string> expanded = expand_variables(text, environment_);
            return expanded ? std::move(expanded).value() : text;
        }
    }
    return "";
}

void DraftReader::check_name(const Element& element, const std::vector<Element>& others) {
    if (element.name.empty()) {
        add(element.place, element.key, "has no name");
        return;
    }
    if (!is_name(element.name)) {
        add(element.place,
            element.key,
            "a name is one word of at most 64 bytes without __, quotes and backslashes");
    }
    const auto same = std::ranges::find(others, element.name, &Element::name);
    if (same != others.end()) {
        add(element.place, element.key, "the name is already taken at " + to_string(same->place));
    }
}

void DraftReader::add(const Place& place, const std::string& key, const std::string& message) {
    problems_.add(place, key, message);
}

}  // namespace flowgauge
