// ExpressionFilter: the `when` of a sink.
#pragma once

#include "core/expression/expression.h"
#include "export/sink/record_filter.h"

#include <utility>

namespace flowgauge {

class ExpressionFilter final : public RecordFilter {
public:
    // Requires: a filter's expression.
    explicit ExpressionFilter(Expression expression) : evaluator_(std::move(expression)) {}

    [[nodiscard]] bool wants(const RecordView& record) override {
        return evaluator_.holds(record);
    }

private:
    ExpressionEvaluator evaluator_;
};

// The filter of `when`; null where that is empty. Errors: kUsage, with the place in the text.
[[nodiscard]] inline Result<std::unique_ptr<RecordFilter>> make_filter(
    const std::string& when, const MeterOptions& meter
) {
    if (when.empty()) {
        return std::unique_ptr<RecordFilter>();
    }
    Result<Expression> expression = Expression::compile_filter(when, {.options = meter});
    if (!expression) {
        return std::move(expression).error();
    }
    return std::unique_ptr<RecordFilter>(
        std::make_unique<ExpressionFilter>(std::move(expression).value())
    );
}

}  // namespace flowgauge
