// Field: the place in the options of the parts where the value of a parameter lies, as two
// functions made of the members on the way there.
#pragma once

#include "config/settings.h"
#include "config/value.h"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace flowgauge {

// Whose option it is: there is one Settings, but several of the others.
enum class Part : std::uint8_t { kSettings, kInput, kPlugin, kModel, kSink };

// What fields are written into and read from: the settings, and the element of a list at hand.
struct Parts {
    Settings settings;
    InputSettings input;
    PluginSettings plugin;
    ModelSettings model;
    SinkSettings sink;
};

struct Field {
    Part part = Part::kSettings;
    std::uint64_t step = 1;  // microseconds that the field can tell apart, of a duration
    void (*set)(Parts& parts, const Value& value);
    Value (*get)(const Parts& parts);
};

// Stands for "never" in a Value, where the field is an optional duration without a value.
constexpr std::uint64_t kNever = kNoMaximum;

namespace field_detail {

template <typename T>
struct MemberOf;
template <typename Class, typename Member>
struct MemberOf<Member Class::*> {
    using Owner = Class;
    using Type = Member;
};

template <typename Root, typename AnyParts>
auto& root_of(AnyParts& parts) {
    if constexpr (std::is_same_v<Root, Settings>) {
        return parts.settings;
    } else if constexpr (std::is_same_v<Root, InputSettings>) {
        return parts.input;
    } else if constexpr (std::is_same_v<Root, PluginSettings>) {
        return parts.plugin;
    } else if constexpr (std::is_same_v<Root, ModelSettings>) {
        return parts.model;
    } else {
        static_assert(std::is_same_v<Root, SinkSettings>);
        return parts.sink;
    }
}

template <auto First, auto... Rest, typename Root>
auto& reach(Root& root) {
    if constexpr (sizeof...(Rest) == 0) {
        return root.*First;
    } else {
        return reach<Rest...>(root.*First);
    }
}

template <typename T>
struct IsDuration : std::false_type {};
template <typename Rep, typename Period>
struct IsDuration<std::chrono::duration<Rep, Period>> : std::true_type {};

template <typename T>
struct DurationOf {
    using Type = T;
};
template <typename T>
struct DurationOf<std::optional<T>> {
    using Type = T;
};

template <typename T>
constexpr std::uint64_t step_of() {
    using Duration = typename DurationOf<T>::Type;
    if constexpr (IsDuration<Duration>::value) {
        return static_cast<std::uint64_t>(std::chrono::microseconds(Duration(1)).count());
    } else {
        return 1;
    }
}

template <typename T>
void write(T& place, const Value& value) {
    using std::chrono::microseconds;
    if constexpr (std::is_same_v<T, std::string>) {
        place = value.text;
    } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
        place = value.items;
    } else if constexpr (std::is_same_v<T, std::map<std::string, std::string>>) {
        place.clear();
        for (const std::string& item : value.items) {
            const std::size_t equals = item.find('=');
            place[item.substr(0, equals)] = item.substr(equals + 1);
        }
    } else if constexpr (std::is_same_v<T, std::vector<FeatureSettings>>) {
        place.clear();
        for (const std::string& item : value.items) {
            const std::size_t equals = item.find('=');
            place.push_back({item.substr(0, equals), item.substr(equals + 1)});
        }
    } else if constexpr (std::is_same_v<T, std::vector<std::uint32_t>>) {
        place.clear();
        for (const std::string& item : value.items) {
            place.push_back(static_cast<std::uint32_t>(std::stoul(item)));
        }
    } else if constexpr (IsDuration<T>::value) {
        place =
            std::chrono::duration_cast<T>(microseconds(static_cast<std::int64_t>(value.number)));
    } else if constexpr (IsDuration<typename DurationOf<T>::Type>::value) {
        place.reset();
        if (value.number != kNever) {
            write(place.emplace(), value);
        }
    } else {
        place = static_cast<T>(value.number);
    }
}

template <typename T>
Value read(const T& place) {
    Value value;
    if constexpr (std::is_same_v<T, std::string>) {
        value.text = place;
    } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
        value.items = place;
    } else if constexpr (std::is_same_v<T, std::map<std::string, std::string>>) {
        for (const auto& [name, text] : place) {
            value.items.emplace_back(name).append("=").append(text);
        }
    } else if constexpr (std::is_same_v<T, std::vector<FeatureSettings>>) {
        for (const FeatureSettings& feature : place) {
            value.items.emplace_back(feature.name).append("=").append(feature.expression);
        }
    } else if constexpr (std::is_same_v<T, std::vector<std::uint32_t>>) {
        for (const std::uint32_t item : place) {
            value.items.push_back(std::to_string(item));
        }
    } else if constexpr (IsDuration<T>::value) {
        const std::chrono::microseconds count = place;
        value.number = static_cast<std::uint64_t>(count.count());
    } else if constexpr (IsDuration<typename DurationOf<T>::Type>::value) {
        value.number = place ? read(*place).number : kNever;
    } else {
        value.number = static_cast<std::uint64_t>(place);
    }
    return value;
}

}  // namespace field_detail

// The field that the members lead to: field<&Settings::meter, &MeterOptions::splt_analysis>().
// The first is a member of Settings or of what an element of a list has.
template <auto First, auto... Rest>
constexpr Field field() {
    using Root = typename field_detail::MemberOf<decltype(First)>::Owner;
    using Type =
        std::remove_cvref_t<decltype(field_detail::reach<First, Rest...>(std::declval<Root&>()))>;
    constexpr Part kPart = std::is_same_v<Root, Settings>         ? Part::kSettings
                           : std::is_same_v<Root, InputSettings>  ? Part::kInput
                           : std::is_same_v<Root, PluginSettings> ? Part::kPlugin
                           : std::is_same_v<Root, ModelSettings>  ? Part::kModel
                                                                  : Part::kSink;
    return {
        .part = kPart,
        .step = field_detail::step_of<Type>(),
        .set =
            [](Parts& parts, const Value& value) {
                field_detail::write(
                    field_detail::reach<First, Rest...>(field_detail::root_of<Root>(parts)), value
                );
            },
        .get =
            [](const Parts& parts) {
                return field_detail::read(
                    field_detail::reach<First, Rest...>(field_detail::root_of<Root>(parts))
                );
            }};
}

// A key with one possible value, which therefore lies nowhere.
template <Part Owner, std::uint64_t Number>
constexpr Field no_field() {
    return {
        .part = Owner,
        .step = 1,
        .set = [](Parts&, const Value&) {},
        .get =
            [](const Parts&) {
                return Value{.number = Number, .text = {}, .items = {}};
            }};
}

}  // namespace flowgauge
