#include "extension/models/ensemble.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>

namespace flowgauge {
namespace {

using Rules = EnsembleRules;

void step_value(const InputStep& step, std::size_t column, double& value) noexcept {
    switch (step.kind) {
    case InputStep::Kind::kSubtract:
        value -= step.values[column];
        return;
    case InputStep::Kind::kDivide:
        value /= step.values[column];
        return;
    case InputStep::Kind::kMultiply:
        value *= step.values[column];
        return;
    case InputStep::Kind::kAdd:
        value += step.values[column];
        return;
    case InputStep::Kind::kFill:
        value = std::isnan(value) ? step.values[column] : value;
        return;
    case InputStep::Kind::kClip:  // NaN stays
        value = value < step.values[0] ? step.values[0] : value;
        value = value > step.values[1] ? step.values[1] : value;
        return;
    }
}

template <bool Less>
bool goes_left(const TreeNode& node, double value) noexcept {
    return Less ? value < node.threshold : value <= node.threshold;
}

// As goes_left(), where the value may be missing, or be a zero that counts as such.
template <bool Less>
bool goes_left_missing(const TreeNode& node, double value, double tiny) noexcept {
    if (!std::isnan(value) && std::abs(value) > tiny) [[likely]] {
        return goes_left<Less>(node, value);
    }
    switch (node.missing) {
    case MissingWay::kLeft:
        return std::isnan(value) || goes_left<Less>(node, value);
    case MissingWay::kRight:
        return !std::isnan(value) && goes_left<Less>(node, value);
    case MissingWay::kAsZero:
        return goes_left<Less>(node, std::isnan(value) ? 0 : value);
    case MissingWay::kZeroLeft:
        return true;
    case MissingWay::kZeroRight:
        break;
    }
    return false;
}

// Trees that are walked in step, so that the processor waits for their nodes at the same time.
constexpr std::size_t kStride = 8;
using Stride = std::array<std::uint32_t, kStride>;

// Moves from the roots to the leaves. Which child comes next is computed, not branched on: half of
// the branches would be guessed wrong. Ends, because children come after their node.
template <bool Less, bool Missing>
void walk(const TreeNode* nodes, const double* row, double tiny, Stride& at) noexcept {
    std::uint32_t moved = 1;
    while (moved != 0) {
        moved = 0;
        for (std::uint32_t& place : at) {
            const TreeNode& node = nodes[place];
            const double value = row[node.feature];
            const bool left =
                Missing ? goes_left_missing<Less>(node, value, tiny) : goes_left<Less>(node, value);
            const std::uint32_t mask = 0U - static_cast<std::uint32_t>(left);
            const std::uint32_t next = node.right ^ ((node.right ^ (place + 1)) & mask);
            moved |= next ^ place;
            place = next;
        }
    }
}

// A sum in float is that of two floats, rounded: 53 bits hold it well enough to round only once.
double plus(double sum, double value, bool single) noexcept {
    const double next = sum + value;
    return single ? static_cast<double>(static_cast<float>(next)) : next;
}

// XGBoost's sigmoid, with its bound and its epsilon.
double logistic_single(double sum) noexcept {
    const float exponent = std::min(-static_cast<float>(sum), 88.7F);
    const float denominator = std::exp(exponent) + 1.0F + 1e-16F;
    return static_cast<double>(1.0F / denominator);
}

// As LightGBM has it.
double logistic(double sum, double scale) noexcept {
    return 1.0 / (1.0 + std::exp(-scale * sum));
}

// XGBoost's: terms and quotients in float, their sum in double.
void softmax_single(std::span<const double> sums, std::span<double> out) noexcept {
    const auto most = static_cast<float>(*std::ranges::max_element(sums));
    double all = 0;
    for (std::size_t i = 0; i < sums.size(); ++i) {
        out[i] = static_cast<double>(std::exp(static_cast<float>(sums[i]) - most));
        all += out[i];
    }
    const auto divisor = static_cast<float>(all);
    for (double& value : out) {
        value = static_cast<double>(static_cast<float>(value) / divisor);
    }
}

void softmax(std::span<const double> sums, std::span<double> out) noexcept {
    const double most = *std::ranges::max_element(sums);
    double all = 0;
    for (std::size_t i = 0; i < sums.size(); ++i) {
        out[i] = std::exp(sums[i] - most);
        all += out[i];
    }
    for (double& value : out) {
        value /= all;
    }
}

double exponential(double sum, bool single) noexcept {
    return single ? static_cast<double>(std::exp(static_cast<float>(sum))) : std::exp(sum);
}

std::size_t first_largest(std::span<const double> values) noexcept {
    return static_cast<std::size_t>(std::distance(values.begin(), std::ranges::max_element(values))
    );
}

}  // namespace

Ensemble::Ensemble(
    EnsembleRules rules,
    std::vector<Tree> trees,
    std::vector<TreeNode> nodes,
    std::vector<double> leaf_values
)
    : rules_(std::move(rules)),
      trees_(std::move(trees)),
      nodes_(std::move(nodes)),
      leaf_values_(std::move(leaf_values)),
      zero_is_missing_(std::ranges::any_of(nodes_, [](const TreeNode& node) {
          return node.missing == MissingWay::kZeroLeft || node.missing == MissingWay::kZeroRight;
      })) {}

ColumnType Ensemble::type() const noexcept {
    switch (rules_.label) {
    case Rules::Label::kText:
        return ColumnType::kText;
    case Rules::Label::kInteger:
        return ColumnType::kInteger;
    case Rules::Label::kNone:
    case Rules::Label::kReal:
        break;
    }
    return ColumnType::kReal;
}

bool Ensemble::predict(EnsembleWorkspace& workspace, Prediction& prediction) const noexcept {
    bool missing = zero_is_missing_;
    if (!prepare(workspace.row_, missing)) {
        return false;
    }
    const std::span<double> sums = std::span(workspace.sums_).first(rules_.values);
    if (rules_.less) {
        missing ? combine<true, true>(workspace.row_, sums)
                : combine<true, false>(workspace.row_, sums);
    } else {
        missing ? combine<false, true>(workspace.row_, sums)
                : combine<false, false>(workspace.row_, sums);
    }
    const std::span<double> linked =
        std::span(workspace.probabilities_).first(std::max(sums.size(), rules_.classes.size()));
    link(sums, linked);
    if (is_regression()) {
        prediction.value = linked[0];
        return true;
    }
    prediction.probabilities = linked;
    prediction.winner = decide(sums, prediction.probabilities);
    return true;
}

// Returns whether the row may be predicted; `missing` becomes true where something of it is
// missing.
bool Ensemble::prepare(std::span<double> row, bool& missing) const noexcept {
    for (std::size_t i = 0; i < row.size(); ++i) {
        double value = row[i];
        if (std::isinf(value) && !rules_.infinite) {
            return false;
        }
        for (const InputStep& step : rules_.steps) {
            step_value(step, i, value);
        }
        if (rules_.single_inputs) {
            value = static_cast<double>(static_cast<float>(value));
        }
        if (std::abs(value) <= rules_.tiny) {
            value = 0;
        }
        if (std::isnan(value)) {
            if (!rules_.missing) {
                return false;
            }
            missing = true;
        } else if (std::isinf(value) && !rules_.infinite) {
            return false;
        }
        row[i] = value;
    }
    return true;
}

void Ensemble::add(const Tree& tree, const double* values, std::span<double> sums) const noexcept {
    if (rules_.combine == Rules::Combine::kSum) {
        double& sum = sums[tree.value];
        sum = plus(sum, *values, rules_.single_sums);
        return;
    }
    for (std::size_t i = 0; i < sums.size(); ++i) {
        sums[i] += values[i];
    }
}

// In the order of the trees, because sums of floating point depend on it.
template <bool Less, bool Missing>
void Ensemble::combine(std::span<const double> row, std::span<double> sums) const noexcept {
    std::ranges::fill(sums, 0.0);
    if (rules_.combine == Rules::Combine::kSum && rules_.base_first) {
        std::ranges::copy(rules_.base, sums.begin());
    }
    for (std::size_t first = 0; first < trees_.size(); first += kStride) {
        const std::span trees =
            std::span(trees_).subspan(first, std::min(kStride, trees_.size() - first));
        Stride at{};
        at.fill(trees.front().root);
        std::ranges::transform(trees, at.begin(), &Tree::root);
        walk<Less, Missing>(nodes_.data(), row.data(), rules_.tiny, at);
        for (std::size_t i = 0; i < trees.size(); ++i) {
            add(trees[i], &leaf_values_[nodes_[at[i]].place()], sums);
        }
    }
    for (std::size_t i = 0; i < sums.size(); ++i) {
        if (rules_.combine == Rules::Combine::kSum && !rules_.base_first) {
            sums[i] = plus(sums[i], rules_.base[i], rules_.single_sums);
        }
        sums[i] /= rules_.divisor;
    }
}

// Requires: as much room as there are classes, or sums.
void Ensemble::link(std::span<const double> sums, std::span<double> out) const noexcept {
    if (rules_.link == Rules::Link::kSoftmax) {
        return rules_.single_sums ? softmax_single(sums, out) : softmax(sums, out);
    }
    for (std::size_t i = 0; i < sums.size(); ++i) {
        switch (rules_.link) {
        case Rules::Link::kLogistic:
            out[i] =
                rules_.single_sums ? logistic_single(sums[i]) : logistic(sums[i], rules_.scale);
            break;
        case Rules::Link::kExponential:
            out[i] = exponential(sums[i], rules_.single_sums);
            break;
        case Rules::Link::kNone:
        case Rules::Link::kSoftmax:
            out[i] = sums[i];
            break;
        }
    }
    if (sums.size() == 1 && rules_.classes.size() == 2) {  // that of the second class
        out[1] = out[0];
        out[0] = plus(1, -out[1], rules_.single_sums);
    }
}

std::size_t Ensemble::decide(std::span<const double> sums, std::span<const double> probabilities)
    const noexcept {
    switch (rules_.decision) {
    case Rules::Decision::kLargestRaw:
        return first_largest(sums);
    case Rules::Decision::kRawNotNegative:
        return sums[0] >= 0 ? 1 : 0;
    case Rules::Decision::kRawPositive:
        return sums[0] > 0 ? 1 : 0;
    case Rules::Decision::kLargest:
        break;
    }
    return first_largest(probabilities);
}

}  // namespace flowgauge
