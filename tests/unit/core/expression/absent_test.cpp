// What expressions make of values that a record does not have, and of lists of text.
#include "core/expression/expression.h"
#include "core/record/packet_field.h"
#include "tests/unit/core/expression/expression_columns.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowgauge {
namespace {

using test::expect_outcomes;

TEST(AbsentValue, MakesWhatDependsOnItAbsent) {
    expect_outcomes({
        {"no_number", "absent"},
        {"no_number + 1", "absent"},
        {"1 - -no_real", "absent"},
        {"abs(no_number)", "absent"},
        {"max(1, no_number)", "absent"},
        {"lower(no_text)", "absent"},
        {"len(no_text)", "absent"},
        {"len(no_list)", "absent"},
        {"no_list[0]", "absent"},
        {"sizes[no_number]", "absent"},
        {"no_texts", "absent"},
        {"udps.nine + 1", "10"},
    });
}

TEST(AbsentValue, IsInNoRelationToAnything) {
    expect_outcomes({
        {"no_number == 0", "false"},
        {"no_number != 0", "false"},
        {"no_number < 1", "false"},
        {"no_number <= no_number", "false"},
        {"not (no_number == 0)", "true"},
        {"no_text == ''", "false"},
        {"no_text contains ''", "false"},
        {"no_text matches '*'", "false"},
        {"no_number in [0]", "false"},
        {"no_number not in [0]", "true"},
        {"0 in no_list", "false"},
        {"'' in no_texts", "false"},
        {"udps.nine == 9", "true"},
    });
}

TEST(AbsentValue, MattersOnlyWhereItIsAskedFor) {
    expect_outcomes({
        {"if(seven == 7, 1, no_number)", "1"},
        {"if(seven == 8, 1, no_number)", "absent"},
        {"if(no_number == 0, 1, 2)", "2"},
        {"no_number == 0 or seven == 7", "true"},
        {"seven == 7 and no_number == 0", "false"},
        {"no_number + if(no_real > 0, 1, 2)", "absent"},
        {"if(no_real > 0, 1, 2) + seven", "9"},
        {"if((no_number > 0) == false, 1, 2)", "1"},
    });
}

TEST(AbsentValue, HasAStandIn) {
    expect_outcomes({
        {"default(no_number, 3)", "3"},
        {"default(no_number + 1, 3) + 1", "4"},
        {"default(seven, 3)", "7"},
        {"default(udps.nine, 3)", "9"},
        {"default(no_number, 0.5)", "0.5"},
        {"default(no_text, 'none')", "'none'"},
        {"default(no_number, no_real)", "absent"},
        {"default(default(no_number, no_number), 1)", "1"},
        {"len(default(no_list, sizes))", "3"},
        {"coalesce(no_number, 3)", "3.0"},
        {"coalesce(no_real, no_number)", "absent"},
        {"coalesce(no_text, 'none')", "'none'"},
        {"no_real + default(no_number, 1)", "absent"},
        {"default(no_number, 'x')",
         "at column 20: both values of default must be of one type; these are an integer and text"},
    });
}

TEST(AbsentValue, DoesNotHoldAsAFilter) {
    const MeterOptions options;
    const ExpressionScope scope{.options = options, .columns = test::expression_columns()};
    const FlowRecord record;
    const RecordContext context;
    const RecordView view{.record = record, .context = context};
    for (const char* text : {"no_number == 0", "no_number >= 0", "no_text startswith ''"}) {
        ExpressionEvaluator evaluator(Expression::compile_filter(text, scope).value());
        EXPECT_FALSE(evaluator.holds(view)) << text;
        EXPECT_FALSE(evaluator.holds(view)) << text;
    }
    ExpressionEvaluator evaluator(Expression::compile_filter("udps.nine == 9", scope).value());
    EXPECT_TRUE(evaluator.holds(view));
}

TEST(ListOfText, HasMembersEntriesAndALength) {
    expect_outcomes({
        {"words", "[one, two, ]"},
        {"'two' in words", "true"},
        {"'' in words", "true"},
        {"'tw' in words", "false"},
        {"'tw' not in words", "true"},
        {"words contains 'one'", "true"},
        {"words contains lower('ONE')", "true"},
        {"len(words)", "3"},
        {"words[1]", "'two'"},
        {"words[3]", "''"},
        {"words[-1]", "''"},
        {"1 in words", "at column 6: in needs a list: [1, 2, 3]"},
        {"words == words",
         "at column 7: a list cannot be compared; its entries can: list[0], min(list)"},
        {"words in ['one']", "at column 7: a list of text is never in a list of values"},
        {"sum(words)", "at column 5: sum takes a list, and this is a list of text"},
    });
}

TEST(Expression, LeavesPacketsToFeatures) {
    expect_outcomes({
        {"count(seven == 7)", "at column 1: count looks at packets; only features do that"},
        {"1 + first(seven)", "at column 5: first looks at packets; only features do that"},
        {"packet.raw_size > 1",
         "at column 1: packet.raw_size is a field of packets; only features look at these"},
        {"sum(packet.raw_size)",
         "at column 5: packet.raw_size is a field of packets; only features look at these"},
        {"udps.nin", "at column 1: unknown column \"udps.nin\" (did you mean udps.nine?)"},
        {"src2dst == 0",
         "at column 1: unknown column \"src2dst\"; `flowgauge fields` lists them, and text stands "
         "in quotes"},
    });
}

}  // namespace
}  // namespace flowgauge
