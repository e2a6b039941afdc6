#include "extension/features/feature_value.h"

#include "core/base/ip_address.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <variant>

namespace flowgauge {
namespace {

void set_integer(Cell& cell, Int128 value, bool is_count, CellMemory& memory) noexcept {
    using Limits = std::numeric_limits<std::int64_t>;
    if (is_count) {
        return cell.set_unsigned(static_cast<std::uint64_t>(value), memory);
    }
    cell.set_integer(
        static_cast<std::int64_t>(std::clamp<Int128>(value, Limits::min(), Limits::max())), memory
    );
}

void set_address(Cell& cell, const AddressValue& value, CellMemory& memory) {
    std::array<char, kIpTextMax> text{};
    const char* const end = write_ip(text.data(), value.address, value.version);
    cell.set_text({text.data(), static_cast<std::size_t>(end - text.data())}, memory);
}

void set_mac(Cell& cell, const MacValue& value, CellMemory& memory) {
    MacAddress address{};
    for (std::size_t i = 0; i < address.size(); ++i) {
        address[i] = static_cast<std::uint8_t>(value.bits >> (40 - 8 * i));
    }
    std::array<char, kMacTextMax> text{};
    const char* const end = write_mac(text.data(), address, value.bytes);
    cell.set_text({text.data(), static_cast<std::size_t>(end - text.data())}, memory);
}

}  // namespace

ColumnType cell_type_of(const Expression& expression) noexcept {
    switch (expression.type()) {
    case ExpressionType::kBool:
        return ColumnType::kUnsigned;
    case ExpressionType::kInteger:
        return expression.is_count() ? ColumnType::kUnsigned : ColumnType::kInteger;
    case ExpressionType::kReal:
        return ColumnType::kReal;
    case ExpressionType::kText:
    case ExpressionType::kAddress:
    case ExpressionType::kMac:
        return ColumnType::kText;
    case ExpressionType::kList:
        return ColumnType::kList;
    case ExpressionType::kTexts:
        return ColumnType::kTexts;
    }
    return ColumnType::kText;
}

void set_cell(
    Cell& cell, const ExpressionValue& value, const Expression& expression, CellMemory& memory
) {
    switch (static_cast<ExpressionType>(value.index())) {
    case ExpressionType::kBool:
        return cell.set_unsigned(std::get<bool>(value) ? 1 : 0, memory);
    case ExpressionType::kInteger:
        return set_integer(cell, std::get<Int128>(value), expression.is_count(), memory);
    case ExpressionType::kReal:
        if (const double real = std::get<double>(value); !std::isnan(real)) {
            cell.set_real(real, memory);
        }
        return;
    case ExpressionType::kText:
        return cell.set_text(std::get<std::string_view>(value), memory);
    case ExpressionType::kAddress:
        return set_address(cell, std::get<AddressValue>(value), memory);
    case ExpressionType::kMac:
        return set_mac(cell, std::get<MacValue>(value), memory);
    case ExpressionType::kList:
        return cell.set_list(std::get<ListValue>(value), memory);
    case ExpressionType::kTexts:
        return cell.set_texts(std::get<TextsValue>(value), memory);
    }
}

}  // namespace flowgauge
