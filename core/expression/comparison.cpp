// Comparisons, and whether a value is among others.
#include "core/base/format.h"
#include "core/expression/membership.h"
#include "core/expression/operators.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <type_traits>

namespace flowgauge {
namespace {

enum class Relation : std::uint8_t {
    kEqual,
    kUnequal,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
};

Relation relation_of(const ExpressionToken& symbol) noexcept {
    if (symbol.source == "==") {
        return Relation::kEqual;
    }
    if (symbol.source == "!=") {
        return Relation::kUnequal;
    }
    const bool is_strict = symbol.source.size() == 1;
    if (symbol.source.front() == '<') {
        return is_strict ? Relation::kLess : Relation::kLessOrEqual;
    }
    return is_strict ? Relation::kGreater : Relation::kGreaterOrEqual;
}

// a R b is b mirrored(R) a.
Relation mirrored(Relation relation) noexcept {
    switch (relation) {
    case Relation::kLess:
        return Relation::kGreater;
    case Relation::kLessOrEqual:
        return Relation::kGreaterOrEqual;
    case Relation::kGreater:
        return Relation::kLess;
    case Relation::kGreaterOrEqual:
        return Relation::kLessOrEqual;
    case Relation::kEqual:
    case Relation::kUnequal:
        break;
    }
    return relation;
}

// An integer against a real: without rounding, and NaN is unequal to everything.
template <Relation R>
struct Mixed {
    bool operator()(Int128 a, double b) const noexcept {
        const std::partial_ordering order = compare_exactly(a, b);
        switch (R) {
        case Relation::kEqual:
            return order == 0;
        case Relation::kUnequal:
            return order != 0;
        case Relation::kLess:
            return order < 0;
        case Relation::kLessOrEqual:
            return order <= 0;
        case Relation::kGreater:
            return order > 0;
        case Relation::kGreaterOrEqual:
            return order >= 0;
        }
        return false;
    }
};

template <typename T, typename Function>
struct AgainstConstant {
    T constant;
    bool operator()(T value) const noexcept { return Function{}(value, constant); }
};

// A number that is compared with the same one each time is kept beside the operation, not behind a
// pointer.
template <typename Function, typename T>
TermOf<bool> compare(TermOf<T> a, TermOf<T> b) {
    if constexpr (std::is_same_v<T, Int128> || std::is_same_v<T, double>) {
        if (b->constant() != nullptr) {
            return operation<bool>(AgainstConstant<T, Function>{*b->constant()}, std::move(a));
        }
    }
    return operation<bool>(Function{}, std::move(a), std::move(b));
}

template <typename T>
TermOf<bool> compare_equal(Relation relation, TermOf<T> a, TermOf<T> b) {
    return relation == Relation::kEqual ? compare<std::equal_to<T>>(std::move(a), std::move(b))
                                        : compare<std::not_equal_to<T>>(std::move(a), std::move(b));
}

template <typename T>
TermOf<bool> compare_ordered(Relation relation, TermOf<T> a, TermOf<T> b) {
    switch (relation) {
    case Relation::kLess:
        return compare<std::less<T>>(std::move(a), std::move(b));
    case Relation::kLessOrEqual:
        return compare<std::less_equal<T>>(std::move(a), std::move(b));
    case Relation::kGreater:
        return compare<std::greater<T>>(std::move(a), std::move(b));
    case Relation::kGreaterOrEqual:
        return compare<std::greater_equal<T>>(std::move(a), std::move(b));
    case Relation::kEqual:
    case Relation::kUnequal:
        break;
    }
    return compare_equal(relation, std::move(a), std::move(b));
}

TermOf<bool> compare_mixed(Relation relation, TermOf<Int128> a, TermOf<double> b) {
    switch (relation) {
    case Relation::kEqual:
        return operation<bool>(Mixed<Relation::kEqual>{}, std::move(a), std::move(b));
    case Relation::kUnequal:
        return operation<bool>(Mixed<Relation::kUnequal>{}, std::move(a), std::move(b));
    case Relation::kLess:
        return operation<bool>(Mixed<Relation::kLess>{}, std::move(a), std::move(b));
    case Relation::kLessOrEqual:
        return operation<bool>(Mixed<Relation::kLessOrEqual>{}, std::move(a), std::move(b));
    case Relation::kGreater:
        return operation<bool>(Mixed<Relation::kGreater>{}, std::move(a), std::move(b));
    case Relation::kGreaterOrEqual:
        break;
    }
    return operation<bool>(Mixed<Relation::kGreaterOrEqual>{}, std::move(a), std::move(b));
}

// A constant in the type of what it is compared with, where that changes nothing about it.
template <typename To, typename From>
TermOf<To> exact_constant(const From* value) {
    if (value == nullptr) {
        return nullptr;
    }
    if constexpr (std::is_same_v<From, Int128>) {
        const auto real = static_cast<double>(*value);
        if (compare_exactly(*value, real) == 0) {
            return std::make_unique<const Constant<double>>(real);
        }
    } else if (*value == std::trunc(*value) && std::fabs(*value) < 0x1p126) {
        return std::make_unique<const Constant<Int128>>(static_cast<Int128>(*value));
    }
    return nullptr;
}

// Requires: a is an integer, b a real.
TermOf<bool> compare_numbers(Relation relation, Operand a, Operand b) {
    if (TermOf<double> real = exact_constant<double>(a.constant<Int128>()); real != nullptr) {
        return compare_ordered<double>(mirrored(relation), b.take<double>(), std::move(real));
    }
    if (TermOf<Int128> integer = exact_constant<Int128>(b.constant<double>()); integer != nullptr) {
        return compare_ordered<Int128>(relation, a.take<Int128>(), std::move(integer));
    }
    return compare_mixed(relation, a.take<Int128>(), b.take<double>());
}

// Text that says an address or a MAC address becomes one beside a column of these.
bool adopt_literal(ExpressionDraft& draft, Operand& literal, const Operand& other) {
    const auto* const text = literal.constant<std::string_view>();
    if (text == nullptr) {
        return true;
    }
    if (other.is(ExpressionType::kAddress)) {
        const std::optional<IpNetwork> network = read_ip_network(*text);
        if (!network || !network->is_single()) {
            draft.refuse(
                literal.offset,
                format(
                    "{} is no address{}",
                    excerpt_of(*text),
                    network ? "; whether one is in a network says `in`" : ""
                )
            );
            return false;
        }
        literal.term = std::make_unique<const Constant<AddressValue>>(AddressValue{
            .address = network->first, .version = network->version});
    }
    if (other.is(ExpressionType::kMac)) {
        const std::optional<MacValue> mac = read_mac(*text);
        if (!mac || mac->bytes != other.mac_bytes) {
            const std::string_view form = other.mac_bytes == 3 ? "00:11:22" : "00:11:22:33:44:55";
            draft.refuse(
                literal.offset, format("{} is none of the form {}", excerpt_of(*text), form)
            );
            return false;
        }
        literal.term = std::make_unique<const Constant<MacValue>>(*mac);
        literal.mac_bytes = mac->bytes;
    }
    return true;
}

bool has_order(ExpressionType type) noexcept {
    return type == ExpressionType::kInteger || type == ExpressionType::kReal ||
           type == ExpressionType::kText;
}

std::nullopt_t refuse_comparison(
    ExpressionDraft& draft, const ExpressionToken& symbol, const Operand& a, const Operand& b
) {
    if (a.type() != b.type() || a.mac_bytes != b.mac_bytes) {
        return draft.refuse(
            symbol.offset,
            a.type() == b.type()
                ? std::string(
                      "a MAC address and an OUI are never equal; `in` says whether it begins "
                      "so"
                  )
                : format("{} cannot be compared with {}", to_string(a.type()), to_string(b.type()))
        );
    }
    if (a.is(ExpressionType::kList) || a.is(ExpressionType::kTexts)) {
        return draft.refuse(
            symbol.offset, "a list cannot be compared; its entries can: list[0], min(list)"
        );
    }
    return draft.refuse(
        symbol.offset, format("{} has no order; there are == and !=", to_string(a.type()))
    );
}

// Of one type, and comparable so.
TermOf<bool> compare_same(Relation relation, Operand a, Operand b) {
    switch (a.type()) {
    case ExpressionType::kBool:
        return compare_equal(relation, a.take<bool>(), b.take<bool>());
    case ExpressionType::kInteger:
        // The constant stands on the right, where it is cheap.
        if (a.constant<Int128>() != nullptr) {
            return compare_ordered(mirrored(relation), b.take<Int128>(), a.take<Int128>());
        }
        return compare_ordered(relation, a.take<Int128>(), b.take<Int128>());
    case ExpressionType::kReal:
        return compare_ordered(relation, a.take<double>(), b.take<double>());
    case ExpressionType::kText:
        return compare_ordered(relation, a.take<std::string_view>(), b.take<std::string_view>());
    case ExpressionType::kAddress:
        return compare_equal(relation, a.take<AddressValue>(), b.take<AddressValue>());
    case ExpressionType::kMac:
    case ExpressionType::kList:  // refused before
    case ExpressionType::kTexts:
        break;
    }
    return compare_equal(relation, a.take<MacValue>(), b.take<MacValue>());
}

}  // namespace

MaybeOperand make_comparison(
    ExpressionDraft& draft, const ExpressionToken& symbol, Operand a, Operand b
) {
    if (!adopt_literal(draft, a, b) || !adopt_literal(draft, b, a)) {
        return std::nullopt;
    }
    const Relation relation = relation_of(symbol);
    const std::size_t offset = a.offset;
    const std::uint32_t below = std::max(a.depth, b.depth);
    if (a.is(ExpressionType::kInteger) && b.is(ExpressionType::kReal)) {
        return draft.take_up(compare_numbers(relation, std::move(a), std::move(b)), offset, below);
    }
    if (a.is(ExpressionType::kReal) && b.is(ExpressionType::kInteger)) {
        return draft.take_up(
            compare_numbers(mirrored(relation), std::move(b), std::move(a)), offset, below
        );
    }
    const bool wants_order = relation != Relation::kEqual && relation != Relation::kUnequal;
    if (a.type() != b.type() || a.mac_bytes != b.mac_bytes || a.is(ExpressionType::kList) ||
        a.is(ExpressionType::kTexts) || (wants_order && !has_order(a.type()))) {
        return refuse_comparison(draft, symbol, a, b);
    }
    return draft.take_up(compare_same(relation, std::move(a), std::move(b)), offset, below);
}

}  // namespace flowgauge
