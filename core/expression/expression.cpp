#include "core/expression/expression.h"

#include "core/base/format.h"
#include "core/expression/draft.h"
#include "core/expression/parser.h"
#include "core/expression/term.h"

#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace flowgauge {

struct Expression::Program {
    AnyTerm term;
    std::vector<const Column*> columns;
    std::size_t text_buffers = 0;
    std::vector<Aggregate> aggregates;
    std::vector<const Column*> packet_columns;
    bool is_count = false;
};

// The condition of a filter lies beside the frame: holds() is called for each record of a sink.
struct ExpressionEvaluator::Workspace {
    EvaluationFrame frame;
    const Term<bool>* condition = nullptr;
};

namespace {

Error error_of(ExpressionProblem found, std::string_view text, ExpressionProblem* problem) {
    Error error{ErrorKind::kUsage, found.placed(text)};
    if (problem != nullptr) {
        *problem = std::move(found);
    }
    return error;
}

}  // namespace

Result<Expression> Expression::compile(
    std::string_view text, const ExpressionScope& scope, ExpressionProblem* problem
) {
    ExpressionProblem found;
    if (text.size() > kTextMax) {
        found.message = format("an expression has at most {} bytes", kTextMax);
        return error_of(std::move(found), text, problem);
    }
    ExpressionDraft draft(scope, found);
    MaybeOperand whole = ExpressionParser(text, scope.options.flow.time_unit, draft).parse();
    if (!whole) {
        return error_of(std::move(found), text, problem);
    }
    auto program = std::make_shared<Program>();
    program->term = std::move(whole->term);
    if (auto* const condition = std::get_if<TermOf<bool>>(&program->term);
        condition != nullptr && scope.packet_fields.empty()) {
        *condition = condition_of(std::move(*condition));
    }
    program->columns = draft.columns();
    program->text_buffers = draft.text_buffers();
    program->aggregates = draft.take_aggregates();
    program->packet_columns = draft.packet_columns();
    program->is_count = whole->is_count;
    return Expression(std::move(program));
}

Result<Expression> Expression::compile_filter(
    std::string_view text, const ExpressionScope& scope, ExpressionProblem* problem
) {
    Result<Expression> compiled = compile(text, scope, problem);
    if (compiled && compiled.value().type() != ExpressionType::kBool) {
        ExpressionProblem found;
        found.message = format(
            "a filter must be true or false, and this is {}; compare it with something",
            to_string(compiled.value().type())
        );
        return error_of(std::move(found), text, problem);
    }
    return compiled;
}

ExpressionType Expression::type() const noexcept {
    return static_cast<ExpressionType>(program_->term.index());
}

std::span<const Column* const> Expression::columns() const noexcept {
    return program_->columns;
}

std::span<const Aggregate> Expression::aggregates() const noexcept {
    return program_->aggregates;
}

EvaluationFrame Expression::packet_frame() const {
    return {program_->packet_columns, program_->text_buffers};
}

bool Expression::is_count() const noexcept {
    return program_->is_count;
}

ExpressionEvaluator::ExpressionEvaluator(Expression expression)
    : expression_(std::move(expression)),
      workspace_(std::make_unique<Workspace>(Workspace{
          .frame = EvaluationFrame(
              expression_.columns(),
              expression_.program_->text_buffers,
              expression_.aggregates().size()
          )})) {
    if (const auto* const term = std::get_if<TermOf<bool>>(&expression_.program_->term)) {
        workspace_->condition = term->get();
    }
}

ExpressionEvaluator::ExpressionEvaluator(ExpressionEvaluator&&) noexcept = default;
ExpressionEvaluator& ExpressionEvaluator::operator=(ExpressionEvaluator&&) noexcept = default;
ExpressionEvaluator::~ExpressionEvaluator() = default;

ColumnCapture& ExpressionEvaluator::aggregate(std::size_t place) noexcept {
    ColumnCapture& capture = workspace_->frame.aggregate(place);
    capture.begin();
    return capture;
}

std::optional<ExpressionValue> ExpressionEvaluator::evaluate(const RecordView& record) {
    EvaluationFrame& frame = workspace_->frame;
    frame.begin(record);
    const ExpressionValue value = std::visit(
        [&](const auto& term) -> ExpressionValue { return term->of(frame); },
        expression_.program_->term
    );
    return frame.is_absent() ? std::nullopt : std::optional(value);
}

bool ExpressionEvaluator::holds(const RecordView& record) {
    workspace_->frame.begin(record);
    return workspace_->condition->of(workspace_->frame);
}

}  // namespace flowgauge
