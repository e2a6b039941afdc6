// The JSON Schema of the file. A value may also be written with ${VAR}, whatever its type.
#include "config/configuration_text.h"
#include "config/schema.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

// Text of ours; quotes and backslashes are all that JSON minds in it.
std::string json(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        out += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
    }
    return out + "\"";
}

constexpr std::string_view kVariable = "{\"type\": \"string\", \"pattern\": \"\\\\$\\\\{\"}";

std::string any_of(const std::string& first, const std::string& second = "") {
    return "\"anyOf\": [" + first + ", " + (second.empty() ? "" : second + ", ") +
           std::string(kVariable) + "]";
}

std::string bounds(const ValueType& type) {
    std::string out = "\"type\": \"integer\", \"minimum\": " + std::to_string(type.minimum);
    if (type.maximum != kNoMaximum) {
        out += ", \"maximum\": " + std::to_string(type.maximum);
    }
    return "{" + out + "}";
}

std::string pattern(std::string_view units) {
    return "{\"type\": \"string\", \"pattern\": \"^[0-9]+(" + std::string(units) + ")$\"}";
}

std::string choices_of(const ValueType& type) {
    std::string names;
    for (const Choice& choice : type.choices) {
        names += (names.empty() ? "" : ", ") + json(choice.name);
    }
    return "{\"enum\": [" + names + "]}";
}

std::string list_of(const ValueType& type) {
    const std::string item =
        type.kind == ValueKind::kIntegers ? bounds(type) : "{\"type\": \"string\"}";
    return "{\"type\": \"array\", \"items\": " + item + "}";
}

// What stands in braces behind a key.
std::string type_text(const ValueType& type) {
    const std::string word =
        type.special.word.empty() ? "" : "{\"const\": " + json(type.special.word) + "}";
    switch (type.kind) {
    case ValueKind::kBool:
        return any_of("{\"type\": \"boolean\"}");
    case ValueKind::kInteger:
        return any_of(bounds(type), word);
    case ValueKind::kDuration:
        return any_of(pattern("us|ms|s|m|h|d"), word);
    case ValueKind::kSize:
        return any_of(pattern("B|KiB|MiB|GiB"), word);
    case ValueKind::kChoice:
        // NFStream's true and false are choices of decode_tunnels.
        return any_of(
            choices_of(type),
            std::ranges::find(type.choices, "true", &Choice::name) != type.choices.end()
                ? "{\"type\": \"boolean\"}"
                : ""
        );
    case ValueKind::kText:
    case ValueKind::kPath:
        return "\"type\": \"string\"";
    case ValueKind::kNames:
    case ValueKind::kTexts:
    case ValueKind::kIntegers:
        return any_of(list_of(type), "{\"type\": \"string\"}");
    case ValueKind::kPairs:
        return any_of(
            "{\"type\": \"object\", \"additionalProperties\": {\"type\": [\"string\", "
            "\"number\", \"boolean\"]}}",
            "{\"type\": \"string\"}"
        );
    case ValueKind::kFormulas:
        return "\"type\": [\"object\", \"null\"], \"additionalProperties\": {\"type\": "
               "[\"string\", \"number\", \"boolean\"]}";
    }
    return "";
}

std::string default_member(const Parameter& parameter) {
    const std::string text = default_text(parameter);
    if (text.empty()) {
        return "";
    }
    const bool bare =
        parameter.type.kind == ValueKind::kBool ||
        (parameter.type.kind == ValueKind::kInteger && text != parameter.type.special.word);
    return ", \"default\": " + (bare ? text : json(text));
}

class JsonSchema {
public:
    std::string write() {
        out_ = "{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n"
               "  \"title\": \"flowgauge.yaml\",\n";
        write_object(schema(), "  ");
        return std::move(out_) + "}\n";
    }

private:
    void write_object(const SchemaNode& section, const std::string& indent) {
        // A section without keys below it is one in which all are commented out.
        out_ +=
            indent + "\"type\": " +
            (section.path.empty() || section.is_list ? "\"object\"" : "[\"object\", \"null\"]") +
            ",\n";
        out_ += indent + "\"additionalProperties\": false,\n";
        if (section.path.empty()) {
            out_ += indent + "\"required\": [\"version\"],\n";
        }
        if (section.name == "inputs") {
            out_ += indent + "\"required\": [\"name\"],\n" + indent +
                    "\"oneOf\": [{\"required\": [\"interface\"]}, {\"required\": [\"files\"]}],\n";
        }
        if (section.is_list && section.name != "inputs") {
            out_ += indent + "\"required\": [\"name\"],\n";
        }
        out_ += indent + "\"properties\": {\n";
        for (const SchemaNode& node : section.children) {
            out_ += indent + "  " + json(node.name) + ": {";
            write_member(node, indent + "    ");
            out_ += &node == &section.children.back() ? "}\n" : "},\n";
        }
        out_ += indent + "}\n";
    }

    void write_member(const SchemaNode& node, const std::string& indent) {
        if (node.parameter != nullptr) {
            out_ += "\"description\": " +
                    json(
                        std::string(node.parameter->live ? "[live] " : "") +
                        std::string(node.parameter->help)
                    ) +
                    ", " + type_text(node.parameter->type) + default_member(*node.parameter);
            return;
        }
        out_ += "\n";
        if (node.is_list) {
            out_ += indent + "\"type\": [\"array\", \"null\"],\n" + indent + "\"items\": {\n";
            write_object(node, indent + "  ");
            out_ += indent + "}\n";
        } else {
            write_object(node, indent);
        }
        out_ += indent.substr(2);
    }

    std::string out_;
};

}  // namespace

std::string json_schema_text() {
    return JsonSchema().write();
}

}  // namespace flowgauge
