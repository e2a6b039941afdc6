// ExpressionDraft: an expression under construction: what was put together so far, and what stands
// in the way.
#pragma once

#include "core/expression/aggregate.h"
#include "core/expression/expression.h"
#include "core/expression/problem.h"
#include "core/expression/term.h"
#include "core/expression/token.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flowgauge {

// A term with what its users have to know of it.
struct Operand {
    AnyTerm term;
    std::size_t offset = 0;      // where it begins in the text
    std::uint32_t depth = 1;     // of terms in terms
    std::uint8_t mac_bytes = 0;  // of a MAC column: 6, or 3 of an OUI
    bool is_count = false;       // nothing but an aggregate that counts

    [[nodiscard]] ExpressionType type() const noexcept {
        return static_cast<ExpressionType>(term.index());
    }
    [[nodiscard]] bool is(ExpressionType wanted) const noexcept { return type() == wanted; }
    [[nodiscard]] bool is_number() const noexcept {
        return is(ExpressionType::kInteger) || is(ExpressionType::kReal);
    }

    // Requires: its type is T's.
    template <typename T>
    [[nodiscard]] TermOf<T> take() {
        return std::move(std::get<TermOf<T>>(term));
    }
    template <typename T>
    [[nodiscard]] const T* constant() const noexcept {
        const TermOf<T>* const held = std::get_if<TermOf<T>>(&term);
        return held == nullptr ? nullptr : (*held)->constant();
    }

    // Its number as a real. Requires: is_number().
    [[nodiscard]] TermOf<double> take_real();
};

// Nothing: the draft has a problem.
using MaybeOperand = std::optional<Operand>;

class ExpressionDraft {
public:
    // Deeper evaluation and longer expressions are refused: both are paid for with each record.
    static constexpr std::uint32_t kDepthMax = 200;
    static constexpr std::size_t kTermsMax = 4096;
    static constexpr std::size_t kAggregatesMax = 64;

    // Requires: both outlive it.
    ExpressionDraft(const ExpressionScope& scope, ExpressionProblem& problem) noexcept
        : scope_(scope),
          problem_(problem) {}

    // Notes the problem, unless there was one.
    std::nullopt_t refuse(std::size_t offset, std::string message);

    [[nodiscard]] bool has_problem() const noexcept { return has_problem_; }

    // Takes a new term up. `below` is the depth of the deepest term in it.
    template <typename T>
    [[nodiscard]] MaybeOperand take_up(TermOf<T> term, std::size_t offset, std::uint32_t below) {
        return take_up(Operand{.term = std::move(term), .offset = offset, .depth = below + 1});
    }
    [[nodiscard]] MaybeOperand take_up(Operand operand);

    // A literal; text is copied.
    template <typename T>
    [[nodiscard]] MaybeOperand constant(T value, std::size_t offset) {
        return take_up<T>(std::make_unique<Constant<T>>(value), offset, 0);
    }

    // A column of the scope, or in an aggregate also a field of packets.
    [[nodiscard]] MaybeOperand column(const ExpressionToken& name);

    // Whether there are aggregates over packets.
    [[nodiscard]] bool has_packets() const noexcept { return !scope_.packet_fields.empty(); }

    // Inside an aggregate columns are those of the flow so far, evaluated with each packet.
    [[nodiscard]] bool is_in_aggregate() const noexcept { return is_in_aggregate_; }
    void set_in_aggregate(bool is_in) noexcept { is_in_aggregate_ = is_in; }

    // How many there are so far: the next one's place in EvaluationFrame::aggregate().
    [[nodiscard]] std::size_t aggregates() const noexcept { return aggregates_.size(); }
    // False: there are too many.
    [[nodiscard]] bool add_aggregate(Aggregate aggregate, std::size_t offset);

    // A place in EvaluationFrame::text_buffer().
    [[nodiscard]] std::size_t add_text_buffer() noexcept { return text_buffers_++; }

    [[nodiscard]] const std::vector<const Column*>& columns() const noexcept { return columns_; }
    [[nodiscard]] const std::vector<const Column*>& packet_columns() const noexcept {
        return packet_columns_;
    }
    [[nodiscard]] std::vector<Aggregate> take_aggregates() noexcept {
        return std::move(aggregates_);
    }
    [[nodiscard]] std::size_t text_buffers() const noexcept { return text_buffers_; }

private:
    [[nodiscard]] const Column* find(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] bool is_known_here(const Column& column) const noexcept;
    [[nodiscard]] std::nullopt_t refuse_here(const ExpressionToken& name);
    [[nodiscard]] std::nullopt_t refuse_unknown(const ExpressionToken& name);

    const ExpressionScope& scope_;
    ExpressionProblem& problem_;
    bool has_problem_ = false;
    std::size_t terms_ = 0;
    std::size_t text_buffers_ = 0;
    bool is_in_aggregate_ = false;
    std::vector<const Column*> columns_;
    std::vector<const Column*> packet_columns_;  // that aggregates read
    std::vector<Aggregate> aggregates_;
};

}  // namespace flowgauge
