#include "sensor/flows_answer.h"

#include "tests/support/made_record.h"
#include "tests/support/plain_packet.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace flowgauge {
namespace {

constexpr Tick kFirst = 1'700'000'000'000;

ActiveFlow active_flow(std::uint64_t uid, std::uint64_t bytes, bool answered) {
    const OrientedKey oriented = key_of(test::tcp_packet("203.0.113.9:51000", "10.0.0.2:443"));
    ActiveFlow row;
    row.key = oriented.key;
    row.from_upper = oriented.from_upper;
    row.first = kFirst;
    row.last = kFirst + 2000;
    row.packets = {3, answered ? 4U : 0U};
    row.bytes = {bytes, answered ? 10U : 0U};
    row.flow_uid = uid;
    row.tcp_seen = kTcpBegins | kTcpSyn;
    return row;
}

PendingFlows answered_with(std::vector<ActiveFlow> rows) {
    PendingFlows pending;
    pending.requests.push_back(std::make_shared<FlowsRequest>(10));
    pending.requests.back()->rows = std::move(rows);
    pending.requests.back()->done.store(true);
    pending.inputs.emplace_back("edge");
    return pending;
}

TEST(FlowsAnswer, TellsTheProcessOfEachFlowThatItLists) {
    const PendingFlows pending = answered_with(
        {active_flow(1, 300, true), active_flow(2, 200, false), active_flow(3, 100, true)}
    );
    std::vector<Flow> asked;
    const LiveAttribution attribution = [&asked](const Flow& flow) {
        asked.push_back(flow);
        Attribution answer;
        if (flow.flow_uid == 1) {
            answer.owner = test::sample_owner("curl", 4321);
        }
        return answer;
    };
    const FlowsSnapshot snapshot = answer_of(pending, 2, {.attribution = attribution});
    ASSERT_EQ(snapshot.flows.size(), 2U);
    EXPECT_EQ(snapshot.flows[0].process_pid, 4321);
    EXPECT_EQ(snapshot.flows[0].process_name, "curl");
    EXPECT_EQ(snapshot.flows[1].process_pid, -1);
    EXPECT_EQ(snapshot.flows[1].process_name, "");
    ASSERT_EQ(asked.size(), 2U) << "and no flow that is not listed";
    const Flow& flow = asked[0];
    EXPECT_EQ(flow.source_port(), 51000);
    EXPECT_EQ(flow.destination_port(), 443);
    EXPECT_EQ(flow.first(), kFirst);
    EXPECT_EQ(flow.last(), kFirst + 2000);
    EXPECT_EQ(flow.packets[1], 4U);
    EXPECT_EQ(flow.tcp_seen, kTcpBegins | kTcpSyn);
    EXPECT_EQ(asked[1].last(), kFirst + 2000);
    EXPECT_EQ(asked[1].packets[1], 0U);
}

TEST(FlowsAnswer, TellsNoProcessWhereNobodyLooks) {
    const FlowsSnapshot snapshot = answer_of(answered_with({active_flow(1, 300, true)}), 10, {});
    ASSERT_EQ(snapshot.flows.size(), 1U);
    EXPECT_EQ(snapshot.flows[0].process_pid, -1);
    EXPECT_EQ(snapshot.flows[0].source, "203.0.113.9");
    EXPECT_EQ(snapshot.flows[0].first_ms, kFirst);
}

}  // namespace
}  // namespace flowgauge
