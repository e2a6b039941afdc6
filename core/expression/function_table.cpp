// The table of functions: data, one row a function, and what each does.
#include "core/base/format.h"
#include "core/base/spelling.h"
#include "core/expression/operators.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace flowgauge {
namespace {

struct Call {
    const ExpressionToken& name;
    std::vector<Operand> arguments;

    [[nodiscard]] std::uint32_t below() const noexcept {
        std::uint32_t deepest = 0;
        for (const Operand& argument : arguments) {
            deepest = std::max(deepest, argument.depth);
        }
        return deepest;
    }
    [[nodiscard]] bool takes(ExpressionType type) const noexcept {
        return arguments.front().is(type);
    }
};

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Absolute {
    Int128 operator()(Int128 a) const noexcept { return a < 0 ? saturated_difference(0, a) : a; }
    double operator()(double a) const noexcept { return std::fabs(a); }
};
struct Floor {
    double operator()(double a) const noexcept { return std::floor(a); }
};
struct Ceil {
    double operator()(double a) const noexcept { return std::ceil(a); }
};
// Halves go to the even neighbour, as in Python: the rounding mode that the process starts with.
struct Round {
    double operator()(double a) const noexcept { return std::nearbyint(a); }
};
struct SquareRoot {
    double operator()(double a) const noexcept { return a < 0 ? kNan : std::sqrt(a); }
};
struct Exponential {
    double operator()(double a) const noexcept { return std::exp(a); }
};
// Of 0 there is no logarithm that one could count on with.
template <double (*Logarithm)(double)>
struct LogarithmOf {
    double operator()(double a) const noexcept { return a > 0 ? Logarithm(a) : kNan; }
};
double log_e(double a) noexcept {
    return std::log(a);
}
double log_2(double a) noexcept {
    return std::log2(a);
}
double log_10(double a) noexcept {
    return std::log10(a);
}
struct Power {
    double operator()(double a, double b) const noexcept { return std::pow(a, b); }
};

// NaN if one of them is.
template <bool Smallest>
struct Extreme {
    Int128 operator()(Int128 a, Int128 b) const noexcept { return (b < a) == Smallest ? b : a; }
    double operator()(double a, double b) const noexcept {
        if (std::isnan(a) || std::isnan(b)) {
            return kNan;
        }
        return (b < a) == Smallest ? b : a;
    }
    Int128 operator()(ListValue list) const noexcept {
        Int128 found = kNoEntry;
        for (const std::int64_t entry : list) {
            if (entry != kNoEntry && (found == kNoEntry || (entry < found) == Smallest)) {
                found = entry;
            }
        }
        return found;
    }
};

struct ListLength {
    Int128 operator()(ListValue list) const noexcept {
        return std::ranges::count_if(list, [](std::int64_t entry) { return entry != kNoEntry; });
    }
};
struct ListSum {
    Int128 operator()(ListValue list) const noexcept {
        Int128 sum = 0;
        for (const std::int64_t entry : list) {
            sum += entry == kNoEntry ? 0 : entry;
        }
        return sum;
    }
};
struct ListMean {
    double operator()(ListValue list) const noexcept {
        return quotient_of(
            static_cast<double>(ListSum{}(list)), static_cast<double>(ListLength{}(list))
        );
    }
};
struct ListEntry {
    Int128 operator()(ListValue list, Int128 at) const noexcept {
        const bool is_there = at >= 0 && at < static_cast<Int128>(list.size());
        return is_there ? list[static_cast<std::size_t>(at)] : kNoEntry;
    }
};

struct TextsLength {
    Int128 operator()(TextsValue texts) const noexcept { return static_cast<Int128>(texts.size()); }
};
struct TextsEntry {
    std::string_view operator()(TextsValue texts, Int128 at) const noexcept {
        const bool is_there = at >= 0 && at < static_cast<Int128>(texts.size());
        return is_there ? texts[static_cast<std::size_t>(at)] : std::string_view{};
    }
};

// In characters of UTF-8.
struct TextLength {
    Int128 operator()(std::string_view text) const noexcept {
        return std::ranges::count_if(text, [](char byte) {
            return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
        });
    }
};

struct Coalesce {
    double operator()(double a, double b) const noexcept { return std::isnan(a) ? b : a; }
    std::string_view operator()(std::string_view a, std::string_view b) const noexcept {
        return a.empty() ? b : a;
    }
};

MaybeOperand refuse_argument(
    ExpressionDraft& draft,
    const ExpressionToken& name,
    const Operand& argument,
    std::string_view wanted
) {
    return draft.refuse(
        argument.offset,
        format("{} takes {}, and this is {}", name.source, wanted, to_string(argument.type()))
    );
}

template <typename Function>
MaybeOperand on_real(ExpressionDraft& draft, Call& call) {
    Operand& argument = call.arguments.front();
    if (!argument.is_number()) {
        return refuse_argument(draft, call.name, argument, "a number");
    }
    return draft.take_up(
        operation<double>(Function{}, argument.take_real()), call.name.offset, call.below()
    );
}

// Whole numbers are whole already.
template <typename Function>
MaybeOperand on_fraction(ExpressionDraft& draft, Call& call) {
    if (call.takes(ExpressionType::kInteger)) {
        return std::move(call.arguments.front());
    }
    return on_real<Function>(draft, call);
}

MaybeOperand make_absolute(ExpressionDraft& draft, Call& call) {
    if (call.takes(ExpressionType::kInteger)) {
        return draft.take_up(
            operation<Int128>(Absolute{}, call.arguments.front().take<Int128>()),
            call.name.offset,
            call.below()
        );
    }
    return on_real<Absolute>(draft, call);
}

MaybeOperand make_power(ExpressionDraft& draft, Call& call) {
    for (const Operand& argument : call.arguments) {
        if (!argument.is_number()) {
            return refuse_argument(draft, call.name, argument, "numbers");
        }
    }
    const std::uint32_t below = call.below();
    TermOf<double> base = call.arguments[0].take_real();
    return draft.take_up(
        operation<double>(Power{}, std::move(base), call.arguments[1].take_real()),
        call.name.offset,
        below
    );
}

template <bool Smallest>
MaybeOperand make_extreme(ExpressionDraft& draft, Call& call) {
    if (call.arguments.size() == 1 && call.takes(ExpressionType::kList)) {
        return draft.take_up(
            operation<Int128>(Extreme<Smallest>{}, call.arguments.front().take<ListValue>()),
            call.name.offset,
            call.below()
        );
    }
    bool are_integers = true;
    for (const Operand& argument : call.arguments) {
        if (!argument.is_number()) {
            return refuse_argument(draft, call.name, argument, "numbers or one list");
        }
        are_integers = are_integers && argument.is(ExpressionType::kInteger);
    }
    Operand first = std::move(call.arguments.front());
    for (std::size_t i = 1; i < call.arguments.size(); ++i) {
        Operand& next = call.arguments[i];
        const std::uint32_t below = std::max(first.depth, next.depth);
        MaybeOperand both =
            are_integers
                ? draft.take_up(
                      operation<Int128>(
                          Extreme<Smallest>{}, first.take<Int128>(), next.take<Int128>()
                      ),
                      call.name.offset,
                      below
                  )
                : draft.take_up(
                      operation<double>(Extreme<Smallest>{}, first.take_real(), next.take_real()),
                      call.name.offset,
                      below
                  );
        if (!both) {
            return std::nullopt;
        }
        first = *std::move(both);
    }
    return first;
}

template <typename R, typename Function>
MaybeOperand on_list(ExpressionDraft& draft, Call& call) {
    Operand& argument = call.arguments.front();
    if (!argument.is(ExpressionType::kList)) {
        return refuse_argument(draft, call.name, argument, "a list");
    }
    return draft.take_up(
        operation<R>(Function{}, argument.take<ListValue>()), call.name.offset, call.below()
    );
}

MaybeOperand make_length(ExpressionDraft& draft, Call& call) {
    if (call.takes(ExpressionType::kTexts)) {
        return draft.take_up(
            operation<Int128>(TextsLength{}, call.arguments.front().take<TextsValue>()),
            call.name.offset,
            call.below()
        );
    }
    if (!call.takes(ExpressionType::kText) && !call.takes(ExpressionType::kList)) {
        return refuse_argument(draft, call.name, call.arguments.front(), "text or a list");
    }
    if (call.takes(ExpressionType::kList)) {
        return on_list<Int128, ListLength>(draft, call);
    }
    return draft.take_up(
        operation<Int128>(TextLength{}, call.arguments.front().take<std::string_view>()),
        call.name.offset,
        call.below()
    );
}

MaybeOperand make_lower(ExpressionDraft& draft, Call& call) {
    Operand& argument = call.arguments.front();
    if (!argument.is(ExpressionType::kText)) {
        return refuse_argument(draft, call.name, argument, "text");
    }
    const bool is_constant = argument.constant<std::string_view>() != nullptr;
    const std::size_t buffer = is_constant ? 0 : draft.add_text_buffer();
    TermOf<std::string_view> term =
        std::make_unique<const LowerCase>(argument.take<std::string_view>(), buffer);
    return draft.take_up(
        is_constant ? folded(*term, 1) : std::move(term), call.name.offset, call.below()
    );
}

// Of two types, one: that of both, or real when both are numbers. False if there is none.
bool agree(Operand& a, Operand& b) {
    if (a.type() != b.type() && a.is_number() && b.is_number()) {
        a.term = a.take_real();
        b.term = b.take_real();
    }
    return a.type() == b.type() && a.mac_bytes == b.mac_bytes;
}

template <typename T>
AnyTerm choice_of(TermOf<bool> condition, TermOf<T> yes, TermOf<T> no) {
    return TermOf<T>(
        std::make_unique<const Conditional<T>>(std::move(condition), std::move(yes), std::move(no))
    );
}

MaybeOperand make_choice(ExpressionDraft& draft, Call& call) {
    Operand& condition = call.arguments[0];
    Operand& yes = call.arguments[1];
    Operand& no = call.arguments[2];
    if (!condition.is(ExpressionType::kBool)) {
        return refuse_argument(draft, call.name, condition, "a condition first");
    }
    if (!agree(yes, no)) {
        return draft.refuse(
            no.offset,
            format(
                "both values of if must be of one type; these are {} and {}",
                to_string(yes.type()),
                to_string(no.type())
            )
        );
    }
    if (const auto* const constant = condition.constant<bool>()) {
        return std::move(*constant ? yes : no);
    }
    const std::uint32_t below = call.below();
    TermOf<bool> question = condition_of(condition.take<bool>());
    AnyTerm term = std::visit(
        [&]<typename T>(TermOf<T>& held) {
            return choice_of<T>(std::move(question), std::move(held), no.take<T>());
        },
        yes.term
    );
    return draft.take_up(Operand{
        .term = std::move(term),
        .offset = call.name.offset,
        .depth = below + 1,
        .mac_bytes = yes.mac_bytes});
}

// The value, or `otherwise` where it is absent; the value alone where it never is.
template <typename T>
TermOf<T> with_default(TermOf<T> value, TermOf<T> otherwise) {
    if (!value->may_be_absent()) {
        return value;
    }
    return std::make_unique<const Default<T>>(std::move(value), std::move(otherwise));
}

MaybeOperand make_default(ExpressionDraft& draft, Call& call) {
    Operand& value = call.arguments[0];
    Operand& otherwise = call.arguments[1];
    if (!agree(value, otherwise)) {
        return draft.refuse(
            otherwise.offset,
            format(
                "both values of default must be of one type; these are {} and {}",
                to_string(value.type()),
                to_string(otherwise.type())
            )
        );
    }
    const std::uint32_t below = call.below();
    AnyTerm term = std::visit(
        [&]<typename T>(TermOf<T>& held) -> AnyTerm {
            return with_default<T>(std::move(held), otherwise.take<T>());
        },
        value.term
    );
    return draft.take_up(Operand{
        .term = std::move(term),
        .offset = call.name.offset,
        .depth = below + 1,
        .mac_bytes = value.mac_bytes});
}

// What is absent counts as NaN or empty.
MaybeOperand make_coalesce(ExpressionDraft& draft, Call& call) {
    Operand& a = call.arguments[0];
    Operand& b = call.arguments[1];
    const std::uint32_t below = call.below();
    if (a.is(ExpressionType::kText) && b.is(ExpressionType::kText)) {
        TermOf<std::string_view> value = with_default<std::string_view>(
            a.take<std::string_view>(),
            std::make_unique<const Constant<std::string_view>>(std::string_view{})
        );
        return draft.take_up(
            operation<std::string_view>(Coalesce{}, std::move(value), b.take<std::string_view>()),
            call.name.offset,
            below
        );
    }
    if (a.is_number() && b.is_number()) {
        TermOf<double> value =
            with_default<double>(a.take_real(), std::make_unique<const Constant<double>>(kNan));
        return draft.take_up(
            operation<double>(Coalesce{}, std::move(value), b.take_real()), call.name.offset, below
        );
    }
    return refuse_argument(draft, call.name, b, "two numbers or two texts");
}

struct FunctionRow {
    std::string_view name;
    std::string_view usage;
    std::size_t arguments_min;
    std::size_t arguments_max;
    MaybeOperand (*make)(ExpressionDraft& draft, Call& call);
};

constexpr std::size_t kManyArguments = 16;

// clang-format off
constexpr FunctionRow kFunctions[] = {
    {"if", "if(condition, yes, no)", 3, 3, make_choice},
    {"coalesce", "coalesce(value, otherwise)", 2, 2, make_coalesce},
    {"default", "default(value, otherwise)", 2, 2, make_default},
    {"abs", "abs(number)", 1, 1, make_absolute},
    {"floor", "floor(number)", 1, 1, on_fraction<Floor>},
    {"ceil", "ceil(number)", 1, 1, on_fraction<Ceil>},
    {"round", "round(number)", 1, 1, on_fraction<Round>},
    {"sqrt", "sqrt(number)", 1, 1, on_real<SquareRoot>},
    {"exp", "exp(number)", 1, 1, on_real<Exponential>},
    {"log", "log(number)", 1, 1, on_real<LogarithmOf<log_e>>},
    {"log2", "log2(number)", 1, 1, on_real<LogarithmOf<log_2>>},
    {"log10", "log10(number)", 1, 1, on_real<LogarithmOf<log_10>>},
    {"pow", "pow(base, exponent)", 2, 2, make_power},
    {"min", "min(number, ...) or min(list)", 1, kManyArguments, make_extreme<true>},
    {"max", "max(number, ...) or max(list)", 1, kManyArguments, make_extreme<false>},
    {"sum", "sum(list)", 1, 1, on_list<Int128, ListSum>},
    {"mean", "mean(list)", 1, 1, on_list<double, ListMean>},
    {"len", "len(text) or len(list)", 1, 1, make_length},
    {"lower", "lower(text)", 1, 1, make_lower},
};
// clang-format on

const FunctionRow* row_of(std::string_view name) noexcept {
    const auto* const row = std::ranges::find(kFunctions, name, &FunctionRow::name);
    return row == std::end(kFunctions) ? nullptr : row;
}

}  // namespace

std::string_view LowerCase::of(EvaluationFrame& frame) const {
    const std::string_view text = text_->of(frame);
    std::string& buffer = frame.text_buffer(buffer_);
    buffer.resize(text.size());
    std::ranges::transform(text, buffer.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    return buffer;
}

MaybeOperand make_entry(
    ExpressionDraft& draft, const ExpressionToken& bracket, Operand list, Operand at
) {
    if (!list.is(ExpressionType::kList) && !list.is(ExpressionType::kTexts)) {
        return draft.refuse(
            bracket.offset,
            format("only lists have entries, and this is {}", to_string(list.type()))
        );
    }
    if (!at.is(ExpressionType::kInteger)) {
        return draft.refuse(
            at.offset,
            format("entries have integers for numbers, and this is {}", to_string(at.type()))
        );
    }
    const std::size_t offset = list.offset;
    const std::uint32_t below = std::max(list.depth, at.depth);
    if (list.is(ExpressionType::kTexts)) {
        return draft.take_up(
            operation<std::string_view>(TextsEntry{}, list.take<TextsValue>(), at.take<Int128>()),
            offset,
            below
        );
    }
    return draft.take_up(
        operation<Int128>(ListEntry{}, list.take<ListValue>(), at.take<Int128>()), offset, below
    );
}

bool is_function(std::string_view name) noexcept {
    return row_of(name) != nullptr;
}

std::nullopt_t refuse_function(ExpressionDraft& draft, const ExpressionToken& name) {
    std::vector<std::string_view> names;
    for (const FunctionRow& known : kFunctions) {
        names.push_back(known.name);
    }
    if (draft.has_packets()) {
        for (const std::string_view aggregate : aggregate_names()) {
            if (!is_function(aggregate)) {
                names.push_back(aggregate);
            }
        }
    }
    const std::string near = did_you_mean(nearest_word(name.source, names));
    return draft.refuse(
        name.offset,
        format(
            "unknown function {}{}",
            excerpt_of(name.source),
            near.empty() ? format("; there are {}", join(names, ", ")) : near
        )
    );
}

MaybeOperand make_call(
    ExpressionDraft& draft, const ExpressionToken& name, std::vector<Operand> arguments
) {
    const FunctionRow& row = *row_of(name.source);
    if (arguments.size() < row.arguments_min || arguments.size() > row.arguments_max) {
        return draft.refuse(name.offset, format("wrong number of arguments; it is {}", row.usage));
    }
    Call call{.name = name, .arguments = std::move(arguments)};
    return row.make(draft, call);
}

}  // namespace flowgauge
