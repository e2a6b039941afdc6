// Ensemble: trained decision trees as data, and what they say of a row of numbers. It predicts what
// the library that trained it predicts, down to the last bit (docs/MODELS.md, "Exactness").
#pragma once

#include "core/record/column.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge {

// Bounds of a model; a file beyond them is refused.
struct EnsembleBounds {
    static constexpr std::size_t kInputsMax = 4096;
    static constexpr std::size_t kClassesMax = 4096;
    static constexpr std::size_t kStepsMax = 16;
    static constexpr std::size_t kTreesMax = std::size_t{1} << 20;
    static constexpr std::size_t kNodesMax = std::size_t{64} << 20;        // of all trees
    static constexpr std::size_t kLeafValuesMax = std::size_t{128} << 20;  // of all leaves
    static constexpr std::size_t kDepthMax = 4096;
    static constexpr std::size_t kNameMax = 1024;  // bytes of a class or input
    static constexpr std::size_t kFileBytesMax = std::size_t{1} << 30;
};

// Where a value that is missing goes.
enum class MissingWay : std::uint8_t {
    kLeft,
    kRight,
    kAsZero,    // it is compared as 0
    kZeroLeft,  // so does 0 (LightGBM's zero_as_missing)
    kZeroRight,
};

// A split or a leaf. The left child of a split is the next node. A leaf is a split that leads to
// itself: its threshold is a NaN, which nothing is less than, and its right child is the leaf. So
// trees of different depth can be walked in step, without asking at each node.
struct TreeNode {
    double threshold = 0;
    std::uint32_t right = 0;
    std::uint16_t feature = 0;
    MissingWay missing = MissingWay::kRight;

    // `place`: where its values begin among those of all leaves; the low bits of the NaN.
    [[nodiscard]] static TreeNode leaf(std::uint32_t self, std::uint32_t place) noexcept {
        return {.threshold = std::bit_cast<double>(kNan | place), .right = self};
    }
    // Requires: it is a leaf.
    [[nodiscard]] std::uint32_t place() const noexcept {
        return static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(threshold));
    }

private:
    static constexpr std::uint64_t kNan = std::uint64_t{0x7ff8} << 48;
};
static_assert(sizeof(TreeNode) == 16, "four to a cache line");

struct Tree {
    std::uint32_t root = 0;
    std::uint32_t value = 0;  // the sum that its leaves add to, where they have one value
};

// What is done to each row before the trees see it, in this order.
struct InputStep {
    enum class Kind : std::uint8_t { kSubtract, kDivide, kMultiply, kAdd, kFill, kClip };

    Kind kind = Kind::kAdd;
    std::vector<double> values;  // one for each input; of kClip the least and the most
};

// All but the trees.
struct EnsembleRules {
    enum class Label : std::uint8_t { kNone, kText, kInteger, kReal };  // kNone: regression
    enum class Combine : std::uint8_t { kMean, kSum };
    enum class Link : std::uint8_t { kNone, kLogistic, kSoftmax, kExponential };
    enum class Decision : std::uint8_t {
        kLargest,         // probability, the first of equals
        kLargestRaw,      // sum
        kRawNotNegative,  // the second of two classes where the sum is >= 0
        kRawPositive,     // where it is > 0
    };

    std::string source;  // what trained it, for people
    std::vector<std::string> inputs;
    std::vector<InputStep> steps;
    bool single_inputs = false;  // rounded to float before the trees
    double tiny = 0;             // what is no larger, whatever its sign, is 0
    bool missing = false;        // whether inputs may be missing
    bool infinite = false;
    bool less = false;  // `<` goes left, else `<=`

    Label label = Label::kNone;
    std::vector<std::string> classes;
    std::vector<double> numbers;  // classes as numbers, of kInteger and kReal

    Combine combine = Combine::kMean;
    bool single_sums = false;  // sums and links in float
    bool base_first = true;    // whether sums begin with `base`, or end with it
    std::vector<double> base;  // of each sum
    double divisor = 1;        // of all sums, at the end
    Link link = Link::kNone;
    double scale = 1;  // of kLogistic
    Decision decision = Decision::kLargest;
    std::size_t values = 1;  // sums, or values of each leaf of a mean
};

// What a thread needs to predict, with any ensemble of so many inputs.
class EnsembleWorkspace {
public:
    explicit EnsembleWorkspace(std::size_t inputs)
        : row_(inputs),
          sums_(EnsembleBounds::kClassesMax),
          probabilities_(EnsembleBounds::kClassesMax) {}

    // The row to predict, which predict() changes; NaN is what is missing.
    [[nodiscard]] std::span<double> row() noexcept { return row_; }

private:
    friend class Ensemble;

    std::vector<double> row_;
    std::vector<double> sums_;
    std::vector<double> probabilities_;
};

struct Prediction {
    std::size_t winner = 0;                 // the class
    double value = 0;                       // of a regression
    std::span<const double> probabilities;  // of each class, until the next prediction
};

// Immutable. Thread: any.
class Ensemble {
public:
    // Requires: what read_ensemble() checks.
    Ensemble(
        EnsembleRules rules,
        std::vector<Tree> trees,
        std::vector<TreeNode> nodes,
        std::vector<double> leaf_values
    );

    [[nodiscard]] const EnsembleRules& rules() const noexcept { return rules_; }
    [[nodiscard]] std::size_t trees() const noexcept { return trees_.size(); }
    [[nodiscard]] std::size_t nodes() const noexcept { return nodes_.size(); }
    [[nodiscard]] bool is_regression() const noexcept {
        return rules_.label == EnsembleRules::Label::kNone;
    }

    // Of the predicted class or value.
    [[nodiscard]] ColumnType type() const noexcept;

    // Returns whether there is one: not if an input is missing or infinite that must not be. No
    // allocation. Cost: about 2 ns a node on the way.
    [[nodiscard]] bool predict(EnsembleWorkspace& workspace, Prediction& prediction) const noexcept;

private:
    [[nodiscard]] bool prepare(std::span<double> row, bool& missing) const noexcept;
    template <bool Less, bool Missing>
    void combine(std::span<const double> row, std::span<double> sums) const noexcept;
    void add(const Tree& tree, const double* values, std::span<double> sums) const noexcept;
    void link(std::span<const double> sums, std::span<double> out) const noexcept;
    [[nodiscard]] std::size_t decide(
        std::span<const double> sums, std::span<const double> probabilities
    ) const noexcept;

    EnsembleRules rules_;
    std::vector<Tree> trees_;
    std::vector<TreeNode> nodes_;
    std::vector<double> leaf_values_;
    bool zero_is_missing_ = false;  // in one of the splits
};

}  // namespace flowgauge
