// flowgauge/plugin/columns.hpp: what a plugin adds to each flow: columns of records, and memory.
#ifndef FLOWGAUGE_PLUGIN_COLUMNS_HPP
#define FLOWGAUGE_PLUGIN_COLUMNS_HPP

#include <cstddef>
#include <type_traits>

namespace flowgauge::plugin {

// Types of columns.
struct Unsigned {};  // std::uint64_t
struct Integer {};   // std::int64_t
struct Real {};      // double
struct Text {};      // std::string_view
struct Integers {};  // a list of std::int64_t
struct Texts {};     // a list of std::string_view

// A column of this plugin, declared with Setup::column().
template <typename Type>
class Column {
private:
    friend class Setup;
    friend class Flow;
    explicit constexpr Column(std::size_t place) noexcept : place_(place) {}

    std::size_t place_;
};

// A column of others, found with Host::find().
class OtherColumn {
private:
    friend class Host;
    friend class Flow;
    explicit constexpr OtherColumn(int number) noexcept : number_(number) {}

    int number_;
};

// Memory of each flow whose size the arguments decide, declared with Setup::array(). Zeros at
// first.
template <typename T>
class FlowArray {
    static_assert(std::is_trivial_v<T> && alignof(T) <= 8, "plain values only");

private:
    friend class Setup;
    friend class Flow;
    constexpr FlowArray(std::size_t place, std::size_t count) noexcept
        : place_(place),
          count_(count) {}

    std::size_t place_;
    std::size_t count_;
};

}  // namespace flowgauge::plugin

#endif
