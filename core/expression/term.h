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
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace flowgauge {

// Immutable. Thread: any; the frame is one thread's.
template <typename T>
class Term {
public:
    explicit Term(bool may_be_absent = false) noexcept : may_be_absent_(may_be_absent) {}
    Term(const Term&) = delete;
    Term& operator=(const Term&) = delete;
    virtual ~Term() = default;
    [[nodiscard]] virtual T of(EvaluationFrame& frame) const = 0;

    // Whether of() may note in the frame that there is no value.
    [[nodiscard]] bool may_be_absent() const noexcept { return may_be_absent_; }

    // The value, when it is the same for all records.
    [[nodiscard]] virtual const T* constant() const noexcept { return nullptr; }

private:
    bool may_be_absent_;
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
    TermOf<ListValue>,
    TermOf<TextsValue>>;

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

// A column of which a record may have no value.
template <typename T>
class OptionalColumnTerm final : public Term<T> {
public:
    explicit OptionalColumnTerm(std::size_t place) noexcept : Term<T>(true), place_(place) {}
    [[nodiscard]] T of(EvaluationFrame& frame) const override {
        const ColumnCapture& capture = frame.column(place_);
        if (capture.is_absent()) {
            frame.note_absent();
        }
        return capture.as<T>();
    }

private:
    std::size_t place_;
};

// The value of an aggregate when the flow has ended.
template <typename T>
class AggregateTerm final : public Term<T> {
public:
    AggregateTerm(std::size_t place, bool may_be_absent) noexcept
        : Term<T>(may_be_absent),
          place_(place) {}
    [[nodiscard]] T of(EvaluationFrame& frame) const override {
        const ColumnCapture& capture = frame.aggregate(place_);
        if (capture.is_absent()) {
            frame.note_absent();
        }
        return capture.as<T>();
    }

private:
    std::size_t place_;
};

// A condition that is false where a value that it asks for is absent.
class Guarded final : public Term<bool> {
public:
    explicit Guarded(TermOf<bool> condition) noexcept : condition_(std::move(condition)) {}

    [[nodiscard]] bool of(EvaluationFrame& frame) const override {
        const bool before = frame.exchange_absent(false);
        const bool holds = condition_->of(frame);
        return !frame.exchange_absent(before) && holds;
    }

private:
    TermOf<bool> condition_;
};

// As a condition: never absent.
[[nodiscard]] inline TermOf<bool> condition_of(TermOf<bool> term) {
    return term->may_be_absent() ? std::make_unique<const Guarded>(std::move(term))
                                 : std::move(term);
}

// A function of all its operands; absent where one of them is.
template <typename R, typename Function, typename... Operands>
class Operation final : public Term<R> {
public:
    explicit Operation(Function function, TermOf<Operands>... operands)
        : Term<R>((operands->may_be_absent() || ...)),
          function_(std::move(function)),
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

// The operation, or its value when all operands are constants. A condition on what is absent is
// false.
template <typename R, typename Function, typename... Operands>
[[nodiscard]] TermOf<R> operation(Function function, TermOf<Operands>... operands) {
    const bool is_constant = ((operands->constant() != nullptr) && ...);
    auto made = std::make_unique<const Operation<R, Function, Operands...>>(
        std::move(function), std::move(operands)...
    );
    if (is_constant) {
        return folded<R>(*made, 0);
    }
    if constexpr (std::is_same_v<R, bool>) {
        return condition_of(std::move(made));
    } else {
        return TermOf<R>(std::move(made));
    }
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
        : Term<T>(yes->may_be_absent() || no->may_be_absent()),
          condition_(std::move(condition)),
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

// default(value, otherwise): the other one is evaluated only where the value is absent.
template <typename T>
class Default final : public Term<T> {
public:
    Default(TermOf<T> value, TermOf<T> otherwise) noexcept
        : Term<T>(otherwise->may_be_absent()),
          value_(std::move(value)),
          otherwise_(std::move(otherwise)) {}

    [[nodiscard]] T of(EvaluationFrame& frame) const override {
        const bool before = frame.exchange_absent(false);
        const T value = value_->of(frame);
        return frame.exchange_absent(before) ? otherwise_->of(frame) : value;
    }

private:
    TermOf<T> value_;
    TermOf<T> otherwise_;
};

// lower(text).
class LowerCase final : public Term<std::string_view> {
public:
    LowerCase(TermOf<std::string_view> text, std::size_t buffer) noexcept
        : Term<std::string_view>(text->may_be_absent()),
          text_(std::move(text)),
          buffer_(buffer) {}

    [[nodiscard]] std::string_view of(EvaluationFrame& frame) const override;

private:
    TermOf<std::string_view> text_;
    std::size_t buffer_;
};

}  // namespace flowgauge
