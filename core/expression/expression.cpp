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
    program->columns = draft.columns();
    program->text_buffers = draft.text_buffers();
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

ExpressionEvaluator::ExpressionEvaluator(Expression expression)
    : expression_(std::move(expression)),
      workspace_(std::make_unique<Workspace>(Workspace{
          .frame = EvaluationFrame(expression_.columns(), expression_.program_->text_buffers)})) {
    if (const auto* const term = std::get_if<TermOf<bool>>(&expression_.program_->term)) {
        workspace_->condition = term->get();
    }
}

ExpressionEvaluator::ExpressionEvaluator(ExpressionEvaluator&&) noexcept = default;
ExpressionEvaluator& ExpressionEvaluator::operator=(ExpressionEvaluator&&) noexcept = default;
ExpressionEvaluator::~ExpressionEvaluator() = default;

ExpressionValue ExpressionEvaluator::evaluate(const RecordView& record) {
    workspace_->frame.begin(record);
    return std::visit(
        [&](const auto& term) -> ExpressionValue { return term->of(workspace_->frame); },
        expression_.program_->term
    );
}

bool ExpressionEvaluator::holds(const RecordView& record) {
    workspace_->frame.begin(record);
    return workspace_->condition->of(workspace_->frame);
}

}  // namespace flowgauge
