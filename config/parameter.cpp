#include "config/parameter.h"

#include "config/tables.h"
#include "config/value_text.h"

#include <algorithm>
#include <initializer_list>

namespace flowgauge {
namespace {

Error usage(std::string message) {
    return {ErrorKind::kUsage, std::move(message)};
}

std::vector<Parameter> joined_tables() {
    std::vector<Parameter> all;
    for (const std::span<const Parameter> table :
         {document_parameters(),
          input_parameters(),
          metering_parameters(),
          extension_parameters(),
          sink_parameters(),
          service_parameters(),
          option_only_parameters()}) {
        all.insert(all.end(), table.begin(), table.end());
    }
    return all;
}

const Parameter* find_by(std::string_view Parameter::*name, std::string_view text) {
    const auto found = std::ranges::find(all_parameters(), text, name);
    return text.empty() || found == all_parameters().end() ? nullptr : &*found;
}

// A block scalar may have lines; nothing else below the blank belongs into a value.
bool is_plain(const std::string& text) {
    return std::ranges::all_of(text, [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t';
    });
}

Result<void> put(const Parameter& parameter, Parts& parts, Result<Value> value) {
    if (!value) {
        return std::move(value).error();
    }
    if (!is_plain(value.value().text) || !std::ranges::all_of(value.value().items, is_plain)) {
        return usage("holds a control character");
    }
    const std::uint64_t number = value.value().number;
    if (parameter.type.kind == ValueKind::kDuration && number != kNever &&
        number % parameter.field.step != 0) {
        return usage(
            "must be a multiple of " +
            duration_text(std::chrono::microseconds(static_cast<std::int64_t>(parameter.field.step))
            )
        );
    }
    parameter.field.set(parts, value.value());
    return {};
}

}  // namespace

std::span<const Parameter> all_parameters() {
    static const std::vector<Parameter> kAll = joined_tables();
    return kAll;
}

const Parameter* find_option(std::string_view option) {
    return find_by(&Parameter::option, option);
}

const Parameter* find_key(std::string_view path) {
    return find_by(&Parameter::path, path);
}

std::string option_name(const Parameter& parameter) {
    std::string name = "--" + std::string(parameter.option);
    std::ranges::replace(name, '_', '-');
    return name;
}

std::string help_text(const Parameter& parameter) {
    const std::string standard = default_text(parameter);
    // Another name of a parameter says its default there.
    const bool named = !standard.empty() && parameter.option != "n_meters";
    return std::string(parameter.help) + (named ? " (" + standard + ")" : "");
}

std::string sink_types_text(const Parameter& parameter) {
    std::string names;
    for (const SinkType type :
         {SinkType::kFile,
          SinkType::kIpfix,
          SinkType::kKafka,
          SinkType::kSyslog,
          SinkType::kSocket}) {
        if ((parameter.sink_types & static_cast<std::uint8_t>(type)) != 0) {
            names += (names.empty() ? "" : ", ") + std::string(to_string(type));
        }
    }
    return names.empty() ? names : names + ": ";
}

std::string value_name_text(const Parameter& parameter) {
    if (!parameter.value_name.empty()) {
        return std::string(parameter.value_name);
    }
    switch (parameter.type.kind) {
    case ValueKind::kBool:
        return "BOOL";
    case ValueKind::kInteger:
        return "N";
    case ValueKind::kDuration:
        return "TIME";
    case ValueKind::kSize:
        return "SIZE";
    case ValueKind::kChoice:
        return choice_names(parameter.type.choices, "|");
    case ValueKind::kPath:
        return "FILE";
    default:
        return "TEXT";
    }
}

std::string default_text(const Parameter& parameter) {
    static const Parts kDefaults{};
    return print(parameter, kDefaults);
}

bool is_switch(const Parameter& parameter) noexcept {
    return parameter.type.kind == ValueKind::kBool ||
           std::ranges::find(parameter.type.choices, "true", &Choice::name) !=
               parameter.type.choices.end();
}

Result<void> apply(const Parameter& parameter, Parts& parts, std::string_view text, Units units) {
    return put(parameter, parts, parse_value(parameter.type, text, units));
}

Result<void> apply_items(const Parameter& parameter, Parts& parts, std::vector<std::string> items) {
    return put(parameter, parts, parse_items(parameter.type, std::move(items)));
}

std::string print(const Parameter& parameter, const Parts& parts) {
    const Value value = parameter.field.get(parts);
    if (!is_list(parameter.type.kind) || parameter.type.kind == ValueKind::kNames) {
        return print_value(parameter.type, value);
    }
    std::string joined;
    for (const std::string& item : value.items) {
        joined += (joined.empty() ? "" : ",") + item;
    }
    return joined;
}

}  // namespace flowgauge
