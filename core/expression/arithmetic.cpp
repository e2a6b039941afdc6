// Arithmetic and logic.
#include "core/base/format.h"
#include "core/expression/operators.h"

#include <algorithm>

namespace flowgauge {
namespace {

struct Negative {
    Int128 operator()(Int128 a) const noexcept { return saturated_difference(0, a); }
    double operator()(double a) const noexcept { return -a; }
};
struct Sum {
    Int128 operator()(Int128 a, Int128 b) const noexcept { return saturated_sum(a, b); }
    double operator()(double a, double b) const noexcept { return a + b; }
};
struct Difference {
    Int128 operator()(Int128 a, Int128 b) const noexcept { return saturated_difference(a, b); }
    double operator()(double a, double b) const noexcept { return a - b; }
};
struct Product {
    Int128 operator()(Int128 a, Int128 b) const noexcept { return saturated_product(a, b); }
    double operator()(double a, double b) const noexcept { return a * b; }
};
struct Remainder {
    Int128 operator()(Int128 a, Int128 b) const noexcept { return remainder_of(a, b); }
    double operator()(double a, double b) const noexcept { return remainder_of(a, b); }
};
struct Quotient {
    double operator()(double a, double b) const noexcept { return quotient_of(a, b); }
};
struct Not {
    bool operator()(bool a) const noexcept { return !a; }
};

// On integers if both are, else on reals.
template <typename Function>
MaybeOperand on_numbers(ExpressionDraft& draft, Function function, Operand a, Operand b) {
    const std::size_t offset = a.offset;
    const std::uint32_t below = std::max(a.depth, b.depth);
    if (a.is(ExpressionType::kInteger) && b.is(ExpressionType::kInteger)) {
        return draft.take_up(
            operation<Int128>(function, a.take<Int128>(), b.take<Int128>()), offset, below
        );
    }
    return draft.take_up(operation<double>(function, a.take_real(), b.take_real()), offset, below);
}

bool is_constant_zero(const Operand& operand) noexcept {
    const auto* const integer = operand.constant<Int128>();
    const auto* const real = operand.constant<double>();
    return (integer != nullptr && *integer == 0) || (real != nullptr && *real == 0.0);
}

template <bool Decides>
MaybeOperand join(ExpressionDraft& draft, std::vector<Operand> parts) {
    std::vector<TermOf<bool>> terms;
    std::uint32_t below = 0;
    const std::size_t offset = parts.front().offset;
    for (Operand& part : parts) {
        const auto* const constant = part.constant<bool>();
        if (constant != nullptr && *constant == Decides) {
            return draft.constant(Decides, offset);
        }
        if (constant == nullptr) {
            below = std::max(below, part.depth);
            terms.push_back(condition_of(part.take<bool>()));
        }
    }
    if (terms.empty()) {
        return draft.constant(!Decides, offset);
    }
    return draft.take_up<bool>(
        std::make_unique<const Junction<Decides>>(std::move(terms)), offset, below
    );
}

}  // namespace

MaybeOperand make_negative(ExpressionDraft& draft, const ExpressionToken& sign, Operand operand) {
    const std::uint32_t below = operand.depth;
    if (operand.is(ExpressionType::kInteger)) {
        return draft.take_up(
            operation<Int128>(Negative{}, operand.take<Int128>()), sign.offset, below
        );
    }
    if (operand.is(ExpressionType::kReal)) {
        return draft.take_up(
            operation<double>(Negative{}, operand.take<double>()), sign.offset, below
        );
    }
    return draft.refuse(
        operand.offset, format("- takes a number, and this is {}", to_string(operand.type()))
    );
}

MaybeOperand make_arithmetic(
    ExpressionDraft& draft, const ExpressionToken& symbol, Operand a, Operand b
) {
    for (const Operand* const operand : {&a, &b}) {
        if (!operand->is_number()) {
            return draft.refuse(
                operand->offset,
                format(
                    "{} takes numbers, and this is {}", symbol.source, to_string(operand->type())
                )
            );
        }
    }
    const bool is_division = symbol.source == "/" || symbol.source == "%";
    if (is_division && is_constant_zero(b)) {
        return draft.refuse(b.offset, "division by 0");
    }
    switch (symbol.source.front()) {
    case '+':
        return on_numbers(draft, Sum{}, std::move(a), std::move(b));
    case '-':
        return on_numbers(draft, Difference{}, std::move(a), std::move(b));
    case '*':
        return on_numbers(draft, Product{}, std::move(a), std::move(b));
    case '%':
        return on_numbers(draft, Remainder{}, std::move(a), std::move(b));
    default:
        break;
    }
    const std::size_t offset = a.offset;
    const std::uint32_t below = std::max(a.depth, b.depth);
    return draft.take_up(
        operation<double>(Quotient{}, a.take_real(), b.take_real()), offset, below
    );
}

MaybeOperand make_not(ExpressionDraft& draft, const ExpressionToken& word, Operand operand) {
    if (!operand.is(ExpressionType::kBool)) {
        return draft.refuse(
            operand.offset,
            format("not takes a condition, and this is {}", to_string(operand.type()))
        );
    }
    const std::uint32_t below = operand.depth;
    return draft.take_up(
        operation<bool>(Not{}, condition_of(operand.take<bool>())), word.offset, below
    );
}

MaybeOperand make_junction(
    ExpressionDraft& draft, const ExpressionToken& word, std::vector<Operand> parts
) {
    for (const Operand& part : parts) {
        if (!part.is(ExpressionType::kBool)) {
            return draft.refuse(
                part.offset,
                format("{} takes conditions, and this is {}", word.source, to_string(part.type()))
            );
        }
    }
    return word.source == "or" ? join<true>(draft, std::move(parts))
                               : join<false>(draft, std::move(parts));
}

}  // namespace flowgauge
