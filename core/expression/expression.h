// Expression: a typed formula over the columns of a record, as record filters and computed features
// have it. Language: docs/EXPRESSIONS.md.
#pragma once

#include "core/base/result.h"
#include "core/expression/problem.h"
#include "core/expression/value.h"
#include "core/record/column.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace flowgauge {

struct Aggregate;
class ColumnCapture;
class EvaluationFrame;

// What an expression may name.
struct ExpressionScope {
    const MeterOptions& options;  // decide which columns there are, and their unit of time
    std::span<const Column> columns = all_columns();

    // Of features: what their aggregates over packets look at. Without these there are none.
    std::span<const Column> packet_fields{};
};

// Immutable, cheap to copy. Thread: any. Requires: the columns of its scope outlive it.
class Expression {
public:
    // Longer text is refused.
    static constexpr std::size_t kTextMax = std::size_t{64} << 10;

    // Errors (kUsage): "at column 12: ...", one line; with `problem`, the place and the bare
    // message too. Cost: that of the text, which is bounded, and so is the depth of its nesting.
    [[nodiscard]] static Result<Expression> compile(
        std::string_view text, const ExpressionScope& scope, ExpressionProblem* problem = nullptr
    );

    // As compile(), for what must be true or false.
    [[nodiscard]] static Result<Expression> compile_filter(
        std::string_view text, const ExpressionScope& scope, ExpressionProblem* problem = nullptr
    );

    [[nodiscard]] ExpressionType type() const noexcept;

    // Those that it reads, each once.
    [[nodiscard]] std::span<const Column* const> columns() const noexcept;

    // Of a feature, in the order of EvaluationFrame::aggregate(); they live as long as this.
    [[nodiscard]] std::span<const Aggregate> aggregates() const noexcept;

    // A frame for the arguments and conditions of the aggregates.
    [[nodiscard]] EvaluationFrame packet_frame() const;

    // Whether it is nothing but an aggregate that counts.
    [[nodiscard]] bool is_count() const noexcept;

private:
    friend class ExpressionEvaluator;
    struct Program;

    explicit Expression(std::shared_ptr<const Program> program) noexcept
        : program_(std::move(program)) {}

    std::shared_ptr<const Program> program_;
};

// Evaluates one expression on one record after the other. Thread: one. Cost: a column is read once
// a record, and only if the value depends on it; no allocation once the buffers of text have grown.
class ExpressionEvaluator {
public:
    explicit ExpressionEvaluator(Expression expression);
    ExpressionEvaluator(const ExpressionEvaluator&) = delete;
    ExpressionEvaluator& operator=(const ExpressionEvaluator&) = delete;
    ExpressionEvaluator(ExpressionEvaluator&&) noexcept;
    ExpressionEvaluator& operator=(ExpressionEvaluator&&) noexcept;
    ~ExpressionEvaluator();

    [[nodiscard]] const Expression& expression() const noexcept { return expression_; }

    // Where the value of an aggregate goes, before evaluate().
    [[nodiscard]] ColumnCapture& aggregate(std::size_t place) noexcept;

    // Nothing: the value is absent. Text and lists of the value last until the next call.
    [[nodiscard]] std::optional<ExpressionValue> evaluate(const RecordView& record);

    // What is absent does not hold. Requires: the expression is a filter's.
    [[nodiscard]] bool holds(const RecordView& record);

private:
    struct Workspace;

    Expression expression_;
    std::unique_ptr<Workspace> workspace_;
};

}  // namespace flowgauge
