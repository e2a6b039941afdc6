// The aggregates over packets: what they take and what they give.
#include "core/expression/aggregate.h"

#include "core/base/format.h"
#include "core/expression/operators.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

struct AggregateRow {
    std::string_view name;
    AggregateKind kind;
    bool is_function_too;  // of numbers or a list
};

constexpr std::array kAggregates{
    AggregateRow{"count", AggregateKind::kCount, false},
    AggregateRow{"sum", AggregateKind::kSum, true},
    AggregateRow{"min", AggregateKind::kMin, true},
    AggregateRow{"max", AggregateKind::kMax, true},
    AggregateRow{"mean", AggregateKind::kMean, true},
    AggregateRow{"stddev", AggregateKind::kStddev, false},
    AggregateRow{"first", AggregateKind::kFirst, false},
    AggregateRow{"last", AggregateKind::kLast, false},
    AggregateRow{"any", AggregateKind::kAny, false},
    AggregateRow{"all", AggregateKind::kAll, false},
};

const AggregateRow* row_of(std::string_view name) noexcept {
    const auto* const found = std::ranges::find(kAggregates, name, &AggregateRow::name);
    return found == kAggregates.end() ? nullptr : &*found;
}

bool takes_condition(AggregateKind kind) noexcept {
    return kind == AggregateKind::kCount || kind == AggregateKind::kAny ||
           kind == AggregateKind::kAll;
}

bool takes_number(AggregateKind kind) noexcept {
    return kind != AggregateKind::kFirst && kind != AggregateKind::kLast && !takes_condition(kind);
}

// Whether there is a value, over no packets.
bool has_value_of_none(AggregateKind kind) noexcept {
    return takes_condition(kind) || kind == AggregateKind::kSum || kind == AggregateKind::kStddev;
}

bool check_argument(
    ExpressionDraft& draft,
    const ExpressionToken& name,
    AggregateKind kind,
    const MaybeOperand& argument
) {
    if (!argument) {
        if (kind != AggregateKind::kCount) {
            draft.refuse(
                name.offset, format("{0} needs something to look at: {0}(..)", name.source)
            );
        }
        return kind == AggregateKind::kCount;
    }
    const bool is_condition = argument->is(ExpressionType::kBool);
    std::string_view wanted;
    if (takes_condition(kind) && !is_condition) {
        wanted = "a condition";
    } else if (takes_number(kind) && !argument->is_number()) {
        wanted = "numbers";
    } else if (argument->is(ExpressionType::kList) || argument->is(ExpressionType::kTexts)) {
        wanted = "one value of each packet";
    }
    if (wanted.empty()) {
        return true;
    }
    draft.refuse(
        argument->offset,
        format("{} takes {}, and this is {}", name.source, wanted, to_string(argument->type()))
    );
    return false;
}

// a and b, each of which may be missing.
MaybeOperand both(
    ExpressionDraft& draft, const ExpressionToken& name, MaybeOperand a, MaybeOperand b
) {
    if (!a || !b) {
        return a ? std::move(a) : std::move(b);
    }
    ExpressionToken word;
    word.kind = ExpressionToken::Kind::kName;
    word.offset = name.offset;
    word.source = "and";
    std::vector<Operand> parts;
    parts.push_back(*std::move(a));
    parts.push_back(*std::move(b));
    return make_junction(draft, word, std::move(parts));
}

TermOf<bool> condition_term(MaybeOperand condition) {
    if (!condition) {
        return nullptr;
    }
    const auto* const constant = condition->constant<bool>();
    return constant != nullptr && *constant ? nullptr : condition_of(condition->take<bool>());
}

template <typename T>
AnyTerm value_term(std::size_t place, bool may_be_absent) {
    return TermOf<T>(std::make_unique<const AggregateTerm<T>>(place, may_be_absent));
}

AnyTerm result_term(AggregateKind kind, const AnyTerm& argument, std::size_t place) {
    if (kind == AggregateKind::kCount) {
        return value_term<Int128>(place, false);
    }
    if (takes_condition(kind)) {
        return value_term<bool>(place, false);
    }
    return std::visit(
        [&]<typename T>(const TermOf<T>& /*held*/) {
            return value_term<T>(place, !has_value_of_none(kind));
        },
        argument
    );
}

}  // namespace

bool is_aggregate(std::string_view name) noexcept {
    return row_of(name) != nullptr;
}

bool is_aggregate_only(std::string_view name) noexcept {
    const AggregateRow* const row = row_of(name);
    return row != nullptr && !row->is_function_too;
}

std::vector<std::string_view> aggregate_names() {
    std::vector<std::string_view> names;
    std::ranges::transform(kAggregates, std::back_inserter(names), &AggregateRow::name);
    return names;
}

MaybeOperand make_aggregate(
    ExpressionDraft& draft, const ExpressionToken& name, MaybeOperand argument, MaybeOperand where
) {
    const AggregateKind kind = row_of(name.source)->kind;
    if (where && !where->is(ExpressionType::kBool)) {
        return draft.refuse(
            where->offset,
            format("where takes a condition, and this is {}", to_string(where->type()))
        );
    }
    if (!check_argument(draft, name, kind, argument)) {
        return std::nullopt;
    }
    Aggregate aggregate{.kind = kind, .argument = {}, .condition = {}};
    std::uint8_t mac_bytes = 0;
    if (takes_condition(kind)) {
        if (kind == AggregateKind::kAll) {
            argument = make_not(draft, name, *std::move(argument));
        }
        where = both(draft, name, std::move(where), std::move(argument));
    } else {
        mac_bytes = argument->mac_bytes;
        const bool is_of_reals = kind == AggregateKind::kMean || kind == AggregateKind::kStddev;
        aggregate.argument =
            is_of_reals ? AnyTerm(argument->take_real()) : std::move(argument->term);
    }
    if (draft.has_problem()) {
        return std::nullopt;
    }
    aggregate.condition = condition_term(std::move(where));
    AnyTerm term = result_term(kind, aggregate.argument, draft.aggregates());
    if (!draft.add_aggregate(std::move(aggregate), name.offset)) {
        return std::nullopt;
    }
    return draft.take_up(Operand{
        .term = std::move(term),
        .offset = name.offset,
        .mac_bytes = mac_bytes,
        .is_count = kind == AggregateKind::kCount});
}

}  // namespace flowgauge
