// Term: a part of a compiled expression that gives a value of one type. Types are checked when
// terms are put together, so that evaluation asks no questions.
#pragma once

#include "core/expression/frame.h"
#include "core/expression/value.h"

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace flowgauge {

// Immutable. Thread: any; the frame is one thread's.
template <typename T>
class Term {
public:
    virtual ~Term() = default;
    [[nodiscard]] virtual T of(EvaluationFrame& frame) const = 0;

    // The value, when it is the same for all records.
    [[nodiscard]] virtual const T* constant() const noexcept { return nullptr; }
};

template <typename T>
using TermOf = std::unique_ptr<const Term<T>>;

// The alternatives are those of ExpressionValue, in its order.
using AnyTerm = std::variant<
    TermOf<bool>,
    TermOf<Int128>,
    TermOf<double>,
    TermOf<std::string_view>,
    TermOf<AddressValue>,
    TermOf<MacValue>,
    TermOf<ListValue>>;

template <typename T>
class Constant final : public Term<T> {
public:
    explicit Constant(T value) noexcept : value_(value) {}
    [[nodiscard]] T of(EvaluationFrame& /*frame*/) const override { return value_; }
    [[nodiscard]] const T* constant() const noexcept override { return &value_; }

private:
    T value_;
};

// Text that lasts as long as the expression.
template <>
class Constant<std::string_view> final : public Term<std::string_view> {
public:
    explicit Constant(std::string_view value) : memory_(value), value_(memory_) {}
    Constant(const Constant&) = delete;
    Constant& operator=(const Constant&) = delete;
    ~Constant() override = default;
    [[nodiscard]] std::string_view of(EvaluationFrame& /*frame*/) const override { return value_; }
    [[nodiscard]] const std::string_view* constant() const noexcept override { return &value_; }

private:
    std::string memory_;
    std::string_view value_;
};

template <typename T>
class ColumnTerm final : public Term<T> {
public:
    explicit ColumnTerm(std::size_t place) noexcept : place_(place) {}
    [[nodiscard]] T of(EvaluationFrame& frame) const override {
        return frame.column(place_).template as<T>();
    }

private:
    std::size_t place_;
};

// A function of all its operands.
template <typename R, typename Function, typename... Operands>
class Operation final : public Term<R> {
public:
    explicit Operation(Function function, TermOf<Operands>... operands)
        : function_(std::move(function)),
          operands_(std::move(operands)...) {}

    [[nodiscard]] R of(EvaluationFrame& frame) const override {
        return std::apply(
            [&](const auto&... operand) { return function_(operand->of(frame)...); }, operands_
        );
    }

private:
    [[no_unique_address]] Function function_;
    std::tuple<TermOf<Operands>...> operands_;
};

// The value of a term that reads no column.
template <typename T>
[[nodiscard]] TermOf<T> folded(const Term<T>& term, std::size_t text_buffers) {
    EvaluationFrame frame({}, text_buffers);
    return std::make_unique<Constant<T>>(term.of(frame));
}

// The operation, or its value when all operands are constants.
template <typename R, typename Function, typename... Operands>
[[nodiscard]] TermOf<R> operation(Function function, TermOf<Operands>... operands) {
    const bool is_constant = ((operands->constant() != nullptr) && ...);
    auto made = std::make_unique<const Operation<R, Function, Operands...>>(
        std::move(function), std::move(operands)...
    );
    return is_constant ? folded<R>(*made, 0) : TermOf<R>(std::move(made));
}

// and, or: from left to right, until one decides.
template <bool Decides>
class Junction final : public Term<bool> {
public:
    explicit Junction(std::vector<TermOf<bool>> parts) noexcept : parts_(std::move(parts)) {}

    [[nodiscard]] bool of(EvaluationFrame& frame) const override {
        for (const TermOf<bool>& part : parts_) {
            if (part->of(frame) == Decides) {
                return Decides;
            }
        }
        return !Decides;
    }

private:
    std::vector<TermOf<bool>> parts_;
};

// if(condition, yes, no): only one of the two is evaluated.
template <typename T>
class Conditional final : public Term<T> {
public:
    Conditional(TermOf<bool> condition, TermOf<T> yes, TermOf<T> no) noexcept
        : condition_(std::move(condition)),
          yes_(std::move(yes)),
          no_(std::move(no)) {}

    [[nodiscard]] T of(EvaluationFrame& frame) const override {
        return condition_->of(frame) ? yes_->of(frame) : no_->of(frame);
    }

private:
    TermOf<bool> condition_;
    TermOf<T> yes_;
    TermOf<T> no_;
};

// lower(text).
class LowerCase final : public Term<std::string_view> {
public:
    LowerCase(TermOf<std::string_view> text, std::size_t buffer) noexcept
        : text_(std::move(text)),
          buffer_(buffer) {}

    [[nodiscard]] std::string_view of(EvaluationFrame& frame) const override;

private:
    TermOf<std::string_view> text_;
    std::size_t buffer_;
};

}  // namespace flowgauge
