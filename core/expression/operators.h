// Operators: the rules by which operands become terms, and what they refuse.
#pragma once

#include "core/expression/draft.h"

#include <optional>
#include <string_view>
#include <vector>

namespace flowgauge {

// Each takes the token of its operator, to name and to place it in messages.

[[nodiscard]] MaybeOperand make_negative(
    ExpressionDraft& draft, const ExpressionToken& sign, Operand operand
);
[[nodiscard]] MaybeOperand make_arithmetic(
    ExpressionDraft& draft, const ExpressionToken& symbol, Operand a, Operand b
);

[[nodiscard]] MaybeOperand make_not(
    ExpressionDraft& draft, const ExpressionToken& word, Operand operand
);

// and, or. Requires: at least two parts.
[[nodiscard]] MaybeOperand make_junction(
    ExpressionDraft& draft, const ExpressionToken& word, std::vector<Operand> parts
);

// == != < <= > >=
[[nodiscard]] MaybeOperand make_comparison(
    ExpressionDraft& draft, const ExpressionToken& symbol, Operand a, Operand b
);

// contains, startswith, endswith, matches
[[nodiscard]] MaybeOperand make_text_test(
    ExpressionDraft& draft, const ExpressionToken& word, Operand a, Operand b
);

// VALUE in [MEMBER, ...]
[[nodiscard]] MaybeOperand make_membership(
    ExpressionDraft& draft,
    const ExpressionToken& word,
    Operand value,
    const std::vector<Operand>& members
);

// VALUE in OPERAND: a network as text, or a list.
[[nodiscard]] MaybeOperand make_inclusion(
    ExpressionDraft& draft, const ExpressionToken& word, Operand value, Operand whole
);

// LIST[NUMBER]
[[nodiscard]] MaybeOperand make_entry(
    ExpressionDraft& draft, const ExpressionToken& bracket, Operand list, Operand at
);

[[nodiscard]] bool is_function(std::string_view name) noexcept;

// Of a name that is no function, and no aggregate where there are some.
std::nullopt_t refuse_function(ExpressionDraft& draft, const ExpressionToken& name);

// NAME(ARGUMENT, ...). Requires: is_function(NAME).
[[nodiscard]] MaybeOperand make_call(
    ExpressionDraft& draft, const ExpressionToken& name, std::vector<Operand> arguments
);

// Whether NAME(..) is, or may be, an aggregate over packets; the second: and no function.
[[nodiscard]] bool is_aggregate(std::string_view name) noexcept;
[[nodiscard]] bool is_aggregate_only(std::string_view name) noexcept;
[[nodiscard]] std::vector<std::string_view> aggregate_names();

// NAME(ARGUMENT where CONDITION), either of which may be missing. Requires: is_aggregate(NAME).
[[nodiscard]] MaybeOperand make_aggregate(
    ExpressionDraft& draft, const ExpressionToken& name, MaybeOperand argument, MaybeOperand where
);

}  // namespace flowgauge
