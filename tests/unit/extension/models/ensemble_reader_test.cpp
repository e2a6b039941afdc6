#include "extension/models/ensemble_reader.h"

#include "core/base/format.h"
#include "tests/unit/extension/models/model_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

std::string error_of(std::string_view text) {
    Result<std::shared_ptr<const Ensemble>> ensemble = read_ensemble(text);
    return ensemble ? "" : ensemble.error().message;
}

// What is there once, what a hostile or careless hand puts there, and words of the message.
struct Damage {
    std::string from;
    std::string to;
    std::string says;
};

void refuse(const std::string& model, const std::vector<Damage>& damages) {
    ASSERT_EQ(error_of(model), "");
    for (const Damage& damage : damages) {
        const std::string message = error_of(test::changed(model, damage.from, damage.to));
        EXPECT_NE(message.find(damage.says), std::string::npos)
            << damage.from << " -> " << damage.to << ": " << message;
        EXPECT_EQ(message.substr(0, 5), "line ");
        EXPECT_NE(message.find("flowgauge.models.export()"), std::string::npos) << message;
        EXPECT_EQ(message.find('\n'), std::string::npos);
    }
}

TEST(EnsembleReader, RefusesWhatNoHeadSays) {
    refuse(
        test::packet_model(5),
        {{"flowgauge-model 1", "flowgauge-model 2", "line 1: the version of the format"},
         {"flowgauge-model 1", "PK\x03\x04", "\"flowgauge-model\" is expected, not \"PK??\""},
         {"inputs 2", "inputs 0", "line 3: inputs: a number from 1 to 4096"},
         {"inputs 2", "inputs 4097", "inputs: a number from 1 to 4096"},
         {"inputs 2", "inputs 99999999999999999999", "inputs: a number from 1 to 4096"},
         {"inputs 2", "inputs 3", "line 6: \"input\" is expected, not \"cast\""},
         {"input dst_port",
          "input bidirectional_packets",
          "line 5: an input of that name is there"},
         {"input dst_port", "input dst\\port", "after \\ comes"},
         {"cast float32", "cast float16", "cast is one of: float32, float64"},
         {"cast float32", "cast float32 float32", "nothing is expected where"},
         {"missing no", "missing perhaps", "missing is one of: yes, no"},
         {"missing no", "tiny -1.0\nmissing no", "tiny is less than 0"},
         {"compare <=", "compare >", "compare is one of: <=, <"},
         {"classes text 2", "classes text 4097", "classes: a number from 1 to 4096"},
         {"classes text 2", "classes integer 2", "a class is a number"},
         {"class many", "class few", "that class is there already"},
         {"class many", "class " + std::string(1025, 'x'), "a class has more than 1024 bytes"},
         {"values 2", "values 3", "values: one for a regression"},
         {"values 2", "values 1", "values: one for a regression"},
         {"combine mean", "combine product", "combine is one of: mean, sum"},
         {"link none", "link none\x07", "link is one of"},
         {"decide largest", "decide raw_positive", "a sign decides between two classes"}}
    );
}

TEST(EnsembleReader, RefusesStepsThatCannotBeDone) {
    const std::string model = test::changed(
        test::packet_model(5), "cast", "prepare divide 2.0 4.0\nprepare clip 0.0 1.0\ncast"
    );
    refuse(
        model,
        {{"divide 2.0 4.0", "divide 2.0", "a step is missing"},
         {"divide 2.0 4.0", "divide 2.0 0.0", "a step divides by 0"},
         {"divide 2.0 4.0", "divide 2.0 nan", "\"nan\" is not finite"},
         {"divide 2.0 4.0", "divide 2.0 1e999", "is no number of 64 bits"},
         {"divide", "exec", "a step is one of"},
         {"clip 0.0 1.0", "clip 1.0 0.0", "clips to less than nothing"}}
    );
    std::string many;
    for (int i = 0; i < 17; ++i) {
        many += "prepare add 1.0 1.0\n";
    }
    EXPECT_NE(
        error_of(test::changed(test::packet_model(5), "cast", many + "cast")).find("more than 16"),
        std::string::npos
    );
}

TEST(EnsembleReader, RefusesTreesThatAreNone) {
    const std::string leaf = "= 0.75 0.25\n";
    refuse(
        test::packet_model(5),
        {{"trees 1", "trees 0", "trees: a number from 1"},
         {"trees 1", "trees 2", "\"tree\" is expected, not \"end\""},
         {"tree 3", "tree 67108865", "nodes of the tree: a number from 1 to 67108864"},
         {"tree 3", "tree 2", "line 20: the tree has more branches than nodes"},
         {"tree 3", "tree 4", "the tree has ended, but more nodes follow"},
         {"tree 3\n0 5.5 R\n", "tree 2\n", "the tree has ended, but more nodes follow"},
         {"0 5.5 R", "2 5.5 R", "the number of an input, from 0 to 1"},
         {"0 5.5 R", "-1 5.5 R", "the number of an input, from 0 to 1"},
         {"0 5.5 R", "65535 5.5 R", "the number of an input, from 0 to 1"},
         {"0 5.5 R", "0 nan R", "is not finite"},
         {"0 5.5 R", "0 5.5", "the way of what is missing is missing"},
         {"0 5.5 R", "0 5.5 left", "the way of what is missing is one of: L, R, 0, 0L, 0R"},
         {"0 5.5 R", "0 5.5 R 7", "nothing is expected where \"7\" is"},
         {"= 0.75 0.25", "= 0.75", "a value of a leaf is missing"},
         {"= 0.75 0.25", "= 0.75 0.25 0.0", "nothing is expected where"},
         {"= 0.75 0.25", "= inf 0.25", "is not finite"},
         {leaf, leaf + leaf, "\"end\" is expected, not \"=\""},
         {"end\n", "end\nmore\n", "nothing is expected after the end"},
         {"end\n", "end", "the line has no end"}}
    );
    refuse(
        test::regression_model(),
        {{"tree 0 5", "tree 1 5", "tree: a number from 0 to 0"},
         {"base first 0.5", "base first", "base is missing"},
         {"divide 1", "divide 0", "divide: a number from 1"},
         {"link none", "link softmax", "softmax is of several values"},
         {"link none", "link logistic", "the scale of the link is missing"},
         {"decide largest", "decide largest_raw", "a regression has"}}
    );
}

// Whatever is cut off.
TEST(EnsembleReader, RefusesEveryBeginningOfAFile) {
    const std::string model = test::packet_model(5);
    for (std::size_t size = 0; size < model.size(); ++size) {
        EXPECT_NE(error_of(std::string_view(model).substr(0, size)), "") << size;
    }
}

// A chain of splits to the left, or to the right, is a tree that costs a step each.
TEST(EnsembleReader, BoundsTheDepthOfTrees) {
    const auto chain = [](std::size_t depth, bool left) {
        std::string nodes;
        for (std::size_t i = 0; i < depth; ++i) {
            nodes += left ? "0 1.0 R\n" : "0 1.0 R\n= 0.0 1.0\n";
        }
        for (std::size_t i = 0; i <= (left ? depth : 0); ++i) {
            nodes += "= 1.0 0.0\n";
        }
        return test::changed(
            test::packet_model(5),
            "tree 3\n0 5.5 R\n= 0.75 0.25\n= 0.125 0.875\n",
            format("tree {}\n{}", 2 * depth + 1, nodes)
        );
    };
    for (const bool left : {true, false}) {
        EXPECT_EQ(error_of(chain(EnsembleBounds::kDepthMax, left)), "");
        EXPECT_NE(
            error_of(chain(EnsembleBounds::kDepthMax + 1, left)).find("more than 4096 splits deep"),
            std::string::npos
        );
    }
}

// A count without the lines for it takes no memory.
TEST(EnsembleReader, BelievesNoCount) {
    EXPECT_NE(error_of(test::changed(test::packet_model(5), "tree 3", "tree 67108864")), "");
    EXPECT_NE(error_of(test::changed(test::packet_model(5), "trees 1", "trees 1048576")), "");
}

TEST(EnsembleReader, ReadsNamesWithTheCharactersThatLinesLack) {
    Result<std::shared_ptr<const Ensemble>> ensemble =
        read_ensemble(test::changed(test::packet_model(5), "class few", "class  a\\n\\\\ \\t\\r"));
    ASSERT_TRUE(ensemble) << ensemble.error().message;
    EXPECT_EQ(ensemble.value()->rules().classes[0], " a\n\\ \t\r");
}

TEST(EnsembleReader, SaysWhichFileIsNone) {
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / "flowgauge_ensemble_reader_test";
    std::filesystem::create_directories(folder);
    const std::string file = (folder / "model.fgm").string();
    std::ofstream(file) << "no model\n";
    const auto message_of = [](const std::string& name) {
        Result<std::shared_ptr<const Ensemble>> ensemble = load_ensemble(name);
        return ensemble ? "" : ensemble.error().message;
    };
    EXPECT_EQ(message_of(file).find("model file " + file + ": line 1: "), 0U);
    EXPECT_NE(message_of(file + "x").find("No such file"), std::string::npos);
    EXPECT_NE(message_of(folder.string()).find("is no regular file"), std::string::npos);
    EXPECT_NE(message_of("/dev/zero").find("is no regular file"), std::string::npos);
    std::filesystem::resize_file(file, EnsembleBounds::kFileBytesMax + 1);  // a hole
    EXPECT_NE(message_of(file).find("bytes; train fewer"), std::string::npos);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace flowgauge
