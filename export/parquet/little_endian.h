// Numbers as Parquet and our row groups have them: little-endian, wherever they stand.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace flowgauge {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are copied as they are");

template <typename Number>
requires std::is_arithmetic_v<Number>
void append_little_endian(std::string& out, Number value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out.append(bytes, sizeof value);
}

// Takes a number off the beginning of `bytes`. Returns false when there are too few.
template <typename Number>
requires std::is_arithmetic_v<Number>
[[nodiscard]] bool take_little_endian(std::string_view& bytes, Number& value) noexcept {
    if (bytes.size() < sizeof value) {
        return false;
    }
    std::memcpy(&value, bytes.data(), sizeof value);
    bytes.remove_prefix(sizeof value);
    return true;
}

}  // namespace flowgauge
