// What the value of an expression becomes in a cell.
#pragma once

#include "core/expression/expression.h"
#include "core/extension/cell.h"

namespace flowgauge {

// Conditions become 0 and 1, addresses their text.
[[nodiscard]] ColumnType cell_type_of(const Expression& expression) noexcept;

// Integers stay at the bounds of 64 bits; of NaN the cell stays absent. Requires: `value` is one of
// the expression, and the cell is absent.
void set_cell(
    Cell& cell, const ExpressionValue& value, const Expression& expression, CellMemory& memory
);

}  // namespace flowgauge
