#include "telemetry/statistics_json.h"

#include "core/base/format.h"
#include "telemetry/statistics_fields.h"

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <limits>
#include <nlohmann/json.hpp>
#include <system_error>
#include <type_traits>

namespace flowgauge {
namespace {

constexpr std::size_t kTextBytesMax = std::size_t{16} << 20;
constexpr std::size_t kDepthMax = 16;

// Whether a place of an array of counts stands for something that happens.
bool is_counted(std::string_view name) {
    return !name.empty();
}

// Keys of maps are names in JSON: texts as they are, numbers by their digits.
std::string name_of(const std::string& key) {
    return key;
}

std::string name_of(unsigned key) {
    return std::to_string(key);
}

bool read_key(const std::string& name, std::string& key) {
    key = name;
    return true;
}

bool read_key(const std::string& name, unsigned& key) {
    const char* end = name.data() + name.size();
    const auto [at, error] = std::from_chars(name.data(), end, key);
    return error == std::errc{} && at == end;
}

// Writes in the order of the fields.
class Writer {
public:
    using Json = nlohmann::ordered_json;

    template <typename T>
    void operator()(const char* name, const T& value) {
        json_[name] = value_of(value);
    }

    template <typename Counts, typename Name>
    void counts(const char* name, const Counts& counts, Name name_of) {
        Json object = Json::object();
        for (std::size_t i = 0; i < counts.size(); ++i) {
            if (is_counted(name_of(i))) {
                object[std::string(name_of(i))] = counts[i];
            }
        }
        json_[name] = std::move(object);
    }

    template <HasFields T>
    [[nodiscard]] static Json value_of(const T& value) {
        Writer writer;
        Fields<T>::visit(writer, value);
        return std::move(writer.json_);
    }

private:
    template <typename T>
    requires std::is_arithmetic_v<T> || std::same_as<T, std::string>
    [[nodiscard]] static Json value_of(const T& value) { return value; }

    template <typename T>
    requires std::is_enum_v<T>
    [[nodiscard]] static Json value_of(T value) { return std::string(to_string(value)); }

    template <typename Key>
    [[nodiscard]] static Json value_of(const std::map<Key, std::uint64_t>& counts) {
        Json object = Json::object();
        for (const auto& [name, count] : counts) {
            object[name_of(name)] = count;
        }
        return object;
    }

    template <typename List>
    requires requires(const List& list) {
        list.data();
    } &&(!std::same_as<List, std::string>) [[nodiscard]] static Json value_of(const List& list) {
        Json array = Json::array();
        for (const auto& element : list) {
            array.push_back(value_of(element));
        }
        return array;
    }

    Json json_ = Json::object();
};

// Reads until something is wrong. Objects are sorted maps here, so that one with a great many names
// costs no more than its length.
class Reader {
public:
    using Json = nlohmann::json;

    explicit Reader(const Json& json) : json_(&json) {}

    template <typename T>
    void operator()(const char* name, T& value) {
        const auto found = json_->find(name);
        if (problem_.empty() && found != json_->end()) {
            note(name, read(*found, value));
        }
    }

    template <typename Counts, typename Name>
    void counts(const char* name, Counts& counts, Name name_of) {
        std::map<std::string, std::uint64_t> read_counts;
        (*this)(name, read_counts);
        for (std::size_t i = 0; i < counts.size(); ++i) {
            const auto found = read_counts.find(std::string(name_of(i)));
            if (found != read_counts.end() && is_counted(found->first)) {
                counts[i] = found->second;
            }
        }
    }

    // Each returns what is wrong with the value, behind the place of it, or nothing.
    template <HasFields T>
    [[nodiscard]] static std::string read(const Json& json, T& value) {
        if (!json.is_object()) {
            return ": not an object";
        }
        Reader reader(json);
        Fields<T>::visit(reader, value);
        return reader.problem_;
    }

private:
    void note(std::string_view name, std::string_view problem) {
        if (!problem.empty()) {
            problem_ = format(".{}{}", name, problem);
        }
    }

    [[nodiscard]] static std::string read(const Json& json, bool& value) {
        if (!json.is_boolean()) {
            return ": neither true nor false";
        }
        value = json.get<bool>();
        return {};
    }

    [[nodiscard]] static std::string read(const Json& json, double& value) {
        if (!json.is_number()) {
            return ": not a number";
        }
        value = json.get<double>();
        return {};
    }

    [[nodiscard]] static std::string read(const Json& json, std::string& value) {
        if (!json.is_string()) {
            return ": not a text";
        }
        value = json.get<std::string>();
        return {};
    }

    template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>) [[nodiscard]] static std::string
        read(const Json& json, T& value) {
        if (!json.is_number_unsigned() ||
            json.get<std::uint64_t>() > std::numeric_limits<T>::max()) {
            return format(": not a whole number from 0 to {}", std::numeric_limits<T>::max());
        }
        value = static_cast<T>(json.get<std::uint64_t>());
        return {};
    }

    [[nodiscard]] static std::string read(const Json& json, std::int64_t& value) {
        constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
        if (!json.is_number_integer() ||
            (json.is_number_unsigned() && json.get<std::uint64_t>() > kMax)) {
            return ": not a whole number of 63 bits and a sign";
        }
        value = json.get<std::int64_t>();
        return {};
    }

    template <typename T>
    requires std::is_enum_v<T>
    [[nodiscard]] static std::string read(const Json& json, T& value) {
        const auto* text = json.get_ptr<const std::string*>();
        const auto found =
            text == nullptr ? kNamesOf<T>.end() : std::ranges::find(kNamesOf<T>, *text);
        if (found == kNamesOf<T>.end()) {
            return format(": none of {}", join(kNamesOf<T>, ", "));
        }
        value = static_cast<T>(found - kNamesOf<T>.begin());
        return {};
    }

    template <typename Key>
    [[nodiscard]] static std::string read(const Json& json, std::map<Key, std::uint64_t>& counts) {
        if (!json.is_object()) {
            return ": not an object";
        }
        for (const auto& [name, count] : json.items()) {
            Key key{};
            if (!read_key(name, key)) {
                return format(".{}: its name is no whole number", name);
            }
            if (const std::string problem = read(count, counts[key]); !problem.empty()) {
                return format(".{}{}", name, problem);
            }
        }
        return {};
    }

    template <typename T>
    [[nodiscard]] static std::string read(const Json& json, std::vector<T>& list) {
        list.clear();
        return read_list(json, json.size(), [&list]() -> T& { return list.emplace_back(); });
    }

    template <typename T, std::size_t N>
    [[nodiscard]] static std::string read(const Json& json, std::array<T, N>& list) {
        std::size_t at = 0;
        return read_list(json, N, [&list, &at]() -> T& { return list[at++]; });
    }

    template <typename Next>
    [[nodiscard]] static std::string read_list(const Json& json, std::size_t length, Next next) {
        if (!json.is_array() || json.size() != length) {
            return ": not a list, or not of the right length";
        }
        for (std::size_t i = 0; i < length; ++i) {
            if (const std::string problem = read(json[i], next()); !problem.empty()) {
                return format("[{}]{}", i, problem);
            }
        }
        return {};
    }

    const Json* json_;
    std::string problem_;
};

// Whether objects and lists lie inside each other deeper than a sensor writes them. Looked at
// before the text is parsed: what is not JSON is found there.
bool is_too_deep(std::string_view text) {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char character = text[i];
        if (in_string) {
            i += character == '\\' ? 1 : 0;
            in_string = character != '"';
        } else if (character == '"') {
            in_string = true;
        } else if (character == '{' || character == '[') {
            if (++depth > kDepthMax) {
                return true;
            }
        } else if (character == '}' || character == ']') {
            depth -= std::min<std::size_t>(depth, 1);
        }
    }
    return false;
}

template <typename T>
std::string json_of(const T& value) {
    return Writer::value_of(value).dump(-1, ' ', false, Writer::Json::error_handler_t::replace);
}

template <typename T>
Result<T> of_json(std::string_view text) {
    const auto refused = [](std::string_view problem) {
        return Error{
            ErrorKind::kSystem,
            format("the sensor's answer cannot be read: {}; do both have one version?", problem)};
    };
    if (text.size() > kTextBytesMax || is_too_deep(text)) {
        return refused("longer or deeper than one ever is");
    }
    const Reader::Json json = Reader::Json::parse(text, nullptr, false);
    if (json.is_discarded()) {
        return refused("not JSON");
    }
    T value;
    if (const std::string problem = Reader::read(json, value); !problem.empty()) {
        return refused("$" + problem);
    }
    return value;
}

}  // namespace

std::string to_json(const SensorStatistics& statistics) {
    return json_of(statistics);
}

std::string to_json(const FlowsSnapshot& flows) {
    return json_of(flows);
}

std::string to_json(const ReloadVerdict& verdict) {
    return json_of(verdict);
}

Result<SensorStatistics> statistics_of_json(std::string_view text) {
    return of_json<SensorStatistics>(text);
}

Result<FlowsSnapshot> flows_of_json(std::string_view text) {
    return of_json<FlowsSnapshot>(text);
}

Result<ReloadVerdict> reload_verdict_of_json(std::string_view text) {
    return of_json<ReloadVerdict>(text);
}

}  // namespace flowgauge
