#include "core/expression/draft.h"

#include "core/base/format.h"
#include "core/base/spelling.h"
#include "core/flow/flow_extension.h"

#include <algorithm>

namespace flowgauge {
namespace {

struct ToReal {
    double operator()(Int128 value) const noexcept { return static_cast<double>(value); }
};

ExpressionType value_type_of(ColumnType type) noexcept {
    switch (type) {
    case ColumnType::kUnsigned:
    case ColumnType::kInteger:
        return ExpressionType::kInteger;
    case ColumnType::kReal:
        return ExpressionType::kReal;
    case ColumnType::kText:
    case ColumnType::kTexts:
        return ExpressionType::kText;
    case ColumnType::kAddress:
        return ExpressionType::kAddress;
    case ColumnType::kMac:
        return ExpressionType::kMac;
    case ColumnType::kList:
        return ExpressionType::kList;
    }
    return ExpressionType::kText;
}

AnyTerm column_term(ExpressionType type, std::size_t place) {
    switch (type) {
    case ExpressionType::kBool:  // no column has it
    case ExpressionType::kInteger:
        return std::make_unique<const ColumnTerm<Int128>>(place);
    case ExpressionType::kReal:
        return std::make_unique<const ColumnTerm<double>>(place);
    case ExpressionType::kText:
        return std::make_unique<const ColumnTerm<std::string_view>>(place);
    case ExpressionType::kAddress:
        return std::make_unique<const ColumnTerm<AddressValue>>(place);
    case ExpressionType::kMac:
        return std::make_unique<const ColumnTerm<MacValue>>(place);
    case ExpressionType::kList:
        return std::make_unique<const ColumnTerm<ListValue>>(place);
    }
    return {};
}

// The table says that a column is a MAC address, and its name that only the first half is.
std::uint8_t mac_bytes_of(const Column& column) noexcept {
    if (column.type != ColumnType::kMac) {
        return 0;
    }
    return column.name.ends_with("_oui") ? 3 : 6;
}

}  // namespace

TermOf<double> Operand::take_real() {
    if (is(ExpressionType::kReal)) {
        return take<double>();
    }
    return operation<double>(ToReal{}, take<Int128>());
}

std::nullopt_t ExpressionDraft::refuse(std::size_t offset, std::string message) {
    if (!has_problem_) {
        has_problem_ = true;
        problem_ = {.offset = offset, .message = std::move(message)};
    }
    return std::nullopt;
}

MaybeOperand ExpressionDraft::take_up(Operand operand) {
    if (operand.depth > kDepthMax) {
        return refuse(
            operand.offset,
            format("the expression is too deep: more than {} operations in each other", kDepthMax)
        );
    }
    if (++terms_ > kTermsMax) {
        return refuse(
            operand.offset, format("the expression is too long: more than {} parts", kTermsMax)
        );
    }
    return operand;
}

const Column* ExpressionDraft::find(std::string_view name) const {
    const auto found = std::ranges::find_if(scope_.columns, [&](const Column& column) {
        return with_unit(column.name, scope_.options.flow.time_unit) == name;
    });
    if (found != scope_.columns.end()) {
        return &*found;
    }
    if (scope_.options.extension != nullptr) {
        for (const Column& column : scope_.options.extension->columns()) {
            if (column.name == name) {
                return &column;
            }
        }
    }
    return nullptr;
}

std::nullopt_t ExpressionDraft::refuse_unknown(const ExpressionToken& name) {
    std::vector<std::string> names;
    for (const Column& column : scope_.columns) {
        if (is_present(column, scope_.options)) {
            names.push_back(with_unit(column.name, scope_.options.flow.time_unit));
        }
    }
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    const std::string near = did_you_mean(nearest_word(name.source, candidates));
    return refuse(
        name.offset,
        format(
            "unknown column {}{}",
            excerpt_of(name.source),
            near.empty() ? "; `flowgauge fields` lists them, and text stands in quotes" : near
        )
    );
}

MaybeOperand ExpressionDraft::column(const ExpressionToken& name) {
    const Column* const column = find(name.source);
    if (column == nullptr) {
        return refuse_unknown(name);
    }
    if (!is_present(*column, scope_.options)) {
        return refuse(
            name.offset, format("column {} needs {}", name.source, to_string(column->presence))
        );
    }
    const auto known = std::ranges::find(columns_, column);
    const auto place = static_cast<std::size_t>(known - columns_.begin());
    if (known == columns_.end()) {
        columns_.push_back(column);
    }
    return take_up(Operand{
        .term = column_term(value_type_of(column->type), place),
        .offset = name.offset,
        .mac_bytes = mac_bytes_of(*column)});
}

}  // namespace flowgauge
