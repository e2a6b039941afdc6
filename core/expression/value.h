// The values that expressions work with, and the arithmetic of them: nothing wraps, nothing traps.
#pragma once

#include "core/base/hash.h"
#include "core/base/ip_address.h"

#include <compare>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

namespace flowgauge {

// A whole number. Columns have 64 bits, with or without sign; 128 hold both, their sums and their
// products. What goes beyond even that stays at the nearest bound.
__extension__ using Int128 = __int128;

constexpr Int128 kInt128Max = static_cast<Int128>(~Uint128{0} >> 1);
constexpr Int128 kInt128Min = -kInt128Max - 1;

// Addresses of different versions are never equal.
struct AddressValue {
    IpAddress address;
    std::uint8_t version = 4;

    friend bool operator==(const AddressValue&, const AddressValue&) = default;
};

// The first `bytes` bytes of a MAC address, 3 or 6; they are the upper ones of 48 bits.
struct MacValue {
    std::uint64_t bits = 0;
    std::uint8_t bytes = 6;

    friend bool operator==(const MacValue&, const MacValue&) = default;
};

// -1 stands for an entry that is not there, as in the columns of early sequences.
using ListValue = std::span<const std::int64_t>;

constexpr std::int64_t kNoEntry = -1;

using TextsValue = std::span<const std::string_view>;

// The alternatives of ExpressionValue, in their order.
enum class ExpressionType : std::uint8_t {
    kBool,
    kInteger,
    kReal,
    kText,
    kAddress,
    kMac,
    kList,
    kTexts
};

// Text and lists point into the evaluator that gave them, until its next record.
using ExpressionValue = std::
    variant<bool, Int128, double, std::string_view, AddressValue, MacValue, ListValue, TextsValue>;

// "an integer", as messages name it.
[[nodiscard]] std::string_view to_string(ExpressionType type) noexcept;

[[nodiscard]] Int128 saturated_sum(Int128 a, Int128 b) noexcept;
[[nodiscard]] Int128 saturated_difference(Int128 a, Int128 b) noexcept;
[[nodiscard]] Int128 saturated_product(Int128 a, Int128 b) noexcept;

// What remains of a division that rounds down, so that it has the sign of `b`. Of a division by 0
// all of `a` remains.
[[nodiscard]] Int128 remainder_of(Int128 a, Int128 b) noexcept;
[[nodiscard]] double remainder_of(double a, double b) noexcept;

// NaN for a division by 0.
[[nodiscard]] double quotient_of(double a, double b) noexcept;

// Exact, also where the integer has more digits than a real can hold.
[[nodiscard]] std::partial_ordering compare_exactly(Int128 a, double b) noexcept;

}  // namespace flowgauge
