#include "core/expression/problem.h"

#include <gtest/gtest.h>

#include <string>

namespace flowgauge {
namespace {

TEST(ExpressionProblem, CountsCharactersNotBytes) {
    const ExpressionProblem problem{.offset = 4, .message = "no"};
    EXPECT_EQ(problem.placed("\xc3\xa9\xc3\xa9x"), "at column 3: no");
    EXPECT_EQ(problem.underlined("\xc3\xa9\xc3\xa9x"), "  \xc3\xa9\xc3\xa9x\n    ^");
}

TEST(ExpressionProblem, ShowsTheLineOfThePlace) {
    const ExpressionProblem problem{.offset = 6, .message = "no"};
    EXPECT_EQ(problem.placed("one\ntwo\nthree"), "at line 2, column 3: no");
    EXPECT_EQ(problem.underlined("one\ntwo\nthree"), "  two\n    ^");
}

TEST(ExpressionProblem, ShowsThePlaceBehindTheEnd) {
    const ExpressionProblem problem{.offset = 3, .message = "no"};
    EXPECT_EQ(problem.placed("one"), "at column 4: no");
    EXPECT_EQ(problem.underlined("one"), "  one\n     ^");
}

TEST(ExpressionProblem, CutsLongLinesAroundThePlace) {
    std::string text(1'000, 'a');
    text[500] = 'X';
    const ExpressionProblem problem{.offset = 500, .message = "no"};
    EXPECT_EQ(
        problem.underlined(text),
        "  " + std::string(50, 'a') + "X" + std::string(49, 'a') + "\n  " + std::string(50, ' ') +
            "^"
    );
    std::string accents;
    for (int i = 0; i < 500; ++i) {
        accents += "\xc3\xa9";
    }
    const ExpressionProblem odd{.offset = 501, .message = "no"};
    const std::string shown = odd.underlined(accents);
    EXPECT_EQ(shown.substr(2, 2), "\xc3\xa9");
    EXPECT_EQ(shown[shown.find('\n') - 1], '\xa9');
}

TEST(ExcerptOf, KeepsOneLineAndCuts) {
    EXPECT_EQ(excerpt_of("a\nb\x01"), "\"a b \"");
    EXPECT_EQ(excerpt_of(std::string(40, 'x')), "\"" + std::string(40, 'x') + "\"");
    EXPECT_EQ(excerpt_of(std::string(41, 'x')), "\"" + std::string(40, 'x') + "...\"");
    EXPECT_EQ(excerpt_of(std::string(39, 'x') + "\xc3\xa9"), "\"" + std::string(39, 'x') + "...\"");
}

}  // namespace
}  // namespace flowgauge
