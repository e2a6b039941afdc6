#include "config/environment.h"

#include "config/schema.h"
#include "config/value_text.h"
#include "core/base/spelling.h"
#include "core/base/utf8_text.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

constexpr std::string_view kPrefix = "FLOWGAUGE__";
constexpr std::size_t kExpandedBytesMax = 65536;

bool is_variable_name(std::string_view name) {
    return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
           std::ranges::all_of(name, [](char c) {
               return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
           });
}

Error usage(std::string message) {
    return {ErrorKind::kUsage, std::move(message)};
}

// The value of "VAR" or "VAR:-default". As in a shell, the default also stands for an empty value.
Result<std::string> value_of(std::string_view inside, const Environment& environment) {
    const std::size_t colon = inside.find(":-");
    const std::string name(inside.substr(0, colon));
    if (!is_variable_name(name)) {
        return usage(
            in_quotes(inside) + " is no variable; write ${NAME} or ${NAME:-default}, and $${ for ${"
        );
    }
    const auto found = environment.find(name);
    const bool has_default = colon != std::string_view::npos;
    if (found != environment.end() && !(found->second.empty() && has_default)) {
        if (!is_utf8(found->second)) {
            return usage("the variable " + name + " does not hold UTF-8");
        }
        return found->second;
    }
    if (has_default) {
        return std::string(inside.substr(colon + 2));
    }
    return usage(
        "the variable " + name + " is not set; write ${" + name + ":-default} if it may be missing"
    );
}

// "sinks__disk__path" as its parts. Three underscores are an underscore at the end of a part.
std::vector<std::string> parts_of(std::string_view name) {
    std::vector<std::string> parts;
    while (true) {
        const std::size_t between = name.find("__");
        parts.emplace_back(name.substr(0, between));
        if (between == std::string_view::npos) {
            return parts;
        }
        name.remove_prefix(between + 2);
    }
}

// Names may hold what variables may not: edge-1 is written edge_1.
std::string as_in_variable(std::string name) {
    std::ranges::replace_if(
        name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_'
    );
    return name;
}

Element* find_element(std::vector<Element>& elements, const std::string& name) {
    auto found = std::ranges::find(elements, name, &Element::name);
    if (found == elements.end()) {
        found = std::ranges::find_if(elements, [&name](const Element& element) {
            return as_in_variable(element.name) == name;
        });
    }
    return found == elements.end() ? nullptr : &*found;
}

// Follows one variable to the parameter that it names.
class Override {
public:
    Override(Draft& draft, Problems& problems, const std::string& variable)
        : draft_(draft),
          problems_(problems),
          place_{.source = variable} {}

    void set(const std::string& text) {
        const std::vector<std::string> parts =
            parts_of(std::string_view(place_.source).substr(kPrefix.size()));
        const SchemaNode* node = &schema();
        std::string key;
        Element* element = nullptr;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const SchemaNode* next = node->find(parts[i]);
            key += (key.empty() ? "" : ".") + parts[i];
            if (next == nullptr) {
                fail(key, "no such key" + suggest_key(*node, parts[i]));
                return;
            }
            node = next;
            if (node->is_list && i + 1 < parts.size()) {
                element = element_of(*node, parts[++i]);
                if (element == nullptr) {
                    return;
                }
                key = element->key;
            }
        }
        put(*node, key, element != nullptr ? element->given : draft_.given, text);
    }

private:
    Element* element_of(const SchemaNode& list, const std::string& name) {
        std::vector<Element>& elements = draft_.elements[list.name];
        Element* element = find_element(elements, name);
        if (element == nullptr) {
            std::vector<std::string_view> names;
            names.reserve(elements.size());
            for (const Element& each : elements) {
                names.push_back(each.name);
            }
            fail(
                list.name,
                "no file names " + in_quotes(name) + did_you_mean(nearest_word(name, names))
            );
        }
        return element;
    }

    void put(
        const SchemaNode& node,
        const std::string& key,
        std::vector<Given>& into,
        const std::string& text
    ) {
        if (node.parameter == nullptr) {
            fail(key, "is a section; name a key of it");
            return;
        }
        if (!is_utf8(text)) {
            fail(key, "is not UTF-8");
            return;
        }
        if (node.name == "version" || node.name == "include" || node.path.ends_with("[].name")) {
            fail(key, "can only be set in a file");
            return;
        }
        Given given{.parameter = node.parameter, .key = key, .place = place_, .texts = {text}};
        const auto earlier = std::ranges::find(into, node.parameter, &Given::parameter);
        if (earlier != into.end()) {
            *earlier = std::move(given);
        } else {
            into.push_back(std::move(given));
        }
    }

    void fail(const std::string& key, const std::string& message) {
        problems_.add(place_, key, message);
    }

    Draft& draft_;
    Problems& problems_;
    Place place_;
};

}  // namespace

Result<std::string> expand_variables(std::string_view text, const Environment& environment) {
    std::string out;
    while (!text.empty() && out.size() <= kExpandedBytesMax) {
        const std::size_t begin = text.find("${");
        out += text.substr(0, begin);
        if (begin == std::string_view::npos) {
            break;
        }
        if (begin > 0 && text[begin - 1] == '$') {
            out += '{';  // of "$${", one $ is there already
            text.remove_prefix(begin + 2);
            continue;
        }
        const std::size_t end = text.find('}', begin);
        if (end == std::string_view::npos) {
            return usage("a ${ has no }; write $${ for ${ itself");
        }
        Result<std::string> value = value_of(text.substr(begin + 2, end - begin - 2), environment);
        if (!value) {
            return value;
        }
        out += value.value();
        text.remove_prefix(end + 1);
    }
    if (out.size() > kExpandedBytesMax) {
        return usage("its variables hold more than " + size_text(kExpandedBytesMax));
    }
    return out;
}

void override_from_environment(const Environment& environment, Draft& draft, Problems& problems) {
    for (auto at = environment.lower_bound(std::string(kPrefix));
         at != environment.end() && at->first.starts_with(kPrefix);
         ++at) {
        Override(draft, problems, at->first).set(at->second);
    }
}

std::string without_variables(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        out += text.compare(i, 2, "${") == 0 ? "$$" : std::string(1, text[i]);
    }
    return out;
}

}  // namespace flowgauge
