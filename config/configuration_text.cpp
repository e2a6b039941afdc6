#include "config/configuration_text.h"

#include "config/environment.h"
#include "config/schema.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

namespace flowgauge {
namespace {

// Whether YAML reads the text as the same text without quotes, and a person sees where it ends.
bool is_plain_scalar(const std::string& text) {
    static constexpr std::string_view kInside = "_-./+";
    return !text.empty() && std::isalnum(static_cast<unsigned char>(text.front())) != 0 &&
           text != "null" && text != "Null" && text != "NULL" &&
           std::ranges::all_of(text, [](char c) {
               return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                      kInside.find(c) != std::string_view::npos;
           });
}

std::string scalar(const std::string& value) {
    std::string text = without_variables(value);
    if (is_plain_scalar(text)) {
        return text;
    }
    std::string out = "\"";
    for (const char c : text) {
        switch (c) {
        case '"':
        case '\\':
            out += '\\';
            out += c;
            break;
        case '\n':
            out += "\\n";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            out += c;
        }
    }
    return out + "\"";
}

std::string pairs_text(const std::vector<std::string>& pairs) {
    std::string out = "{";
    for (const std::string& pair : pairs) {
        const std::size_t equals = pair.find('=');
        out += (out.size() == 1 ? "" : ", ") + scalar(pair.substr(0, equals)) + ": " +
               scalar(pair.substr(equals + 1));
    }
    return out + "}";
}

std::string value_text(const Parameter& parameter, const Parts& parts) {
    if (parameter.path == "include") {
        return "[]";
    }
    const ValueKind kind = parameter.type.kind;
    if (kind == ValueKind::kPairs || kind == ValueKind::kFormulas) {
        return pairs_text(parameter.field.get(parts).items);
    }
    if (!is_list(kind) || kind == ValueKind::kNames) {
        return scalar(print(parameter, parts));
    }
    std::string out = "[";
    for (const std::string& item : parameter.field.get(parts).items) {
        out += (out.size() == 1 ? "" : ", ") + scalar(item);
    }
    return out + "]";
}

// A key that says nothing is left out: of an input, the one of interface and files that is not set.
bool is_written(const SchemaNode& node, const Parts& parts) {
    if (node.parameter == nullptr) {
        return true;
    }
    if (node.path == "inputs[].interface") {
        return parts.input.files.empty();
    }
    if (node.path == "plugins[].builtin") {
        return parts.plugin.file.empty();
    }
    if (node.path == "plugins[].file") {
        return !parts.plugin.file.empty();
    }
    if (node.path == "inputs[].files" || node.path == "inputs[].watch") {
        return !parts.input.files.empty();
    }
    const std::uint8_t types = node.parameter->sink_types;
    if (types != 0 && (types & static_cast<std::uint8_t>(parts.sink.type)) == 0) {
        return false;
    }
    return node.path != "include";
}

// A section of which nothing is written is left out with its name.
bool has_written(const SchemaNode& section, const Parts& parts) {
    return std::ranges::any_of(section.children, [&](const SchemaNode& node) {
        return node.parameter != nullptr ? is_written(node, parts) : has_written(node, parts);
    });
}

class EffectiveText {
public:
    explicit EffectiveText(const Settings& settings) { parts_.settings = settings; }

    std::string write() {
        write_children(schema(), "");
        return std::move(out_);
    }

private:
    void write_children(const SchemaNode& section, const std::string& indent) {
        std::string head = indent;
        // The first key of an element stands behind its dash.
        const bool element = section.is_list;
        if (element) {
            head = indent.substr(0, indent.size() - 2) + "- ";
        }
        for (const SchemaNode& node : section.children) {
            if (!is_written(node, parts_) ||
                (node.parameter == nullptr && !node.is_list && !has_written(node, parts_))) {
                continue;
            }
            out_ += head + node.name + ":";
            head = indent;
            if (node.parameter != nullptr) {
                out_ += " " + value_text(*node.parameter, parts_) + "\n";
            } else if (node.is_list) {
                write_elements(node);
            } else {
                out_ += "\n";
                write_children(node, indent + "  ");
            }
        }
    }

    void write_elements(const SchemaNode& list) {
        if (list.name == "inputs") {
            write_each(list, parts_.settings.inputs, parts_.input);
        } else if (list.name == "plugins") {
            write_each(list, parts_.settings.plugins, parts_.plugin);
        } else if (list.name == "models") {
            write_each(list, parts_.settings.models, parts_.model);
        } else {
            write_each(list, parts_.settings.sinks, parts_.sink);
        }
    }

    template <typename Element>
    void write_each(const SchemaNode& list, const std::vector<Element>& all, Element& at_hand) {
        out_ += all.empty() ? " []\n" : "\n";
        for (const Element& element : all) {
            at_hand = element;
            write_children(list, "    ");
        }
    }

    Parts parts_;
    std::string out_;
};

class DefaultsText {
public:
    std::string write() {
        out_ = "# Every key of flowgauge.yaml(5) with its default. [live]: `systemctl reload "
               "flowgauge` "
               "applies it\n# without a restart. Check a file: flowgauge check --config FILE.\n";
        write_children(schema(), "", "");
        return std::move(out_);
    }

private:
    // `mark` is "# " inside of lists, whose elements are examples.
    void write_children(
        const SchemaNode& section, const std::string& mark, const std::string& indent
    ) {
        std::string head = indent;
        if (section.is_list) {
            head = indent.substr(0, indent.size() - 2) + "- ";
        }
        for (const SchemaNode& node : section.children) {
            if (node.parameter != nullptr ? !is_shown(*node.parameter) : !has_shown(node)) {
                continue;
            }
            const bool is_section = node.parameter == nullptr;
            if (indent.empty() && (is_section || after_section_)) {
                out_ += "\n";
            }
            after_section_ = is_section;
            if (node.parameter != nullptr) {
                write_key(*node.parameter, mark, head + node.name);
            } else if (node.is_list) {
                out_ += mark + head + node.name + ": []\n";
                write_examples(node);
            } else {
                out_ += mark + head + node.name + ":\n";
                write_children(node, mark, indent + "  ");
            }
            head = indent;
        }
    }

    // An element with all of its keys; then the other types of sinks, each with what it alone has.
    void write_examples(const SchemaNode& list) {
        write_children(list, "# ", "    ");
        if (list.name != "sinks") {
            return;
        }
        for (const SinkType type :
             {SinkType::kIpfix, SinkType::kKafka, SinkType::kSyslog, SinkType::kSocket}) {
            type_ = type;
            write_children(list, "# ", "    ");
        }
        type_ = SinkType::kFile;
    }

    // Whether an example of the type at hand has the key.
    [[nodiscard]] bool is_shown(const Parameter& parameter) const {
        const bool is_named = parameter.path == "sinks[].name" || parameter.path == "sinks[].type";
        if (parameter.field.part != Part::kSink || is_named) {
            return true;
        }
        const auto type = static_cast<std::uint8_t>(type_);
        const auto file = static_cast<std::uint8_t>(SinkType::kFile);
        return type_ == SinkType::kFile
                   ? parameter.sink_types == 0 || (parameter.sink_types & file) != 0
                   : (parameter.sink_types & type) != 0 && (parameter.sink_types & file) == 0;
    }

    [[nodiscard]] bool has_shown(const SchemaNode& section) const {
        return std::ranges::any_of(section.children, [this](const SchemaNode& node) {
            return node.parameter != nullptr ? is_shown(*node.parameter) : has_shown(node);
        });
    }

    void write_key(const Parameter& parameter, const std::string& mark, const std::string& key) {
        std::string line = mark + key + ": " + shown_value(parameter);
        constexpr std::size_t kCommentColumn = 44;
        line.resize(std::max(line.size() + 2, kCommentColumn), ' ');
        out_ += line + "# " + (parameter.live ? "[live] " : "") + sink_types_text(parameter) +
                std::string(parameter.help) + "\n";
    }

    [[nodiscard]] std::string shown_value(const Parameter& parameter) const {
        if (parameter.path == "inputs[].interface") {
            return "auto";
        }
        if (parameter.path == "inputs[].name") {
            return "edge";
        }
        if (parameter.path == "plugins[].name" || parameter.path == "plugins[].builtin") {
            return "dhcp";
        }
        if (parameter.path == "models[].name") {
            return "social";
        }
        if (parameter.path == "models[].file") {
            return "/etc/flowgauge/social.fgm";
        }
        if (parameter.path == "sinks[].name") {
            return type_ == SinkType::kFile ? "disk" : std::string(to_string(type_));
        }
        if (parameter.path == "sinks[].type") {
            return std::string(to_string(type_));
        }
        if (parameter.path == "sinks[].collectors") {
            return "[\"127.0.0.1:4739\"]";
        }
        if (parameter.path == "sinks[].brokers") {
            return "[\"127.0.0.1:9092\"]";
        }
        if (parameter.path == "sinks[].topic") {
            return "flows";
        }
        return parameter.path == "sinks[].path" ? "/var/log/flowgauge/flows.csv"
                                                : value_text(parameter, defaults_);
    }

    SinkType type_ = SinkType::kFile;  // of the example at hand
    bool after_section_ = false;

    Parts defaults_;
    std::string out_;
};

}  // namespace

std::string effective_text(const Settings& settings) {
    return EffectiveText(settings).write();
}

std::string defaults_text() {
    return DefaultsText().write();
}

}  // namespace flowgauge
