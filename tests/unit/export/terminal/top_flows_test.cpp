#include "export/terminal/top_flows.h"

#include "tests/unit/export/terminal/flow_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>

namespace flowgauge {
namespace {

using test::flow_row;

std::vector<std::uint64_t> uids_of(const TopFlows& top) {
    std::vector<std::uint64_t> uids;
    for (const FlowRow& row : top.sorted()) {
        uids.push_back(row.flow_uid);
    }
    return uids;
}

TEST(TopFlows, KeepsTheLargestOfManyInAnyOrder) {
    std::vector<FlowRow> rows;
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        rows.push_back(flow_row(i / 3, i));  // three of each size: ties at the edge
    }
    const std::vector<std::uint64_t> expected{9999, 9996, 9997, 9998, 9993, 9994, 9995, 9990};
    std::mt19937 random(1);
    for (int round = 0; round < 5; ++round) {
        TopFlows top(expected.size());
        for (const FlowRow& row : rows) {
            top.add(row);
        }
        EXPECT_EQ(uids_of(top), expected) << round;
        std::ranges::shuffle(rows, random);
    }
}

TEST(TopFlows, KeepsAllWhenThereAreFew) {
    TopFlows top(20);
    EXPECT_TRUE(top.sorted().empty());
    top.add(flow_row(1, 1));
    top.add(flow_row(2, 2));
    EXPECT_EQ(uids_of(top), (std::vector<std::uint64_t>{2, 1}));
}

TEST(TopFlows, TakesWhatItSaysFromARecord) {
    Flow flow;
    flow.key = test::key("10.0.0.1", 40000, "10.0.0.2", 80);
    flow.from_upper = true;
    flow.packets = {3, 4};
    flow.bytes = {30, 40};
    flow.first_seen = {5, 6};
    flow.last_seen = {7, 9};
    flow.flow_uid = 11;
    const FlowRecord record{.flow = &flow, .moment = 13};
    const RecordContext context;
    TopFlows top(1);
    top.add({.record = record, .context = context});
    const FlowRow row = top.sorted().at(0);
    EXPECT_EQ(row.key, flow.key);
    EXPECT_TRUE(row.from_upper);
    EXPECT_EQ(row.packets, 7);
    EXPECT_EQ(row.bytes, 70);
    EXPECT_EQ(row.first, 5);
    EXPECT_EQ(row.last, 9);
    EXPECT_EQ(row.moment, 13);
    EXPECT_EQ(row.flow_uid, 11);
}

// Each row differs from the one before in one thing alone, and stands below it.
TEST(TopFlows, BreaksTiesByWhatTheRecordSays) {
    std::vector<FlowRow> rows{flow_row(10)};
    const auto then = [&rows](auto change) {
        rows.push_back(rows.back());
        change(rows.back());
    };
    then([](FlowRow& row) { row.flow_uid = 1; });
    then([](FlowRow& row) { row.moment = 1; });
    then([](FlowRow& row) { row.key.rest += std::uint64_t{1} << 32; });
    then([](FlowRow& row) { row.first = 1; });
    then([](FlowRow& row) { row.packets = 1; });
    then([](FlowRow& row) { row.bytes = 9; });
    for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
        EXPECT_TRUE(ranks_before(rows[i], rows[i + 1])) << i;
        EXPECT_FALSE(ranks_before(rows[i + 1], rows[i])) << i;
        EXPECT_FALSE(ranks_before(rows[i], rows[i])) << i;
    }
}

}  // namespace
}  // namespace flowgauge
