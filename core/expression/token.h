// ExpressionTokenizer: the text of an expression as names, literals and symbols.
#pragma once

#include "core/base/time.h"
#include "core/expression/problem.h"
#include "core/expression/value.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace flowgauge {

struct ExpressionToken {
    enum class Kind : std::uint8_t { kEnd, kName, kInteger, kReal, kText, kSymbol };

    Kind kind = Kind::kEnd;
    std::size_t offset = 0;
    std::string_view source;  // as written; points into the expression
    Int128 integer = 0;
    double real = 0;
    std::string text;  // of kText, escapes resolved

    // Whether it is this name or symbol.
    [[nodiscard]] bool is(std::string_view written) const noexcept {
        return (kind == Kind::kName || kind == Kind::kSymbol) && source == written;
    }
};

// Requires: the text outlives it.
class ExpressionTokenizer {
public:
    // `unit`: what durations are counted in.
    ExpressionTokenizer(std::string_view text, TimeUnit unit) noexcept : text_(text), unit_(unit) {}

    // The next token, kEnd from the end on. Returns false when there is a problem.
    [[nodiscard]] bool next(ExpressionToken& token, ExpressionProblem& problem);

private:
    void skip_space() noexcept;
    [[nodiscard]] bool take_name(ExpressionToken& token);
    [[nodiscard]] bool take_number(ExpressionToken& token, ExpressionProblem& problem);
    [[nodiscard]] bool take_text(ExpressionToken& token, ExpressionProblem& problem);
    [[nodiscard]] bool take_escape(ExpressionToken& token, ExpressionProblem& problem);
    [[nodiscard]] bool take_symbol(ExpressionToken& token, ExpressionProblem& problem);

    [[nodiscard]] std::size_t end_of_number(std::size_t at) const noexcept;
    [[nodiscard]] bool scale(
        ExpressionToken& token, std::string_view unit, ExpressionProblem& problem
    ) const;

    std::string_view text_;
    TimeUnit unit_;
    std::size_t at_ = 0;
};

}  // namespace flowgauge
