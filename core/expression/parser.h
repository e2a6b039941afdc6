// ExpressionParser: the text of an expression becomes a term, by recursive descent
// (docs/EXPRESSIONS.md has the grammar).
#pragma once

#include "core/expression/draft.h"
#include "core/expression/token.h"

#include <string_view>
#include <vector>

namespace flowgauge {

class ExpressionParser {
public:
    // What stands in parentheses, brackets and behind signs, in each other.
    static constexpr unsigned kNestingMax = 64;

    // Requires: all outlive it.
    ExpressionParser(std::string_view text, TimeUnit unit, ExpressionDraft& draft) noexcept
        : tokens_(text, unit),
          draft_(draft) {}

    // The whole text. Nothing: the draft has the problem.
    [[nodiscard]] MaybeOperand parse();

private:
    class Nesting;

    [[nodiscard]] bool advance();
    [[nodiscard]] bool expect(std::string_view symbol, std::string_view where);

    [[nodiscard]] MaybeOperand junction(std::string_view word);
    [[nodiscard]] MaybeOperand negation();
    [[nodiscard]] MaybeOperand comparison();
    [[nodiscard]] MaybeOperand compared(Operand left);
    [[nodiscard]] MaybeOperand included(Operand left, bool is_negated);
    [[nodiscard]] MaybeOperand arithmetic(bool is_product);
    [[nodiscard]] MaybeOperand sign();
    [[nodiscard]] MaybeOperand entry();
    [[nodiscard]] MaybeOperand primary();
    [[nodiscard]] MaybeOperand name();
    [[nodiscard]] MaybeOperand call(const ExpressionToken& name);
    [[nodiscard]] bool looks_at_packets() const;
    [[nodiscard]] MaybeOperand aggregate(const ExpressionToken& name);
    [[nodiscard]] std::optional<std::vector<Operand>> list(std::string_view end);

    ExpressionTokenizer tokens_;
    ExpressionDraft& draft_;
    ExpressionToken token_;  // the next one
    unsigned nesting_ = 0;
};

}  // namespace flowgauge
