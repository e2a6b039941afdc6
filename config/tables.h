// The tables whose rows together are all parameters, one for each part of the configuration file.
#pragma once

#include "config/parameter.h"

#include <cstdint>
#include <span>

namespace flowgauge {

[[nodiscard]] std::span<const Parameter> document_parameters(
) noexcept;                                                            // version, include, sensor
[[nodiscard]] std::span<const Parameter> input_parameters() noexcept;  // inputs
[[nodiscard]] std::span<const Parameter> metering_parameters() noexcept;   // flows ... visibility
[[nodiscard]] std::span<const Parameter> extension_parameters() noexcept;  // features ... models
[[nodiscard]] std::span<const Parameter> sink_parameters() noexcept;       // sinks
[[nodiscard]] std::span<const Parameter> service_parameters(
) noexcept;  // metrics, control, logging
[[nodiscard]] std::span<const Parameter> option_only_parameters() noexcept;

// Shorthands of the rows.
constexpr std::uint64_t kMicrosecond = 1;
constexpr std::uint64_t kMillisecond = 1'000;
constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::uint64_t kKiB = std::uint64_t{1} << 10;
constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
constexpr std::uint64_t kUint32Max = std::numeric_limits<std::uint32_t>::max();

constexpr ValueType kBool{.kind = ValueKind::kBool};
constexpr ValueType kText{.kind = ValueKind::kText};
constexpr ValueType kPath{.kind = ValueKind::kPath};
constexpr ValueType kNames{.kind = ValueKind::kNames};
constexpr ValueType kTexts{.kind = ValueKind::kTexts};
constexpr ValueType kPairs{.kind = ValueKind::kPairs};
constexpr ValueType kFormulas{.kind = ValueKind::kFormulas};

constexpr ValueType integer(std::uint64_t minimum, std::uint64_t maximum) {
    return {.kind = ValueKind::kInteger, .minimum = minimum, .maximum = maximum};
}

// `bare`: what a number without unit counts on the command line.
constexpr ValueType duration(
    std::uint64_t bare, std::uint64_t minimum = 0, std::uint64_t maximum = kNoMaximum
) {
    return {.kind = ValueKind::kDuration, .minimum = minimum, .maximum = maximum, .bare = bare};
}

constexpr ValueType size(std::uint64_t minimum = 0, std::uint64_t maximum = kNoMaximum) {
    return {.kind = ValueKind::kSize, .minimum = minimum, .maximum = maximum};
}

constexpr ValueType choice(std::span<const Choice> choices) {
    return {.kind = ValueKind::kChoice, .choices = choices};
}

constexpr ValueType or_word(ValueType type, std::string_view word, std::uint64_t number) {
    type.special = {.word = word, .number = number};
    return type;
}

// The number of an enumerator in a Choice.
template <typename Enum>
constexpr std::uint64_t number_of(Enum value) {
    return static_cast<std::uint64_t>(value);
}

}  // namespace flowgauge
