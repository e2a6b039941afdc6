// flowgauge/plugin/arguments.hpp: what the operator gives a plugin, as text, read as values.
#ifndef FLOWGAUGE_PLUGIN_ARGUMENTS_HPP
#define FLOWGAUGE_PLUGIN_ARGUMENTS_HPP

#include <flowgauge/plugin.h>

#include <charconv>
#include <cstddef>
#include <limits>
#include <locale>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

namespace flowgauge::plugin {

// What the operator reads when a plugin does not start.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// The arguments of a plugin, each asked for by its name.
class Arguments {
public:
    Arguments(const flowgauge_argument* arguments, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            arguments_.push_back({arguments[i].name, arguments[i].value, false});
        }
    }
    ~Arguments() = default;
    Arguments(const Arguments&) = delete;
    Arguments& operator=(const Arguments&) = delete;

    // The argument as bool, a number, std::string or std::vector<std::string>. Numbers lie between
    // `least` and `most`. Throws Error where it is missing or is none.
    template <typename T>
    [[nodiscard]] T required(std::string_view name) {
        const std::string* const value = find(name);
        if (value == nullptr) {
            throw Error("argument '" + std::string(name) + "' is missing");
        }
        return read<T>(name, *value);
    }
    template <typename T>
    [[nodiscard]] T required(std::string_view name, T least, T most) {
        return within(name, required<T>(name), least, most);
    }

    // The same, or `fallback` where it is missing.
    template <typename T>
    [[nodiscard]] T optional(std::string_view name, T fallback) {
        const std::string* const value = find(name);
        return value == nullptr ? fallback : read<T>(name, *value);
    }
    template <typename T>
    [[nodiscard]] T optional(std::string_view name, T fallback, T least, T most) {
        return within(name, optional<T>(name, fallback), least, most);
    }

    // For adapter.hpp. Throws Error where there is an argument that nobody asked for.
    void refuse_unknown_arguments() const {
        for (const Argument& argument : arguments_) {
            if (!argument.asked) {
                std::string message = "argument '" + argument.name + "' is not known; there ";
                message += asked_.empty() ? "are none" : "are: " + asked_;
                throw Error(message);
            }
        }
    }

private:
    struct Argument {
        std::string name;
        std::string value;
        bool asked;
    };

    const std::string* find(std::string_view name) {
        asked_ += (asked_.empty() ? "" : ", ") + std::string(name);
        for (Argument& argument : arguments_) {
            if (argument.name == name) {
                argument.asked = true;
                return &argument.value;
            }
        }
        return nullptr;
    }

    template <typename T>
    static T within(std::string_view name, T value, T least, T most) {
        if (value >= least && value <= most) {
            return value;
        }
        std::ostringstream message;
        message.imbue(std::locale::classic());
        message << "argument '" << name << "' is " << value << "; it lies between " << least
                << " and " << most;
        throw Error(message.str());
    }

    template <typename T>
    static T read(std::string_view name, const std::string& value) {
        if constexpr (std::is_same_v<T, std::string>) {
            return value;
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
            return split(value);
        } else if constexpr (std::is_same_v<T, bool>) {
            if (value == "true" || value == "false") {
                return value == "true";
            }
            throw bad(name, value, "true or false");
        } else if constexpr (std::is_integral_v<T>) {
            T number{};
            const char* const end = value.data() + value.size();
            const std::from_chars_result result = std::from_chars(value.data(), end, number);
            if (result.ec != std::errc() || result.ptr != end) {
                throw bad(name, value, integer_words<T>());
            }
            return number;
        } else {
            static_assert(std::is_floating_point_v<T>, "bool, number, std::string, list of these");
            std::istringstream in(value);
            in.imbue(std::locale::classic());
            T number{};
            if (!(in >> std::noskipws >> number) || in.peek() != std::char_traits<char>::eof()) {
                throw bad(name, value, "a number");
            }
            return number;
        }
    }

    template <typename T>
    static std::string integer_words() {
        return "a whole number between " + std::to_string(std::numeric_limits<T>::min()) + " and " +
               std::to_string(std::numeric_limits<T>::max());
    }

    static Error bad(std::string_view name, const std::string& value, const std::string& right) {
        Error error("argument '" + std::string(name) + "' is '" + value + "'; it is " + right);
        return error;
    }

    static std::vector<std::string> split(const std::string& value) {
        std::vector<std::string> members;
        for (std::size_t begin = 0; begin < value.size();) {
            const std::size_t comma = value.find(',', begin);
            const std::size_t end = comma == std::string::npos ? value.size() : comma;
            members.push_back(value.substr(begin, end - begin));
            begin = end + 1;
        }
        return members;
    }

    std::vector<Argument> arguments_;
    std::string asked_;
};

}  // namespace flowgauge::plugin

#endif
