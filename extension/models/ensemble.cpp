#include "extension/models/ensemble.h"

#include <algorithm>
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

// Whether a value that is missing, or is one of the zeros that count as such, goes left.
template <bool kLess>
bool goes_left(const TreeNode& node, double value, double tiny) noexcept {
    const bool is_nan = std::isnan(value);
    switch (node.missing) {
    case MissingWay::kLeft:
        if (is_nan) {
            return true;
        }
        break;
    case MissingWay::kRight:
        if (is_nan) {
            return false;
        }
        break;
    case MissingWay::kAsZero:
        value = is_nan ? 0 : value;
        break;
    case MissingWay::kZeroLeft:
    case MissingWay::kZeroRight:
        if (is_nan || std::abs(value) <= tiny) {
            return node.missing == MissingWay::kZeroLeft;
        }
        break;
    }
    return kLess ? value < node.threshold : value <= node.threshold;
}

// The leaf that the row comes to. Ends, because both children of a node come after it.
template <bool kLess, bool kMissing>
const TreeNode& leaf_of(
    const TreeNode* nodes, std::uint32_t root, const double* row, double tiny
) noexcept {
    std::uint32_t at = root;
    for (;;) {
        const TreeNode& node = nodes[at];
        if (node.feature == TreeNode::kLeaf) {
            return node;
        }
        const double value = row[node.feature];
        bool left = false;
        if constexpr (kMissing) {
            left = goes_left<kLess>(node, value, tiny);
        } else {
            left = kLess ? value < node.threshold : value <= node.threshold;
        }
        at = left ? at + 1 : node.right;
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
    link(sums, workspace.probabilities_);
    if (is_regression()) {
        prediction.value = workspace.probabilities_[0];
        return true;
    }
    prediction.probabilities = std::span(workspace.probabilities_).first(rules_.classes.size());
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

// In the order of the trees, because sums of floating point depend on it.
template <bool kLess, bool kMissing>
void Ensemble::combine(std::span<const double> row, std::span<double> sums) const noexcept {
    std::ranges::fill(sums, 0.0);
    if (rules_.combine == Rules::Combine::kSum && rules_.base_first) {
        std::ranges::copy(rules_.base, sums.begin());
    }
    const bool one_each = rules_.combine == Rules::Combine::kSum || sums.size() == 1;
    for (const Tree& tree : trees_) {
        const TreeNode& leaf =
            leaf_of<kLess, kMissing>(nodes_.data(), tree.root, row.data(), rules_.tiny);
        if (one_each) {
            double& sum = sums[tree.value];
            sum = plus(sum, leaf.threshold, rules_.single_sums);
            continue;
        }
        const double* values = &leaf_values_[leaf.right];
        for (std::size_t i = 0; i < sums.size(); ++i) {
            sums[i] += values[i];
        }
    }
    for (std::size_t i = 0; i < sums.size(); ++i) {
        if (rules_.combine == Rules::Combine::kSum && !rules_.base_first) {
            sums[i] = plus(sums[i], rules_.base[i], rules_.single_sums);
        }
        sums[i] /= rules_.divisor;
    }
}

// Requires: room for all classes, and for all sums.
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
