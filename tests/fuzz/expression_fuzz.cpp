// The text of an expression that anybody wrote is compiled or refused, at a place in it; what is
// compiled gives the same value each time.
#include "core/expression/expression.h"

#include "tests/unit/core/expression/expression_columns.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace flowgauge {
namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

std::string value_of(const Expression& expression) {
    ExpressionEvaluator evaluator(expression);
    const FlowRecord record;
    const RecordContext context;
    const RecordView view{.record = record, .context = context, .id = 7};
    std::string value = test::text_of(evaluator.evaluate(view));
    require(test::text_of(evaluator.evaluate(view)) == value);
    if (expression.type() == ExpressionType::kBool) {
        require(evaluator.holds(view) == (value == "true"));
    }
    return value;
}

// One line, and a place within the text or right behind it.
void look_at(const ExpressionProblem& problem, std::string_view text) {
    require(problem.offset <= text.size());
    require(!problem.message.empty());
    require(std::ranges::none_of(problem.message, [](char c) {
        return static_cast<unsigned char>(c) < 0x20;
    }));
    require(!problem.placed(text).empty());
    require(std::ranges::count(problem.underlined(text), '\n') == 1);
}

// Everything that the table has.
MeterOptions every_column() {
    MeterOptions options;
    options.statistical_analysis = true;
    options.splt_analysis = 10;
    return options;
}

void try_input(std::string_view text) {
    ExpressionProblem problem;
    const MeterOptions options = every_column();
    if (!Expression::compile(text, {.options = options}, &problem)) {
        look_at(problem, text);
    }
    const ExpressionScope scope{.options = options, .columns = test::expression_columns()};
    Result<Expression> compiled = Expression::compile(text, scope, &problem);
    if (!compiled) {
        look_at(problem, text);
        return;
    }
    const std::string value = value_of(compiled.value());
    if (compiled.value().type() != ExpressionType::kBool) {
        return;
    }
    Result<Expression> opposite = Expression::compile("not (" + std::string(text) + ")", scope);
    if (opposite) {  // else one more was one too many
        require(value_of(opposite.value()) == (value == "true" ? "false" : "true"));
    }
}

}  // namespace
}  // namespace flowgauge

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks this name up
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// NOLINTNEXTLINE(readability-identifier-naming): as above
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flowgauge::try_input({reinterpret_cast<const char*>(data), size});
    return 0;
}
