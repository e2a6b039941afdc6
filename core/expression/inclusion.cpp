// `in`: whether a value is one of a list, or an address in a network.
#include "core/base/format.h"
#include "core/expression/membership.h"
#include "core/expression/operators.h"

#include <algorithm>
#include <cmath>
#include <memory>

namespace flowgauge {
namespace {

// The members as `T`, by `read`, which takes an operand and the list to append to and returns false
// for one that does not fit.
template <typename T, typename Read>
std::optional<std::vector<T>> read_members(
    ExpressionDraft& draft, const std::vector<Operand>& members, std::string_view wanted, Read read
) {
    std::vector<T> values;
    for (const Operand& member : members) {
        if (!read(member, values)) {
            const auto* const text = member.constant<std::string_view>();
            draft.refuse(
                member.offset,
                format(
                    "the list has to hold {} here, and this is {}",
                    wanted,
                    text != nullptr ? excerpt_of(*text) : std::string(to_string(member.type()))
                )
            );
            return std::nullopt;
        }
    }
    return values;
}

// A real that is no whole number equals no integer and is left out.
bool read_integer(const Operand& member, std::vector<Int128>& values) {
    if (const auto* const integer = member.constant<Int128>()) {
        values.push_back(*integer);
        return true;
    }
    const auto* const real = member.constant<double>();
    if (real == nullptr) {
        return false;
    }
    if (*real == std::trunc(*real) && std::fabs(*real) < 0x1p126) {
        values.push_back(static_cast<Int128>(*real));
    }
    return true;
}

// An integer with more digits than a real holds equals no real and is left out.
bool read_real(const Operand& member, std::vector<double>& values) {
    if (const auto* const real = member.constant<double>()) {
        if (!std::isnan(*real)) {
            values.push_back(*real);
        }
        return true;
    }
    const auto* const integer = member.constant<Int128>();
    if (integer == nullptr) {
        return false;
    }
    if (const auto real = static_cast<double>(*integer); compare_exactly(*integer, real) == 0) {
        values.push_back(real);
    }
    return true;
}

bool read_text(const Operand& member, std::vector<std::string>& values) {
    const auto* const text = member.constant<std::string_view>();
    if (text != nullptr) {
        values.emplace_back(*text);
    }
    return text != nullptr;
}

bool read_network(const Operand& member, std::vector<IpNetwork>& values) {
    const auto* const text = member.constant<std::string_view>();
    const std::optional<IpNetwork> network =
        text == nullptr ? std::nullopt : read_ip_network(*text);
    if (network) {
        values.push_back(*network);
    }
    return network.has_value();
}

bool read_mac_member(const Operand& member, std::vector<MacValue>& values) {
    const auto* const text = member.constant<std::string_view>();
    const std::optional<MacValue> mac = text == nullptr ? std::nullopt : read_mac(*text);
    if (mac) {
        values.push_back(*mac);
    }
    return mac.has_value();
}

// Shared, because a term's function is moved and the sets are large.
template <typename Set, typename T>
struct IsIn {
    std::shared_ptr<const Set> set;
    bool operator()(const T& value) const noexcept { return (*set)(value); }
};

template <typename Set, typename T, typename Members>
MaybeOperand among(ExpressionDraft& draft, Operand value, std::optional<Members> members) {
    if (!members) {
        return std::nullopt;
    }
    const std::size_t offset = value.offset;
    const std::uint32_t below = value.depth;
    return draft.take_up(
        operation<bool>(
            IsIn<Set, T>{std::make_shared<const Set>(*std::move(members))}, value.take<T>()
        ),
        offset,
        below
    );
}

struct ListHas {
    bool operator()(Int128 value, ListValue list) const noexcept {
        return std::ranges::any_of(list, [&](std::int64_t entry) { return entry == value; });
    }
};

struct TextsHave {
    bool operator()(std::string_view value, TextsValue texts) const noexcept {
        return std::ranges::find(texts, value) != texts.end();
    }
};

}  // namespace

MaybeOperand make_membership(
    ExpressionDraft& draft,
    const ExpressionToken& word,
    Operand value,
    const std::vector<Operand>& members
) {
    switch (value.type()) {
    case ExpressionType::kInteger: {
        auto read = read_members<Int128>(draft, members, "numbers", read_integer);
        return among<IntegerSet, Int128>(draft, std::move(value), std::move(read));
    }
    case ExpressionType::kReal: {
        auto read = read_members<double>(draft, members, "numbers", read_real);
        return among<RealSet, double>(draft, std::move(value), std::move(read));
    }
    case ExpressionType::kText: {
        auto read = read_members<std::string>(draft, members, "text", read_text);
        return among<TextSet, std::string_view>(draft, std::move(value), std::move(read));
    }
    case ExpressionType::kAddress: {
        auto read = read_members<IpNetwork>(
            draft, members, "addresses and networks, as '10.0.0.0/8',", read_network
        );
        return among<NetworkSet, AddressValue>(draft, std::move(value), std::move(read));
    }
    case ExpressionType::kMac: {
        auto read = read_members<MacValue>(
            draft, members, "MAC addresses and OUIs, as '00:11:22',", read_mac_member
        );
        return among<MacSet, MacValue>(draft, std::move(value), std::move(read));
    }
    case ExpressionType::kBool:
    case ExpressionType::kList:
    case ExpressionType::kTexts:
        break;
    }
    return draft.refuse(
        word.offset, format("{} is never in a list of values", to_string(value.type()))
    );
}

MaybeOperand make_inclusion(
    ExpressionDraft& draft, const ExpressionToken& word, Operand value, Operand whole
) {
    if (value.is(ExpressionType::kInteger) && whole.is(ExpressionType::kList)) {
        const std::size_t offset = value.offset;
        const std::uint32_t below = std::max(value.depth, whole.depth);
        return draft.take_up(
            operation<bool>(ListHas{}, value.take<Int128>(), whole.take<ListValue>()), offset, below
        );
    }
    if (value.is(ExpressionType::kText) && whole.is(ExpressionType::kTexts)) {
        const std::size_t offset = value.offset;
        const std::uint32_t below = std::max(value.depth, whole.depth);
        return draft.take_up(
            operation<bool>(TextsHave{}, value.take<std::string_view>(), whole.take<TextsValue>()),
            offset,
            below
        );
    }
    if (value.is(ExpressionType::kAddress) || value.is(ExpressionType::kMac)) {
        std::vector<Operand> members;
        members.push_back(std::move(whole));
        return make_membership(draft, word, std::move(value), members);
    }
    return draft.refuse(
        whole.offset,
        value.is(ExpressionType::kText) && whole.is(ExpressionType::kText)
            ? "text in text is `contains`, the other way round; several stand in [ ]"
            : "in needs a list: [1, 2, 3]"
    );
}

}  // namespace flowgauge
