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
        return ExpressionType::kText;
    case ColumnType::kAddress:
        return ExpressionType::kAddress;
    case ColumnType::kMac:
        return ExpressionType::kMac;
    case ColumnType::kList:
        return ExpressionType::kList;
    case ColumnType::kTexts:
        return ExpressionType::kTexts;
    }
    return ExpressionType::kText;
}

template <typename T>
AnyTerm column_term_of(std::size_t place, bool is_optional) {
    return is_optional ? TermOf<T>(std::make_unique<const OptionalColumnTerm<T>>(place))
                       : TermOf<T>(std::make_unique<const ColumnTerm<T>>(place));
}

AnyTerm column_term(ExpressionType type, std::size_t place, bool is_optional) {
    switch (type) {
    case ExpressionType::kBool:  // no column has it
    case ExpressionType::kInteger:
        return column_term_of<Int128>(place, is_optional);
    case ExpressionType::kReal:
        return column_term_of<double>(place, is_optional);
    case ExpressionType::kText:
        return column_term_of<std::string_view>(place, is_optional);
    case ExpressionType::kAddress:
        return column_term_of<AddressValue>(place, is_optional);
    case ExpressionType::kMac:
        return column_term_of<MacValue>(place, is_optional);
    case ExpressionType::kList:
        return column_term_of<ListValue>(place, is_optional);
    case ExpressionType::kTexts:
        return column_term_of<TextsValue>(place, is_optional);
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

constexpr std::string_view kPacketPrefix = "packet.";

// What a flow that lives does not have; attribution comes after its end.
bool comes_with_the_end(const Column& column) noexcept {
    return column.name == "expiration_id" || column.name == "end_reason" ||
           column.presence == Presence::kVisibility;
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
    const auto is_named = [&](const Column& column) {
        return with_unit(column.name, scope_.options.flow.time_unit) == name;
    };
    std::span<const Column> added;
    if (scope_.options.extension != nullptr) {
        added = scope_.options.extension->columns();
    }
    for (const std::span<const Column> columns : {scope_.columns, added, scope_.packet_fields}) {
        const auto found = std::ranges::find_if(columns, is_named);
        if (found != columns.end()) {
            return &*found;
        }
    }
    return nullptr;
}

// Of all columns that could stand in the expression.
std::vector<std::string> ExpressionDraft::names() const {
    std::vector<std::string> names;
    const auto add = [&](std::span<const Column> columns) {
        for (const Column& column : columns) {
            if (is_present(column, scope_.options)) {
                names.push_back(with_unit(column.name, scope_.options.flow.time_unit));
            }
        }
    };
    add(scope_.columns);
    if (scope_.options.extension != nullptr) {
        add(scope_.options.extension->columns());
    }
    add(scope_.packet_fields);
    return names;
}

std::nullopt_t ExpressionDraft::refuse_unknown(const ExpressionToken& name) {
    if (!has_packets() && name.source.starts_with(kPacketPrefix)) {
        return refuse(
            name.offset,
            format("{} is a field of packets; only features look at these", name.source)
        );
    }
    const std::vector<std::string> known = names();
    const std::vector<std::string_view> candidates(known.begin(), known.end());
    const std::string field = std::string(kPacketPrefix) + std::string(name.source);
    const bool is_field = std::ranges::find(known, field) != known.end();
    const std::string near = did_you_mean(is_field ? field : nearest_word(name.source, candidates));
    return refuse(
        name.offset,
        format(
            "unknown column {}{}",
            excerpt_of(name.source),
            near.empty() ? "; `flowgauge fields` lists them, and text stands in quotes" : near
        )
    );
}

// The position in an output is known to the output only.
bool ExpressionDraft::is_known_here(const Column& column) const noexcept {
    if (!has_packets()) {
        return true;
    }
    if (column.name.starts_with(kPacketPrefix)) {
        return is_in_aggregate_;
    }
    return column.name != "id" && !(is_in_aggregate_ && comes_with_the_end(column));
}

std::nullopt_t ExpressionDraft::refuse_here(const ExpressionToken& name) {
    if (name.source == "id") {
        return refuse(name.offset, "id is the position in an output, which features cannot know");
    }
    if (name.source.starts_with(kPacketPrefix)) {
        return refuse(
            name.offset,
            format("{0} is a field of packets; it stands in an aggregate: first({0})", name.source)
        );
    }
    return refuse(
        name.offset,
        format("{} is known when the flow has ended, not with each packet", name.source)
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
    if (!is_known_here(*column)) {
        return refuse_here(name);
    }
    std::vector<const Column*>& columns = is_in_aggregate_ ? packet_columns_ : columns_;
    const auto known = std::ranges::find(columns, column);
    const auto place = static_cast<std::size_t>(known - columns.begin());
    if (known == columns.end()) {
        columns.push_back(column);
    }
    return take_up(Operand{
        .term = column_term(value_type_of(column->type), place, column->optional),
        .offset = name.offset,
        .mac_bytes = mac_bytes_of(*column)});
}

bool ExpressionDraft::add_aggregate(Aggregate aggregate, std::size_t offset) {
    if (aggregates_.size() >= kAggregatesMax) {
        refuse(offset, format("more than {} aggregates", kAggregatesMax));
        return false;
    }
    aggregates_.push_back(std::move(aggregate));
    return true;
}

}  // namespace flowgauge
