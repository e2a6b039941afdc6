#include "extension/models/ensemble.h"

#include "extension/models/ensemble_reader.h"
#include "tests/unit/extension/models/model_files.h"

#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

namespace fs = std::filesystem;

// A row of data/*.rows: inputs, then what the library that trained the model predicts.
struct Row {
    std::vector<double> inputs;
    bool answered = true;
    double answer = 0;  // the number of the class, or the value
    std::vector<double> probabilities;
};

double number(const std::string& word) {
    double value = std::numeric_limits<double>::quiet_NaN();
    if (word != "nan") {
        std::from_chars(word.data(), word.data() + word.size(), value);
    }
    return value;
}

std::vector<Row> rows_of(const fs::path& file, std::size_t inputs) {
    std::vector<Row> rows;
    std::istringstream lines(test::content_of(file));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::vector<std::string> all(std::istream_iterator<std::string>(words), {});
        Row row;
        row.answered = all.back() != "-";
        for (std::size_t i = 0; i < all.size() && (row.answered || i < inputs); ++i) {
            const double value = number(all[i]);
            if (i < inputs) {
                row.inputs.push_back(value);
            } else if (i == inputs) {
                row.answer = value;
            } else {
                row.probabilities.push_back(value);
            }
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

// Of a forest nothing; of what passed an exponential function, which scikit-learn takes from
// elsewhere, the last digits.
double allowed(const EnsembleRules& rules) {
    if (rules.link == EnsembleRules::Link::kNone) {
        return 0;
    }
    return 16 * (rules.single_sums ? static_cast<double>(std::numeric_limits<float>::epsilon())
                                   : std::numeric_limits<double>::epsilon());
}

void judge(const Ensemble& ensemble, EnsembleWorkspace& workspace, const Row& row) {
    ASSERT_EQ(row.inputs.size(), workspace.row().size());
    std::ranges::copy(row.inputs, workspace.row().begin());
    Prediction prediction;
    ASSERT_EQ(ensemble.predict(workspace, prediction), row.answered);
    if (!row.answered) {
        return;
    }
    if (ensemble.is_regression()) {
        const double close = allowed(ensemble.rules()) * std::abs(row.answer);
        EXPECT_LE(std::abs(prediction.value - row.answer), close);
        return;
    }
    EXPECT_EQ(static_cast<double>(prediction.winner), row.answer);
    ASSERT_EQ(prediction.probabilities.size(), row.probabilities.size());
    for (std::size_t i = 0; i < row.probabilities.size(); ++i) {
        EXPECT_LE(
            std::abs(prediction.probabilities[i] - row.probabilities[i]), allowed(ensemble.rules())
        );
    }
}

std::shared_ptr<const Ensemble> ensemble_of(std::string_view text) {
    Result<std::shared_ptr<const Ensemble>> ensemble = read_ensemble(text);
    EXPECT_TRUE(ensemble) << (ensemble ? "" : ensemble.error().message);
    return ensemble ? std::move(ensemble).value() : nullptr;
}

TEST(Ensemble, PredictsWhatItsLibraryPredicts) {
    std::size_t models = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator(FLOWGAUGE_MODELS)) {
        if (entry.path().extension() != ".fgm") {
            continue;
        }
        SCOPED_TRACE(entry.path().filename().string());
        Result<std::shared_ptr<const Ensemble>> ensemble = load_ensemble(entry.path().string());
        ASSERT_TRUE(ensemble) << ensemble.error().message;
        EnsembleWorkspace workspace(ensemble.value()->rules().inputs.size());
        fs::path answers = entry.path();
        const std::vector<Row> rows =
            rows_of(answers.replace_extension(".rows"), workspace.row().size());
        ASSERT_GE(rows.size(), 40U);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            SCOPED_TRACE(i);
            judge(*ensemble.value(), workspace, rows[i]);
        }
        ++models;
    }
    EXPECT_GE(models, 20U);
}

TEST(Ensemble, HasNoAnswerWhereAnInputIsMissingOrInfinite) {
    const auto ensemble = ensemble_of(test::packet_model(5));
    ASSERT_NE(ensemble, nullptr);
    EnsembleWorkspace workspace(2);
    Prediction prediction;
    constexpr double kHuge = 1e300;  // infinite as a float
    for (const double value :
         {std::numeric_limits<double>::quiet_NaN(),
          std::numeric_limits<double>::infinity(),
          -std::numeric_limits<double>::infinity(),
          kHuge}) {
        workspace.row()[0] = 1;
        workspace.row()[1] = value;
        EXPECT_FALSE(ensemble->predict(workspace, prediction)) << value;
    }
    workspace.row()[0] = 5.5;
    workspace.row()[1] = 1;
    ASSERT_TRUE(ensemble->predict(workspace, prediction));
    EXPECT_EQ(prediction.winner, 0U);
}

// 16777217 is no float; rounded it is the threshold, which goes left.
TEST(Ensemble, RoundsInputsToFloatWhereTheLibraryDoes) {
    const std::string singles = test::changed(test::packet_model(0), "0 0.5 R", "0 16777216.0 R");
    for (const auto& [text, winner] :
         {std::pair<std::string, std::size_t>{singles, 0},
          {test::changed(singles, "cast float32", "cast float64"), 1}}) {
        const auto ensemble = ensemble_of(text);
        ASSERT_NE(ensemble, nullptr);
        EnsembleWorkspace workspace(2);
        workspace.row()[0] = 16777217;
        Prediction prediction;
        ASSERT_TRUE(ensemble->predict(workspace, prediction));
        EXPECT_EQ(prediction.winner, winner);
    }
}

TEST(Ensemble, TakesTheFirstOfEqualClasses) {
    const auto ensemble =
        ensemble_of(test::changed(test::packet_model(5), "= 0.75 0.25", "= 0.5 0.5"));
    ASSERT_NE(ensemble, nullptr);
    EnsembleWorkspace workspace(2);
    Prediction prediction;
    ASSERT_TRUE(ensemble->predict(workspace, prediction));
    EXPECT_EQ(prediction.winner, 0U);
}

}  // namespace
}  // namespace flowgauge
