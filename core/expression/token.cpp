#include "core/expression/token.h"

#include "core/base/format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>

namespace flowgauge {
namespace {

// What a number may be counted in. Sizes count bytes, durations nanoseconds.
struct NumberUnit {
    std::string_view name;
    std::int64_t factor;
    bool is_time;
};

constexpr std::array kNumberUnits{
    NumberUnit{"ns", 1, true},
    NumberUnit{"us", 1'000, true},
    NumberUnit{"ms", 1'000'000, true},
    NumberUnit{"s", 1'000'000'000, true},
    NumberUnit{"m", 60'000'000'000, true},
    NumberUnit{"h", 3'600'000'000'000, true},
    NumberUnit{"d", 86'400'000'000'000, true},
    NumberUnit{"B", 1, false},
    NumberUnit{"kB", 1'000, false},
    NumberUnit{"MB", 1'000'000, false},
    NumberUnit{"GB", 1'000'000'000, false},
    NumberUnit{"TB", 1'000'000'000'000, false},
    NumberUnit{"KiB", std::int64_t{1} << 10, false},
    NumberUnit{"MiB", std::int64_t{1} << 20, false},
    NumberUnit{"GiB", std::int64_t{1} << 30, false},
    NumberUnit{"TiB", std::int64_t{1} << 40, false}};

// Behind these a real is whole anyway.
constexpr double kExactRealMax = 0x1p53;

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

constexpr bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

constexpr int hexadecimal_digit(char c) noexcept {
    if (is_digit(c)) {
        return c - '0';
    }
    const auto lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Operators of other languages, and what they are called here. Longer ones first.
struct ForeignSymbol {
    std::string_view foreign;
    std::string_view ours;
};
constexpr std::array kForeignSymbols{
    ForeignSymbol{"&&", "and"},
    ForeignSymbol{"||", "or"},
    ForeignSymbol{"<>", "!="},
    ForeignSymbol{"!~", "not ... matches"},
    ForeignSymbol{"=~", "matches"},
    ForeignSymbol{"//", "floor(a / b)"},
    ForeignSymbol{"**", "pow(a, b)"},
    ForeignSymbol{"=", "=="},
    ForeignSymbol{"!", "not"},
    ForeignSymbol{"?", "if(condition, yes, no)"},
    ForeignSymbol{"^", "pow(a, b)"}};

constexpr std::array<std::string_view, 16> kSymbols{
    "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "(", ")", "[", "]", ","};

bool refuse(ExpressionProblem& problem, std::size_t offset, std::string message) {
    problem = {.offset = offset, .message = std::move(message)};
    return false;
}

}  // namespace

void ExpressionTokenizer::skip_space() noexcept {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
        ++at_;
    }
}

bool ExpressionTokenizer::next(ExpressionToken& token, ExpressionProblem& problem) {
    skip_space();
    token = ExpressionToken{};
    token.offset = at_;
    if (at_ == text_.size()) {
        return true;
    }
    const char first = text_[at_];
    if (is_letter(first)) {
        return take_name(token);
    }
    const bool is_fraction = first == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]);
    if (is_digit(first) || is_fraction) {
        return take_number(token, problem);
    }
    if (first == '\'' || first == '"') {
        return take_text(token, problem);
    }
    return take_symbol(token, problem);
}

bool ExpressionTokenizer::take_name(ExpressionToken& token) {
    std::size_t end = at_;
    while (end < text_.size() &&
           (is_letter(text_[end]) || is_digit(text_[end]) || text_[end] == '.')) {
        ++end;
    }
    token.kind = ExpressionToken::Kind::kName;
    token.source = text_.substr(at_, end - at_);
    at_ = end;
    return true;
}

// Digits, with a fraction and an exponent if there are. The "e" of an exponent needs a digit behind
// it.
std::size_t ExpressionTokenizer::end_of_number(std::size_t at) const noexcept {
    const auto skip_digits = [&] {
        while (at < text_.size() && is_digit(text_[at])) {
            ++at;
        }
    };
    skip_digits();
    if (at < text_.size() && text_[at] == '.') {
        ++at;
        skip_digits();
    }
    std::size_t exponent = at;
    if (exponent < text_.size() && (text_[exponent] | 0x20) == 'e') {
        ++exponent;
        if (exponent < text_.size() && (text_[exponent] == '+' || text_[exponent] == '-')) {
            ++exponent;
        }
        if (exponent < text_.size() && is_digit(text_[exponent])) {
            at = exponent;
            skip_digits();
        }
    }
    return at;
}

bool ExpressionTokenizer::take_number(ExpressionToken& token, ExpressionProblem& problem) {
    const bool is_hexadecimal = text_.substr(at_, 2) == "0x";
    std::size_t end = is_hexadecimal ? at_ + 2 : end_of_number(at_);
    while (is_hexadecimal && end < text_.size() && hexadecimal_digit(text_[end]) >= 0) {
        ++end;
    }
    const std::string_view digits = text_.substr(at_, end - at_);
    const bool is_real = !is_hexadecimal && digits.find_first_of(".eE") != std::string_view::npos;
    const char* const begin = digits.data() + (is_hexadecimal ? 2 : 0);
    const char* const stop = digits.data() + digits.size();
    std::from_chars_result read{};
    if (is_real) {
        token.kind = ExpressionToken::Kind::kReal;
        read = std::from_chars(begin, stop, token.real);
    } else {
        std::uint64_t value = 0;
        token.kind = ExpressionToken::Kind::kInteger;
        read = std::from_chars(begin, stop, value, is_hexadecimal ? 16 : 10);
        token.integer = static_cast<Int128>(value);
    }
    std::size_t unit_end = end;
    while (unit_end < text_.size() && (is_letter(text_[unit_end]) || is_digit(text_[unit_end]))) {
        ++unit_end;
    }
    token.source = text_.substr(at_, unit_end - at_);
    if (read.ec != std::errc{} || read.ptr != stop) {
        const bool is_large = read.ec == std::errc::result_out_of_range;
        return refuse(
            problem,
            at_,
            format("{} is no number{}", excerpt_of(token.source), is_large ? " of 64 bits" : "")
        );
    }
    at_ = unit_end;
    const std::string_view unit = text_.substr(end, unit_end - end);
    return unit.empty() || scale(token, unit, problem);
}

// Durations become a number in the unit of the records: an integer where that is exact.
bool ExpressionTokenizer::scale(
    ExpressionToken& token, std::string_view unit, ExpressionProblem& problem
) const {
    const auto* const found = std::ranges::find(kNumberUnits, unit, &NumberUnit::name);
    if (found == kNumberUnits.end()) {
        return refuse(
            problem,
            token.offset + token.source.size() - unit.size(),
            format(
                "{} is no unit; durations have ns, us, ms, s, m, h, d, sizes B, KiB, MiB, GiB, "
                "TiB, kB, MB, GB, TB",
                excerpt_of(unit)
            )
        );
    }
    const std::int64_t divisor = found->is_time ? 1'000'000'000 / ticks_per_second(unit_) : 1;
    if (token.kind == ExpressionToken::Kind::kInteger) {
        const Int128 product = token.integer * found->factor;
        if (product % divisor == 0) {
            token.integer = product / divisor;
            return true;
        }
        token.kind = ExpressionToken::Kind::kReal;
        token.real = static_cast<double>(product) / static_cast<double>(divisor);
        return true;
    }
    token.real = token.real * static_cast<double>(found->factor) / static_cast<double>(divisor);
    if (token.real == std::trunc(token.real) && token.real < kExactRealMax) {
        token.kind = ExpressionToken::Kind::kInteger;
        token.integer = static_cast<Int128>(token.real);
    }
    return true;
}

bool ExpressionTokenizer::take_text(ExpressionToken& token, ExpressionProblem& problem) {
    const char quote = text_[at_++];
    token.kind = ExpressionToken::Kind::kText;
    while (at_ < text_.size() && text_[at_] != quote) {
        if (text_[at_] != '\\') {
            token.text += text_[at_++];
        } else if (!take_escape(token, problem)) {
            return false;
        }
    }
    if (at_ == text_.size()) {
        return refuse(problem, token.offset, format("text without its closing {}", quote));
    }
    ++at_;
    token.source = text_.substr(token.offset, at_ - token.offset);
    return true;
}

bool ExpressionTokenizer::take_escape(ExpressionToken& token, ExpressionProblem& problem) {
    constexpr std::string_view kEscapes = "\\'\"nrt";
    constexpr std::string_view kMeanings = "\\'\"\n\r\t";
    const std::string_view rest = text_.substr(at_);
    const char letter = rest.size() > 1 ? rest[1] : '\0';
    if (const std::size_t found = kEscapes.find(letter); found != std::string_view::npos) {
        token.text += kMeanings[found];
        at_ += 2;
        return true;
    }
    if (letter == 'x' && rest.size() > 3 && hexadecimal_digit(rest[2]) >= 0 &&
        hexadecimal_digit(rest[3]) >= 0) {
        token.text +=
            static_cast<char>(16 * hexadecimal_digit(rest[2]) + hexadecimal_digit(rest[3]));
        at_ += 4;
        return true;
    }
    return refuse(
        problem, at_, "unknown escape in text; there are \\\\ \\' \\\" \\n \\r \\t and \\xHH"
    );
}

bool ExpressionTokenizer::take_symbol(ExpressionToken& token, ExpressionProblem& problem) {
    const std::string_view rest = text_.substr(at_);
    std::string_view symbol;
    for (const std::string_view known : kSymbols) {
        if (rest.starts_with(known) && known.size() > symbol.size()) {
            symbol = known;
        }
    }
    for (const ForeignSymbol& other : kForeignSymbols) {
        if (rest.starts_with(other.foreign) && other.foreign.size() > symbol.size()) {
            return refuse(
                problem, at_, format("{} is no operator; write {}", other.foreign, other.ours)
            );
        }
    }
    if (symbol.empty()) {
        const std::size_t length = std::max<std::size_t>(
            1, std::min(rest.find_first_of(" \t\r\n()[],'\"", 1), rest.size())
        );
        return refuse(
            problem, at_, format("{} means nothing here", excerpt_of(rest.substr(0, length)))
        );
    }
    token.kind = ExpressionToken::Kind::kSymbol;
    token.source = symbol;
    at_ += symbol.size();
    return true;
}

}  // namespace flowgauge
