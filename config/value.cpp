#include "config/value.h"

#include "config/value_text.h"

#include <algorithm>
#include <chrono>

namespace flowgauge {
namespace {

using std::chrono::microseconds;

Error usage(std::string message) {
    return {ErrorKind::kUsage, std::move(message)};
}

Value number_value(std::uint64_t number) {
    return {.number = number, .text = {}, .items = {}};
}

Value text_value(std::string_view text) {
    return {.number = 0, .text = std::string(text), .items = {}};
}

Result<Value> to_value(Result<std::uint64_t> number) {
    if (!number) {
        return std::move(number).error();
    }
    return number_value(number.value());
}

// The number in the form that the operator would have written.
std::string amount_text(ValueKind kind, std::uint64_t number) {
    return kind == ValueKind::kDuration
               ? duration_text(microseconds(static_cast<std::int64_t>(number)))
               : size_text(number);
}

Result<std::uint64_t> in_range(
    const ValueType& type, std::string_view text, Result<std::uint64_t> number
) {
    if (!number || (number.value() >= type.minimum && number.value() <= type.maximum)) {
        return number;
    }
    const std::string least = amount_text(type.kind, type.minimum);
    const bool open_ended = type.maximum == kNoMaximum;
    return usage(
        in_quotes(text) + " is not " +
        (open_ended ? "at least " + least
                    : "from " + least + " to " + amount_text(type.kind, type.maximum))
    );
}

Result<std::uint64_t> parse_amount(const ValueType& type, std::string_view text, Units units) {
    if (type.kind == ValueKind::kSize) {
        return in_range(type, text, parse_size(text, units == Units::kOptional));
    }
    const microseconds bare(
        units == Units::kOptional ? static_cast<std::int64_t>(type.bare) : std::int64_t{0}
    );
    Result<microseconds> duration = parse_duration(text, bare);
    if (!duration) {
        return std::move(duration).error();
    }
    return in_range(type, text, static_cast<std::uint64_t>(duration.value().count()));
}

Result<Value> parse_choice(const ValueType& type, std::string_view text) {
    auto found = std::ranges::find(type.choices, text, &Choice::name);
    if (const Result<bool> on = parse_bool(text); on && found == type.choices.end()) {
        // Where true is a choice, its other spellings are as well.
        found = std::ranges::find(type.choices, on.value() ? "true" : "false", &Choice::name);
    }
    if (found == type.choices.end()) {
        return usage(in_quotes(text) + " is none of " + choice_names(type.choices, ", "));
    }
    return number_value(found->number);
}

Result<Value> parse_number(const ValueType& type, std::string_view text, Units units) {
    if (!type.special.word.empty() && text == type.special.word) {
        return number_value(type.special.number);
    }
    Result<std::uint64_t> number = type.kind == ValueKind::kInteger
                                       ? parse_integer(text, type.minimum, type.maximum)
                                       : parse_amount(type, text, units);
    if (!number && !type.special.word.empty()) {
        return usage(number.error().message + ", or " + std::string(type.special.word));
    }
    return to_value(std::move(number));
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> items;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        items.emplace_back(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return items;
}

Result<Value> sorted_pairs(std::vector<std::string> items) {
    const auto name_of = [](const std::string& item) {
        return item.substr(0, item.find('='));
    };
    for (const std::string& item : items) {
        if (item.find('=') == std::string::npos || item.starts_with('=')) {
            return usage(in_quotes(item) + " is no NAME=TEXT");
        }
    }
    std::ranges::sort(items, {}, name_of);
    const auto twice = std::ranges::adjacent_find(items, {}, name_of);
    if (twice != items.end()) {
        return usage(in_quotes(name_of(*twice)) + " is there twice");
    }
    return Value{.number = 0, .text = {}, .items = std::move(items)};
}

}  // namespace

Result<Value> parse_items(const ValueType& type, std::vector<std::string> items) {
    for (const std::string& item : items) {
        if (item.empty()) {
            return usage("an element of the list is empty");
        }
        if (type.kind == ValueKind::kIntegers) {
            if (Result<std::uint64_t> number = parse_integer(item, type.minimum, type.maximum);
                !number) {
                return std::move(number).error();
            }
        }
    }
    if (type.kind == ValueKind::kPairs) {
        return sorted_pairs(std::move(items));
    }
    if (type.kind != ValueKind::kNames) {
        return Value{.number = 0, .text = {}, .items = std::move(items)};
    }
    std::string joined;
    for (const std::string& item : items) {
        joined += (joined.empty() ? "" : ",") + item;
    }
    return text_value(joined);
}

Result<Value> parse_value(const ValueType& type, std::string_view text, Units units) {
    switch (type.kind) {
    case ValueKind::kBool: {
        Result<bool> on = parse_bool(text);
        if (!on) {
            return std::move(on).error();
        }
        return number_value(on.value() ? 1 : 0);
    }
    case ValueKind::kInteger:
    case ValueKind::kDuration:
    case ValueKind::kSize:
        return parse_number(type, text, units);
    case ValueKind::kChoice:
        return parse_choice(type, text);
    case ValueKind::kTexts:
    case ValueKind::kIntegers:
    case ValueKind::kPairs:
        return parse_items(type, split(text));
    case ValueKind::kFormulas:
        return text.empty() ? Result<Value>(Value{})
                            : usage("takes keys with expressions, in a file");
    case ValueKind::kText:
    case ValueKind::kPath:
    case ValueKind::kNames:
        break;
    }
    return text_value(text);
}

std::string print_value(const ValueType& type, const Value& value) {
    if (!type.special.word.empty() && value.number == type.special.number) {
        return std::string(type.special.word);
    }
    switch (type.kind) {
    case ValueKind::kBool:
        return value.number != 0 ? "true" : "false";
    case ValueKind::kInteger:
        return std::to_string(value.number);
    case ValueKind::kDuration:
    case ValueKind::kSize:
        return amount_text(type.kind, value.number);
    case ValueKind::kChoice: {
        const auto found = std::ranges::find(type.choices, value.number, &Choice::number);
        return found == type.choices.end() ? "" : std::string(found->name);
    }
    default:
        return value.text;
    }
}

std::string choice_names(std::span<const Choice> choices, std::string_view between) {
    std::string names;
    for (const Choice& choice : choices) {
        const auto first = std::ranges::find(choices, choice.number, &Choice::number);
        if (first->name == choice.name) {
            names += std::string(names.empty() ? "" : between) + std::string(choice.name);
        }
    }
    return names;
}

}  // namespace flowgauge
