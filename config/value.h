// Value: what an operator wrote for a key or an option, between its text and the field it goes to.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

enum class ValueKind : std::uint8_t {
    kBool,
    kInteger,
    kDuration,
    kSize,
    kChoice,
    kText,
    kPath,
    kNames,     // words, or a list of them: "all", [id, src_ip]; kept as one text with commas
    kTexts,     // a list
    kIntegers,  // a list
    kPairs,     // names with texts: in YAML keys of their own, elsewhere NAME=TEXT between commas
    kFormulas,  // names with texts, as kPairs in YAML, in their order; nowhere else
};

constexpr std::uint64_t kNoMaximum = std::numeric_limits<std::uint64_t>::max();

// Of `choices`, several may have one number; the first of them is printed.
struct Choice {
    std::string_view name;
    std::uint64_t number = 0;
};

// A word that stands for a number: auto, infinity.
struct SpecialWord {
    std::string_view word;
    std::uint64_t number = 0;
};

// What a key takes. Durations count microseconds and sizes bytes, here and in Value.
struct ValueType {
    ValueKind kind = ValueKind::kText;
    std::uint64_t minimum = 0;
    std::uint64_t maximum = kNoMaximum;
    std::uint64_t bare = 1;  // microseconds of a duration without unit, on the command line
    std::span<const Choice> choices{};
    SpecialWord special{};
};

struct Value {
    std::uint64_t number = 0;        // also of a bool and of a choice
    std::string text;                // kText, kPath, kNames
    std::vector<std::string> items;  // kTexts, kIntegers; kPairs: "NAME=TEXT", sorted; kFormulas

    bool operator==(const Value&) const = default;
};

// Whether a duration or size may be a bare number: on the command line, as NFStream has it.
enum class Units : std::uint8_t { kRequired, kOptional };

// Reads one text; a list is separated by commas. Errors: kUsage, with what would have been right.
[[nodiscard]] Result<Value> parse_value(const ValueType& type, std::string_view text, Units units);

// Reads the elements of a list. Requires: is_list(type.kind).
[[nodiscard]] Result<Value> parse_items(const ValueType& type, std::vector<std::string> items);

// The text that parse_value() reads as `value` again. Requires: not a list.
[[nodiscard]] std::string print_value(const ValueType& type, const Value& value);

[[nodiscard]] constexpr bool is_list(ValueKind kind) noexcept {
    return kind == ValueKind::kTexts || kind == ValueKind::kIntegers || kind == ValueKind::kNames ||
           kind == ValueKind::kPairs || kind == ValueKind::kFormulas;
}

// "a, b, c", without other names of the same.
[[nodiscard]] std::string choice_names(std::span<const Choice> choices, std::string_view between);

}  // namespace flowgauge
