// Operators: the rules by which operands become terms, and what they refuse.
#pragma once

#include "core/expression/draft.h"

#include <vector>

namespace flowgauge {

// Each takes the token of its operator, to name and to place it in messages.

[[nodiscard]] MaybeOperand make_negative(Draft& draft, const Token& sign, Operand operand);
[[nodiscard]] MaybeOperand make_arithmetic(Draft& draft, const Token& symbol, Operand a, Operand b);

[[nodiscard]] MaybeOperand make_not(Draft& draft, const Token& word, Operand operand);

// and, or. Requires: at least two parts.
[[nodiscard]] MaybeOperand make_junction(
    Draft& draft, const Token& word, std::vector<Operand> parts
);

// == != < <= > >=
[[nodiscard]] MaybeOperand make_comparison(Draft& draft, const Token& symbol, Operand a, Operand b);

// contains, startswith, endswith, matches
[[nodiscard]] MaybeOperand make_text_test(Draft& draft, const Token& word, Operand a, Operand b);

// VALUE in [MEMBER, ...]
[[nodiscard]] MaybeOperand make_membership(
    Draft& draft, const Token& word, Operand value, std::vector<Operand> members
);

// VALUE in OPERAND: a network as text, or a list.
[[nodiscard]] MaybeOperand make_inclusion(
    Draft& draft, const Token& word, Operand value, Operand whole
);

// LIST[NUMBER]
[[nodiscard]] MaybeOperand make_entry(Draft& draft, const Token& bracket, Operand list, Operand at);

// NAME(ARGUMENT, ...)
[[nodiscard]] MaybeOperand make_call(
    Draft& draft, const Token& name, std::vector<Operand> arguments
);

}  // namespace flowgauge
