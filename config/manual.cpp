// flowgauge.yaml(5) of the table, for pandoc.
#include "config/configuration_text.h"
#include "config/schema.h"

#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::string_view kHead = R"(% FLOWGAUGE.YAML(5) flowgauge | File Formats

# NAME

flowgauge.yaml - configuration of the flow sensor flowgauge

# SYNOPSIS

*/etc/flowgauge/flowgauge.yaml*

# DESCRIPTION

The file is YAML: sections of keys with values. **version: 1** must be there, everything else has a default. Unknown keys,
keys that are there twice, and values out of range are errors, and **flowgauge check \--config** *FILE* tells all of them
in one go, as *file:line:column: key: message*. **flowgauge config \--effective** shows what is in force.

A duration is a number with **us**, **ms**, **s**, **m**, **h** or **d**, a size one with **B**, **KiB**, **MiB** or **GiB**. Relative
paths begin in the working directory of the program, those of **include** beside the file. **\${VAR}** and **\${VAR:-default}**
in a value are replaced from the environment; **\$\${** is **\${** itself. Anchors and aliases work, merge keys (**\<\<**) and tags
are refused.

The command line comes before the environment, that before the file, that before the default. In the environment, two
underscores stand between the parts of a key: **FLOWGAUGE\_\_flows\_\_idle\_timeout**. Inputs, plugins, models and sinks are named:
**FLOWGAUGE\_\_sinks\_\_disk\_\_path**; what a variable cannot hold in its name, such as a dash, is written as an underscore. A list
is separated by commas there.

Keys marked **[live]** are applied by **systemctl reload flowgauge**. Others wait for a restart. A reload with an error in the
file changes nothing.
)";

constexpr std::string_view kTail = R"(
# FILES

*/etc/flowgauge/flowgauge.yaml*
:   the configuration that the service reads

# SEE ALSO

**flowgauge**(1), **flowgauge-fields**(7)
)";

// Markdown's own characters in a text that has none.
std::string escaped(std::string_view text) {
    constexpr std::string_view kMarks = "\\`*_{}[]<>#$|~^\"'@";
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dashes = text.compare(i, 2, "--") == 0;
        if (dashes || kMarks.find(text[i]) != std::string_view::npos) {
            out += '\\';
        }
        out += text[i];
    }
    return out;
}

std::string values_of(const ValueType& type) {
    const std::string word =
        type.special.word.empty() ? "" : " or **" + escaped(type.special.word) + "**";
    switch (type.kind) {
    case ValueKind::kBool:
        return "**true** or **false**";
    case ValueKind::kInteger:
        if (type.minimum == type.maximum) {
            return "**" + std::to_string(type.minimum) + "**";
        }
        return (type.maximum == kNoMaximum ? "number of at least " + std::to_string(type.minimum)
                                           : "number from " + std::to_string(type.minimum) +
                                                 " to " + std::to_string(type.maximum)) +
               word;
    case ValueKind::kDuration:
        return "duration" + word;
    case ValueKind::kSize:
        return "size" + word;
    case ValueKind::kChoice:
        return escaped(choice_names(type.choices, ", "));
    case ValueKind::kPath:
        return "path";
    case ValueKind::kNames:
        return "word or list";
    case ValueKind::kTexts:
    case ValueKind::kIntegers:
        return "list";
    case ValueKind::kPairs:
        return "names with texts";
    case ValueKind::kFormulas:
        return "names with expressions";
    case ValueKind::kText:
        break;
    }
    return "text";
}

class Manual {
public:
    std::string write() {
        out_ = kHead;
        out_ += "\n# KEYS OF THE FILE ITSELF\n";
        for (const SchemaNode& node : schema().children) {
            if (node.parameter != nullptr) {
                write_key(node, node.name);
            }
        }
        for (const SchemaNode& node : schema().children) {
            if (node.parameter != nullptr) {
                continue;
            }
            out_ += "\n# " + upper(node.name) + "\n";
            if (node.is_list) {
                out_ += "\nA list; each element begins with its **name**.\n";
            }
            write_children(node, "");
        }
        return std::move(out_) + std::string(kTail);
    }

private:
    void write_children(const SchemaNode& section, const std::string& before) {
        for (const SchemaNode& node : section.children) {
            if (node.parameter != nullptr) {
                write_key(node, before + node.name);
            } else {
                write_children(node, before + node.name + ".");
            }
        }
    }

    void write_key(const SchemaNode& node, const std::string& name) {
        const Parameter& parameter = *node.parameter;
        const std::string standard = default_text(parameter);
        out_ += "\n**" + escaped(name) + "**: " + values_of(parameter.type) +
                (standard.empty() ? "" : "; default **" + escaped(standard) + "**") +
                (parameter.live ? " **\\[live\\]**" : "") +
                "\n:   " + escaped(sink_types_text(parameter) + std::string(parameter.help));
        if (!parameter.option.empty()) {
            out_ += "; option **" + escaped(option_name(parameter)) + "**";
        }
        out_ += "\n";
    }

    static std::string upper(std::string text) {
        for (char& c : text) {
            c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        }
        return text;
    }

    std::string out_;
};

}  // namespace

std::string manual_text() {
    return Manual().write();
}

}  // namespace flowgauge
