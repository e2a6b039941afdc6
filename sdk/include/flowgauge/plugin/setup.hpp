// flowgauge/plugin/setup.hpp: what the constructor of a plugin is given.
#ifndef FLOWGAUGE_PLUGIN_SETUP_HPP
#define FLOWGAUGE_PLUGIN_SETUP_HPP

#include <flowgauge/plugin.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <flowgauge/plugin/arguments.hpp>
#include <flowgauge/plugin/columns.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace flowgauge::plugin {

// What a plugin is made of: its arguments; and what it declares.
class Setup : public Arguments {
public:
    static constexpr std::size_t kFlowBytesMax = 65'536;

    Setup(const flowgauge_argument* arguments, std::size_t count, std::size_t state_bytes)
        : Arguments(arguments, count),
          flow_bytes_(state_bytes) {}

    // "udps." and `name` in records: letters, digits and _. Each flow's value is absent until set.
    template <typename Type>
    [[nodiscard]] Column<Type> column(
        std::string_view name, std::string_view meaning, std::string_view unit = ""
    ) {
        const char* const kept_name = keep(name);
        const char* const kept_unit = keep(unit);
        columns_.push_back(
            {static_cast<std::uint32_t>(sizeof(flowgauge_column)),
             type_of<Type>(),
             kept_name,
             kept_unit,
             keep(meaning)}
        );
        return Column<Type>(columns_.size() - 1);
    }

    // Throws Error where the flow's memory would be more than kFlowBytesMax.
    template <typename T>
    [[nodiscard]] FlowArray<T> array(std::size_t count) {
        const std::size_t place = (flow_bytes_ + 7) / 8 * 8;
        if (place > kFlowBytesMax || count > (kFlowBytesMax - place) / sizeof(T)) {
            throw Error("a flow would need more than 65536 bytes of state");
        }
        flow_bytes_ = place + count * sizeof(T);
        return FlowArray<T>(place, count);
    }

    // For adapter.hpp.
    [[nodiscard]] const std::vector<flowgauge_column>& columns() const noexcept { return columns_; }
    [[nodiscard]] std::size_t flow_bytes() const noexcept { return flow_bytes_; }

private:
    const char* keep(std::string_view text) { return texts_.emplace_back(text).c_str(); }

    template <typename Type>
    static constexpr std::uint32_t type_of() noexcept {
        if constexpr (std::is_same_v<Type, Unsigned>) {
            return FLOWGAUGE_UNSIGNED;
        } else if constexpr (std::is_same_v<Type, Integer>) {
            return FLOWGAUGE_INTEGER;
        } else if constexpr (std::is_same_v<Type, Real>) {
            return FLOWGAUGE_REAL;
        } else if constexpr (std::is_same_v<Type, Text>) {
            return FLOWGAUGE_TEXT;
        } else if constexpr (std::is_same_v<Type, Integers>) {
            return FLOWGAUGE_INTEGERS;
        } else {
            static_assert(std::is_same_v<Type, Texts>, "a type of columns, such as plugin::Text");
            return FLOWGAUGE_TEXTS;
        }
    }

    std::deque<std::string> texts_;  // what the columns point into does not move
    std::vector<flowgauge_column> columns_;
    std::size_t flow_bytes_;
};

}  // namespace flowgauge::plugin

#endif
