// Tests of text: contains, startswith, endswith, matches.
#include "core/base/format.h"
#include "core/expression/glob.h"
#include "core/expression/operators.h"

#include <algorithm>
#include <cstring>

namespace flowgauge {
namespace {

// By memmem, whose time does not multiply the two lengths.
struct Contains {
    bool operator()(std::string_view a, std::string_view b) const noexcept {
        return b.empty() || ::memmem(a.data(), a.size(), b.data(), b.size()) != nullptr;
    }
};
struct ListContains {
    bool operator()(ListValue list, Int128 value) const noexcept {
        return std::ranges::any_of(list, [&](std::int64_t entry) { return entry == value; });
    }
};
struct TextsContain {
    bool operator()(TextsValue texts, std::string_view value) const noexcept {
        return std::ranges::find(texts, value) != texts.end();
    }
};
struct StartsWith {
    bool operator()(std::string_view a, std::string_view b) const noexcept {
        return a.starts_with(b);
    }
};
struct EndsWith {
    bool operator()(std::string_view a, std::string_view b) const noexcept {
        return a.ends_with(b);
    }
};
struct Matches {
    Glob glob;
    bool operator()(std::string_view text) const noexcept { return glob.matches(text); }
};

MaybeOperand make_match(ExpressionDraft& draft, Operand text, const Operand& pattern) {
    const auto* const written = pattern.constant<std::string_view>();
    if (written == nullptr) {
        return draft.refuse(pattern.offset, "the pattern of matches must be written out");
    }
    Result<Glob> glob = Glob::compile(*written);
    if (!glob) {
        return draft.refuse(pattern.offset, std::move(glob).error().message);
    }
    const std::size_t offset = text.offset;
    const std::uint32_t below = text.depth;
    return draft.take_up(
        operation<bool>(Matches{std::move(glob).value()}, text.take<std::string_view>()),
        offset,
        below
    );
}

template <typename Function>
MaybeOperand on_texts(ExpressionDraft& draft, Function function, Operand a, Operand b) {
    const std::size_t offset = a.offset;
    const std::uint32_t below = std::max(a.depth, b.depth);
    return draft.take_up(
        operation<bool>(function, a.take<std::string_view>(), b.take<std::string_view>()),
        offset,
        below
    );
}

}  // namespace

MaybeOperand make_text_test(
    ExpressionDraft& draft, const ExpressionToken& word, Operand a, Operand b
) {
    const std::string_view name = word.source;
    if (name == "contains" && a.is(ExpressionType::kList) && b.is(ExpressionType::kInteger)) {
        const std::size_t offset = a.offset;
        const std::uint32_t below = std::max(a.depth, b.depth);
        return draft.take_up(
            operation<bool>(ListContains{}, a.take<ListValue>(), b.take<Int128>()), offset, below
        );
    }
    if (name == "contains" && a.is(ExpressionType::kTexts) && b.is(ExpressionType::kText)) {
        const std::size_t offset = a.offset;
        const std::uint32_t below = std::max(a.depth, b.depth);
        return draft.take_up(
            operation<bool>(TextsContain{}, a.take<TextsValue>(), b.take<std::string_view>()),
            offset,
            below
        );
    }
    for (const Operand* const operand : {&a, &b}) {
        if (!operand->is(ExpressionType::kText)) {
            const bool is_address =
                operand->is(ExpressionType::kAddress) || operand->is(ExpressionType::kMac);
            return draft.refuse(
                operand->offset,
                format(
                    "{} takes text, and this is {}{}",
                    name,
                    to_string(operand->type()),
                    is_address ? "; whether one is in a network says `in`" : ""
                )
            );
        }
    }
    if (name == "matches") {
        return make_match(draft, std::move(a), b);
    }
    if (name == "contains") {
        return on_texts(draft, Contains{}, std::move(a), std::move(b));
    }
    if (name == "startswith") {
        return on_texts(draft, StartsWith{}, std::move(a), std::move(b));
    }
    return on_texts(draft, EndsWith{}, std::move(a), std::move(b));
}

}  // namespace flowgauge
