#include "extension/models/ensemble_reader.h"

#include "core/base/format.h"
#include "extension/models/model_text.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <unordered_set>

namespace flowgauge {
namespace {

using Rules = EnsembleRules;
using Bounds = EnsembleBounds;

constexpr std::uint64_t kVersion = 1;

template <typename T>
struct Word {
    std::string_view text;
    T value;
};

// The next word as one of a few.
template <typename T, std::size_t N>
T choose(LineReader& lines, std::string_view what, const std::array<Word<T>, N>& words) {
    const std::string_view found = lines.word(what);
    std::string known;
    for (const Word<T>& word : words) {
        if (found == word.text) {
            return word.value;
        }
        known += known.empty() ? "" : ", ";
        known += word.text;
    }
    lines.fail(format("{} is one of: {}", what, known));
    return words.front().value;
}

constexpr std::array<Word<bool>, 2> kYesNo = {{{"yes", true}, {"no", false}}};
constexpr std::array<Word<bool>, 2> kPrecisions = {{{"float32", true}, {"float64", false}}};

bool yes_no(LineReader& lines, std::string_view key) {
    return lines.expect(key) && choose(lines, key, kYesNo);
}

std::vector<double> reals(LineReader& lines, std::string_view what, std::size_t count) {
    std::vector<double> values;
    for (std::size_t i = 0; i < count && !lines.failed(); ++i) {
        values.push_back(lines.real(what));
    }
    return values;
}

void read_inputs(LineReader& lines, Rules& rules) {
    if (!lines.expect("inputs")) {
        return;
    }
    const std::uint64_t count = lines.number("inputs", 1, Bounds::kInputsMax);
    std::unordered_set<std::string> names;
    for (std::uint64_t i = 0; i < count && lines.expect("input"); ++i) {
        rules.inputs.push_back(lines.text("an input", Bounds::kNameMax));
        if (!names.insert(rules.inputs.back()).second) {
            lines.fail("an input of that name is there already");
        }
    }
}

void read_steps(LineReader& lines, Rules& rules) {
    using Kind = InputStep::Kind;
    constexpr std::array<Word<Kind>, 6> kKinds = {
        {{"subtract", Kind::kSubtract},
         {"divide", Kind::kDivide},
         {"multiply", Kind::kMultiply},
         {"add", Kind::kAdd},
         {"fill", Kind::kFill},
         {"clip", Kind::kClip}}};
    while (!lines.failed() && lines.take("prepare")) {
        if (rules.steps.size() >= Bounds::kStepsMax) {
            return lines.fail(format("more than {} steps", Bounds::kStepsMax));
        }
        InputStep step;
        step.kind = choose(lines, "a step", kKinds);
        const bool is_clip = step.kind == Kind::kClip;
        step.values = reals(lines, "a step", is_clip ? 2 : rules.inputs.size());
        if (step.kind == Kind::kDivide && std::ranges::count(step.values, 0.0) != 0) {
            lines.fail("a step divides by 0");
        }
        if (!lines.failed() && is_clip && step.values[0] > step.values[1]) {
            lines.fail("a step clips to less than nothing: the least comes first");
        }
        rules.steps.push_back(std::move(step));
    }
}

void read_comparison(LineReader& lines, Rules& rules) {
    if (lines.expect("cast")) {
        rules.single_inputs = choose(lines, "cast", kPrecisions);
    }
    if (lines.take("tiny")) {
        rules.tiny = lines.real("tiny");
        if (rules.tiny < 0) {
            lines.fail("tiny is less than 0");
        }
    }
    rules.missing = yes_no(lines, "missing");
    rules.infinite = yes_no(lines, "infinite");
    constexpr std::array<Word<bool>, 2> kComparisons = {{{"<=", false}, {"<", true}}};
    rules.less = lines.expect("compare") && choose(lines, "compare", kComparisons);
}

// A class that is a number, of that kind.
double class_number(LineReader& lines, Rules::Label label, const std::string& name) {
    double value = 0;
    const char* end = name.data() + name.size();
    std::from_chars_result parsed{};
    if (label == Rules::Label::kInteger) {
        std::int64_t integer = 0;
        parsed = std::from_chars(name.data(), end, integer);
        value = static_cast<double>(integer);
        constexpr std::int64_t kExact = std::int64_t{1} << 53;
        if (integer > kExact || integer < -kExact) {
            lines.fail("a class is an integer within 53 bits");
        }
    } else {
        parsed = std::from_chars(name.data(), end, value);
    }
    if (parsed.ec != std::errc() || parsed.ptr != end || !std::isfinite(value)) {
        lines.fail("a class is a number that the classes' kind has");
    }
    return value;
}

void read_classes(LineReader& lines, Rules& rules) {
    using Label = Rules::Label;
    constexpr std::array<Word<Label>, 4> kLabels = {
        {{"none", Label::kNone},
         {"text", Label::kText},
         {"integer", Label::kInteger},
         {"real", Label::kReal}}};
    if (!lines.expect("classes")) {
        return;
    }
    rules.label = choose(lines, "classes", kLabels);
    if (rules.label == Label::kNone) {
        return;
    }
    const std::uint64_t count = lines.number("classes", 1, Bounds::kClassesMax);
    std::unordered_set<std::string> names;
    for (std::uint64_t i = 0; i < count && lines.expect("class"); ++i) {
        rules.classes.push_back(lines.text("a class", Bounds::kNameMax));
        const std::string& name = rules.classes.back();
        if (!names.insert(name).second) {
            lines.fail("that class is there already");
        }
        if (rules.label != Label::kText) {
            rules.numbers.push_back(class_number(lines, rules.label, name));
        }
    }
}

void read_sums(LineReader& lines, Rules& rules) {
    using Combine = Rules::Combine;
    constexpr std::array<Word<Combine>, 2> kCombines = {
        {{"mean", Combine::kMean}, {"sum", Combine::kSum}}};
    if (lines.expect("values")) {
        rules.values = lines.number("values", 1, Bounds::kClassesMax);
    }
    if (!lines.expect("combine")) {
        return;
    }
    rules.combine = choose(lines, "combine", kCombines);
    if (rules.combine == Combine::kMean) {
        return;
    }
    rules.single_sums = choose(lines, "combine", kPrecisions);
    constexpr std::array<Word<bool>, 2> kPlaces = {{{"first", true}, {"last", false}}};
    rules.base_first = lines.expect("base") && choose(lines, "base", kPlaces);
    rules.base = reals(lines, "base", rules.values);
    if (lines.expect("divide")) {
        rules.divisor = static_cast<double>(lines.number("divide", 1, Bounds::kTreesMax));
    }
}

void read_answer(LineReader& lines, Rules& rules) {
    using Link = Rules::Link;
    using Decision = Rules::Decision;
    constexpr std::array<Word<Link>, 4> kLinks = {
        {{"none", Link::kNone},
         {"logistic", Link::kLogistic},
         {"softmax", Link::kSoftmax},
         {"exponential", Link::kExponential}}};
    constexpr std::array<Word<Decision>, 4> kDecisions = {
        {{"largest", Decision::kLargest},
         {"largest_raw", Decision::kLargestRaw},
         {"raw_not_negative", Decision::kRawNotNegative},
         {"raw_positive", Decision::kRawPositive}}};
    if (lines.expect("link")) {
        rules.link = choose(lines, "link", kLinks);
    }
    if (rules.link == Link::kLogistic) {
        rules.scale = lines.real("the scale of the link");
    }
    if (lines.expect("decide")) {
        rules.decision = choose(lines, "decide", kDecisions);
    }
}

// What lines say each by itself fits together.
void check(LineReader& lines, const Rules& rules) {
    using Decision = Rules::Decision;
    const std::size_t classes = rules.classes.size();
    const bool is_mean = rules.combine == Rules::Combine::kMean;
    const bool is_binary = !is_mean && classes == 2 && rules.values == 1;
    if (rules.label == Rules::Label::kNone ? rules.values != 1
                                           : rules.values != classes && !is_binary) {
        lines.fail("values: one for a regression, else one for each class, or a sum for two classes"
        );
    }
    const bool raw_of_two =
        rules.decision == Decision::kRawNotNegative || rules.decision == Decision::kRawPositive;
    if (raw_of_two && !is_binary) {
        lines.fail("decide: a sign decides between two classes of one sum");
    }
    if (rules.decision == Decision::kLargestRaw && is_binary) {
        lines.fail("decide: there is one sum only");
    }
    if (rules.label == Rules::Label::kNone && rules.decision != Decision::kLargest) {
        lines.fail("decide: a regression has \"largest\"");
    }
    if (rules.link == Rules::Link::kSoftmax && rules.values == 1) {
        lines.fail("link: softmax is of several values");
    }
}

// The trees of a file: nodes in the order of a walk that goes left first, so that no index is
// written, and none can be wrong.
class TreeReader {
public:
    TreeReader(LineReader& lines, const Rules& rules) : lines_(lines), rules_(rules) {}

    void read() {
        if (!lines_.expect("trees")) {
            return;
        }
        const std::uint64_t count = lines_.number("trees", 1, Bounds::kTreesMax);
        for (std::uint64_t i = 0; i < count && !lines_.failed(); ++i) {
            read_tree();
        }
        if (lines_.expect("end")) {
            lines_.end_text();
        }
    }

    std::vector<Tree> trees;
    std::vector<TreeNode> nodes;
    std::vector<double> leaf_values;

private:
    // A split whose right child comes later.
    struct Open {
        std::uint32_t node = 0;
        std::uint32_t depth = 0;
    };

    void read_tree() {
        if (!lines_.expect("tree")) {
            return;
        }
        Tree tree{.root = static_cast<std::uint32_t>(nodes.size())};
        if (rules_.combine == Rules::Combine::kSum) {
            tree.value = static_cast<std::uint32_t>(lines_.number("tree", 0, rules_.values - 1));
        }
        const std::uint64_t count =
            lines_.number("nodes of the tree", 1, Bounds::kNodesMax - nodes.size());
        std::vector<Open> open;
        std::uint32_t depth = 0;
        bool ended = false;
        for (std::uint64_t i = 0; i < count && lines_.next_line(); ++i) {
            if (ended) {
                return lines_.fail("the tree has ended, but more nodes follow");
            }
            ended = read_node(open, depth);
        }
        if (!ended) {
            lines_.fail("the tree has more branches than nodes");
        }
        trees.push_back(tree);
    }

    // Returns whether the tree has ended with it.
    bool read_node(std::vector<Open>& open, std::uint32_t& depth) {
        const std::string_view first = lines_.word("a node");
        if (first == "=") {
            read_leaf();
            if (open.empty()) {
                return true;
            }
            nodes[open.back().node].right = static_cast<std::uint32_t>(nodes.size());
            depth = open.back().depth + 1;
            open.pop_back();
            return false;
        }
        if (depth >= Bounds::kDepthMax) {
            lines_.fail(format("the tree is more than {} splits deep", Bounds::kDepthMax));
            return false;
        }
        open.push_back({.node = static_cast<std::uint32_t>(nodes.size()), .depth = depth});
        ++depth;
        read_split(first);
        return false;
    }

    void read_split(std::string_view first) {
        std::uint16_t feature = 0;
        const char* end = first.data() + first.size();
        const auto parsed = std::from_chars(first.data(), end, feature);
        if (parsed.ec != std::errc() || parsed.ptr != end || feature >= rules_.inputs.size()) {
            lines_.fail(format(
                "a node begins with \"=\" or the number of an input, from 0 to {}",
                rules_.inputs.size() - 1
            ));
        }
        constexpr std::array<Word<MissingWay>, 5> kWays = {
            {{"L", MissingWay::kLeft},
             {"R", MissingWay::kRight},
             {"0", MissingWay::kAsZero},
             {"0L", MissingWay::kZeroLeft},
             {"0R", MissingWay::kZeroRight}}};
        TreeNode node;
        node.threshold = lines_.real("a threshold", true);
        node.feature = feature;
        node.missing = choose(lines_, "the way of what is missing", kWays);
        nodes.push_back(node);
    }

    void read_leaf() {
        const bool one = rules_.combine == Rules::Combine::kSum;
        const std::size_t count = one ? 1 : rules_.values;
        const std::size_t place = leaf_values.size();
        if (place + count > Bounds::kLeafValuesMax) {
            return lines_.fail(format("more than {} values of leaves", Bounds::kLeafValuesMax));
        }
        for (std::size_t i = 0; i < count && !lines_.failed(); ++i) {
            leaf_values.push_back(lines_.real("a value of a leaf"));
        }
        nodes.push_back(TreeNode::leaf(
            static_cast<std::uint32_t>(nodes.size()), static_cast<std::uint32_t>(place)
        ));
    }

    LineReader& lines_;
    const Rules& rules_;
};

void read_head(LineReader& lines, Rules& rules) {
    if (!lines.expect("flowgauge-model")) {
        return;
    }
    (void)lines.number("the version of the format", kVersion, kVersion);
    if (lines.expect("source")) {
        rules.source = lines.text("the source", Bounds::kNameMax);
    }
    read_inputs(lines, rules);
    read_steps(lines, rules);
    read_comparison(lines, rules);
    read_classes(lines, rules);
    read_sums(lines, rules);
    read_answer(lines, rules);
    if (!lines.failed()) {
        check(lines, rules);
    }
}

Error file_error(const std::string& file, std::string_view why) {
    return {ErrorKind::kUsage, format("model file {}: {}", file, why)};
}

// A path that is not absolute begins where the program was started, not beside the configuration.
std::string path_hint(const std::string& file) {
    std::error_code no_matter;
    const std::string here = std::filesystem::current_path(no_matter).string();
    return file.starts_with('/') || here.empty()
               ? "; is the path right?"
               : format("; it is looked for in {}, give the whole path", here);
}

}  // namespace

Result<std::shared_ptr<const Ensemble>> read_ensemble(std::string_view text) {
    LineReader lines(text);
    Rules rules;
    read_head(lines, rules);
    TreeReader reader(lines, rules);
    if (!lines.failed()) {
        reader.read();
    }
    if (lines.failed()) {
        return lines.error();
    }
    if (rules.combine == Rules::Combine::kMean) {
        rules.divisor = static_cast<double>(reader.trees.size());
    }
    reader.nodes.shrink_to_fit();
    reader.leaf_values.shrink_to_fit();
    return std::make_shared<const Ensemble>(
        std::move(rules),
        std::move(reader.trees),
        std::move(reader.nodes),
        std::move(reader.leaf_values)
    );
}

Result<std::shared_ptr<const Ensemble>> load_ensemble(const std::string& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) {
        return file_error(file, std::generic_category().message(errno) + path_hint(file));
    }
    if (!S_ISREG(status.st_mode)) {
        return file_error(file, "is no regular file; name what flowgauge.models.export() wrote");
    }
    if (static_cast<std::uint64_t>(status.st_size) > Bounds::kFileBytesMax) {
        return file_error(
            file,
            format("has more than {} bytes; train fewer or smaller trees", Bounds::kFileBytesMax)
        );
    }
    std::ifstream stream(file, std::ios::binary);
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!stream) {
        return file_error(file, "cannot be read whole; may the service read it, is it growing?");
    }
    Result<std::shared_ptr<const Ensemble>> ensemble = read_ensemble(text);
    if (!ensemble) {
        return std::move(ensemble).error().within("model file " + file);
    }
    return ensemble;
}

}  // namespace flowgauge
