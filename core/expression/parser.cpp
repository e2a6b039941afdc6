#include "core/expression/parser.h"

#include "core/base/format.h"
#include "core/expression/operators.h"

#include <algorithm>
#include <array>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::array<std::string_view, 6> kComparisons{"==", "!=", "<", "<=", ">", ">="};
constexpr std::array<std::string_view, 4> kTextTests{
    "contains", "startswith", "endswith", "matches"};
constexpr std::array<std::string_view, 8> kOperatorWords{
    "and", "or", "not", "in", "contains", "startswith", "endswith", "matches"};

template <typename Words>
bool is_one_of(const ExpressionToken& token, const Words& words) noexcept {
    return std::ranges::any_of(words, [&](std::string_view word) { return token.is(word); });
}

std::string found_text(const ExpressionToken& token) {
    return token.kind == ExpressionToken::Kind::kEnd ? "the end" : excerpt_of(token.source);
}

}  // namespace

// Counts itself while it lives.
class ExpressionParser::Nesting {
public:
    explicit Nesting(ExpressionParser& parser) noexcept : parser_(parser) { ++parser_.nesting_; }
    ~Nesting() { --parser_.nesting_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

    [[nodiscard]] bool is_too_deep() const {
        if (parser_.nesting_ <= kNestingMax) {
            return false;
        }
        parser_.draft_.refuse(
            parser_.token_.offset,
            format("more than {} parentheses, signs or calls in each other", kNestingMax)
        );
        return true;
    }

private:
    ExpressionParser& parser_;
};

bool ExpressionParser::advance() {
    ExpressionProblem problem;
    if (tokens_.next(token_, problem)) {
        return true;
    }
    draft_.refuse(problem.offset, std::move(problem.message));
    return false;
}

bool ExpressionParser::expect(std::string_view symbol, std::string_view where) {
    if (token_.is(symbol)) {
        return advance();
    }
    draft_.refuse(
        token_.offset, format("{} expected {}, not {}", symbol, where, found_text(token_))
    );
    return false;
}

MaybeOperand ExpressionParser::parse() {
    if (!advance()) {
        return std::nullopt;
    }
    if (token_.kind == ExpressionToken::Kind::kEnd) {
        return draft_.refuse(0, "the expression is empty");
    }
    MaybeOperand whole = junction("or");
    if (whole && token_.kind != ExpressionToken::Kind::kEnd) {
        return draft_.refuse(
            token_.offset, format("an operator is missing before {}", found_text(token_))
        );
    }
    return whole;
}

// a or b or ...; each of these is a and b and ...
MaybeOperand ExpressionParser::junction(std::string_view word) {
    std::vector<Operand> parts;
    ExpressionToken first_word;
    while (true) {
        MaybeOperand part = word == "or" ? junction("and") : negation();
        if (!part) {
            return std::nullopt;
        }
        parts.push_back(*std::move(part));
        if (!token_.is(word)) {
            break;
        }
        first_word = token_;
        if (!advance()) {
            return std::nullopt;
        }
    }
    if (parts.size() == 1) {
        return std::move(parts.front());
    }
    return make_junction(draft_, first_word, std::move(parts));
}

MaybeOperand ExpressionParser::negation() {
    if (!token_.is("not")) {
        return comparison();
    }
    const Nesting nesting(*this);
    const ExpressionToken word = token_;
    if (nesting.is_too_deep() || !advance()) {
        return std::nullopt;
    }
    MaybeOperand operand = negation();
    return operand ? make_not(draft_, word, *std::move(operand)) : std::nullopt;
}

MaybeOperand ExpressionParser::comparison() {
    MaybeOperand left = arithmetic(false);
    if (!left) {
        return std::nullopt;
    }
    MaybeOperand compared_value = compared(*std::move(left));
    if (compared_value &&
        (is_one_of(token_, kComparisons) || is_one_of(token_, kTextTests) || token_.is("in"))) {
        return draft_.refuse(
            token_.offset, "comparisons do not follow each other; write a < b and b < c"
        );
    }
    return compared_value;
}

MaybeOperand ExpressionParser::compared(Operand left) {
    const ExpressionToken word = token_;
    const bool is_comparison = is_one_of(word, kComparisons);
    if (is_comparison || is_one_of(word, kTextTests)) {
        MaybeOperand right = advance() ? arithmetic(false) : std::nullopt;
        if (!right) {
            return std::nullopt;
        }
        return is_comparison ? make_comparison(draft_, word, std::move(left), *std::move(right))
                             : make_text_test(draft_, word, std::move(left), *std::move(right));
    }
    if (word.is("in")) {
        return included(std::move(left), false);
    }
    if (word.is("not")) {
        if (!advance()) {
            return std::nullopt;
        }
        if (!token_.is("in")) {
            return draft_.refuse(
                word.offset, "between two values there is only `not in`; else not stands before"
            );
        }
        return included(std::move(left), true);
    }
    return left;
}

// The token is `in`.
MaybeOperand ExpressionParser::included(Operand left, bool is_negated) {
    const ExpressionToken word = token_;
    if (!advance()) {
        return std::nullopt;
    }
    MaybeOperand made;
    if (token_.is("[")) {
        if (!advance()) {
            return std::nullopt;
        }
        std::optional<std::vector<Operand>> members = list("]");
        if (!members) {
            return std::nullopt;
        }
        made = make_membership(draft_, word, std::move(left), *members);
    } else {
        MaybeOperand whole = arithmetic(false);
        if (!whole) {
            return std::nullopt;
        }
        made = make_inclusion(draft_, word, std::move(left), *std::move(whole));
    }
    return made && is_negated ? make_not(draft_, word, *std::move(made)) : std::move(made);
}

// Sums of products, from left to right.
MaybeOperand ExpressionParser::arithmetic(bool is_product) {
    const std::string_view symbols = is_product ? "*/%" : "+-";
    MaybeOperand left = is_product ? sign() : arithmetic(true);
    while (left && token_.kind == ExpressionToken::Kind::kSymbol && token_.source.size() == 1 &&
           symbols.find(token_.source.front()) != std::string_view::npos) {
        const ExpressionToken symbol = token_;
        MaybeOperand right = !advance() ? std::nullopt : is_product ? sign() : arithmetic(true);
        left = right ? make_arithmetic(draft_, symbol, *std::move(left), *std::move(right))
                     : std::nullopt;
    }
    return left;
}

MaybeOperand ExpressionParser::sign() {
    if (!token_.is("-") && !token_.is("+")) {
        return entry();
    }
    const Nesting nesting(*this);
    const ExpressionToken symbol = token_;
    if (nesting.is_too_deep() || !advance()) {
        return std::nullopt;
    }
    MaybeOperand operand = sign();
    if (!operand) {
        return std::nullopt;
    }
    if (symbol.is("+") && !operand->is_number()) {
        return draft_.refuse(
            operand->offset, format("+ takes a number, and this is {}", to_string(operand->type()))
        );
    }
    return symbol.is("-") ? make_negative(draft_, symbol, *std::move(operand)) : std::move(operand);
}

MaybeOperand ExpressionParser::entry() {
    MaybeOperand whole = primary();
    while (whole && token_.is("[")) {
        const Nesting nesting(*this);
        const ExpressionToken bracket = token_;
        if (nesting.is_too_deep() || !advance()) {
            return std::nullopt;
        }
        MaybeOperand at = junction("or");
        if (!at || !expect("]", "behind the number of an entry")) {
            return std::nullopt;
        }
        whole = make_entry(draft_, bracket, *std::move(whole), *std::move(at));
    }
    return whole;
}

MaybeOperand ExpressionParser::primary() {
    const ExpressionToken token = token_;
    switch (token.kind) {
    case ExpressionToken::Kind::kInteger:
        return advance() ? draft_.constant(token.integer, token.offset) : std::nullopt;
    case ExpressionToken::Kind::kReal:
        return advance() ? draft_.constant(token.real, token.offset) : std::nullopt;
    case ExpressionToken::Kind::kText:
        return advance() ? draft_.constant(std::string_view(token.text), token.offset)
                         : std::nullopt;
    case ExpressionToken::Kind::kName:
        return name();
    case ExpressionToken::Kind::kEnd:
    case ExpressionToken::Kind::kSymbol:
        break;
    }
    if (!token.is("(")) {
        return draft_.refuse(
            token.offset,
            token.is("[") ? std::string("a list stands only behind `in`")
                          : format("a value expected, not {}", found_text(token))
        );
    }
    const Nesting nesting(*this);
    if (nesting.is_too_deep() || !advance()) {
        return std::nullopt;
    }
    MaybeOperand inner = junction("or");
    return inner && expect(")", "here") ? std::move(inner) : std::nullopt;
}

// A column, a function, or one of the two truth values.
MaybeOperand ExpressionParser::name() {
    const ExpressionToken token = token_;
    if (is_one_of(token, kOperatorWords)) {
        return draft_.refuse(
            token.offset, format("a value expected, not the operator {}", token.source)
        );
    }
    if (!advance()) {
        return std::nullopt;
    }
    if (token_.is("(")) {
        return call(token);
    }
    if (token.source == "true" || token.source == "false") {
        return draft_.constant(token.source == "true", token.offset);
    }
    if (draft_.has_packets() && (token.source == "src2dst" || token.source == "dst2src")) {
        return draft_.constant(Int128{token.source == "src2dst" ? 0 : 1}, token.offset);
    }
    return draft_.column(token);
}

// The token is the parenthesis behind the name.
MaybeOperand ExpressionParser::call(const ExpressionToken& name) {
    const Nesting nesting(*this);
    if (nesting.is_too_deep()) {
        return std::nullopt;
    }
    if (is_aggregate_only(name.source) && !draft_.has_packets()) {
        return draft_.refuse(
            name.offset, format("{} looks at packets; only features do that", name.source)
        );
    }
    if (!is_function(name.source) && !is_aggregate_only(name.source)) {
        return refuse_function(draft_, name);
    }
    const bool is_over_packets = draft_.has_packets() && is_aggregate(name.source) &&
                                 (is_aggregate_only(name.source) || looks_at_packets());
    if (!advance()) {
        return std::nullopt;
    }
    if (is_over_packets) {
        return aggregate(name);
    }
    std::optional<std::vector<Operand>> arguments = list(")");
    return arguments ? make_call(draft_, name, *std::move(arguments)) : std::nullopt;
}

// Whether what stands in the parentheses, of which the token is the first, is one value that names
// a field of packets, or has a condition: min(a, b) is a function of two values wherever it stands.
bool ExpressionParser::looks_at_packets() const {
    ExpressionTokenizer ahead = tokens_;
    ExpressionToken token;
    ExpressionProblem ignored;  // found again when it is parsed
    bool is_found = false;
    for (std::size_t depth = 1;
         ahead.next(token, ignored) && token.kind != ExpressionToken::Kind::kEnd;) {
        if (token.is("(") || token.is("[")) {
            ++depth;
        } else if (token.is(")") || token.is("]")) {
            --depth;
        } else if (token.is(",") && depth == 1) {
            return false;
        } else if (token.kind == ExpressionToken::Kind::kName) {
            is_found = is_found || token.source.starts_with("packet.") ||
                       (depth == 1 && token.source == "where");
        }
        if (depth == 0) {
            break;
        }
    }
    return is_found;
}

// [ARGUMENT] [where CONDITION]; the opening parenthesis has been taken.
MaybeOperand ExpressionParser::aggregate(const ExpressionToken& name) {
    if (draft_.is_in_aggregate()) {
        return draft_.refuse(
            name.offset,
            format("{} stands in another aggregate; one looks at each packet alone", name.source)
        );
    }
    draft_.set_in_aggregate(true);
    MaybeOperand argument;
    MaybeOperand where;
    bool is_whole = true;
    if (!token_.is(")") && !token_.is("where")) {
        argument = junction("or");
        is_whole = argument.has_value();
    }
    if (is_whole && token_.is("where")) {
        where = advance() ? junction("or") : std::nullopt;
        is_whole = where.has_value();
    }
    draft_.set_in_aggregate(false);
    if (!is_whole || !expect(")", format("at the end of {}", name.source))) {
        return std::nullopt;
    }
    return make_aggregate(draft_, name, std::move(argument), std::move(where));
}

// Values with commas between them, up to `end`; the opening one has been taken.
std::optional<std::vector<Operand>> ExpressionParser::list(std::string_view end) {
    std::vector<Operand> values;
    while (!token_.is(end) || !values.empty()) {
        MaybeOperand value = junction("or");
        if (!value) {
            return std::nullopt;
        }
        values.push_back(*std::move(value));
        if (token_.is(",")) {
            if (!advance()) {
                return std::nullopt;
            }
            continue;
        }
        break;
    }
    if (!expect(end, "at the end of the list")) {
        return std::nullopt;
    }
    return values;
}

}  // namespace flowgauge
