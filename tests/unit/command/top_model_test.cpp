#include "command/top_model.h"

#include "tests/support/sensor_sample.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowgauge {
namespace {

const TopSelection kFlowsByRate{.view = TopView::kFlows, .sort = TopSort::kRate, .filter = {}};

FlowsSnapshot later(FlowsSnapshot flows, std::int64_t milliseconds) {
    flows.time_ms += milliseconds;
    return flows;
}

std::vector<std::string> names(const TopModel& model, const TopSelection& selection) {
    std::vector<std::string> found;
    for (const TopRow& row : model.rows(selection)) {
        found.push_back(row.name);
    }
    return found;
}

TEST(TopModel, HasNoRatesBeforeTheSecondSnapshot) {
    TopModel model;
    EXPECT_TRUE(model.is_empty());
    EXPECT_TRUE(model.rows(kFlowsByRate).empty());
    model.update(test::flows_sample());
    EXPECT_FALSE(model.is_empty());
    ASSERT_EQ(model.rows(kFlowsByRate).size(), 3U);
    for (const TopRow& row : model.rows(kFlowsByRate)) {
        EXPECT_EQ(row.bits_per_second, 0);
    }
    EXPECT_EQ(model.listed_flows(), 3U);
    EXPECT_EQ(model.active_flows(), 36'000U);
}

TEST(TopModel, RatesAreWhatFlowsGrewBy) {
    TopModel model;
    model.update(test::flows_sample());
    FlowsSnapshot flows = later(test::flows_sample(), 2000);
    flows.flows.at(1).bytes.at(0) += 500;
    flows.flows.at(1).bytes.at(1) += 500;
    flows.flows.at(1).packets.at(0) += 8;
    model.update(flows);
    const std::vector<TopRow> rows = model.rows(kFlowsByRate);
    EXPECT_EQ(rows.at(0).name, "[2001:db8::1]:5353");
    EXPECT_DOUBLE_EQ(rows.at(0).bits_per_second, 4000);
    EXPECT_DOUBLE_EQ(rows.at(0).packets_per_second, 4);
    EXPECT_DOUBLE_EQ(rows.at(1).bits_per_second, 0);
}

TEST(TopModel, AFlowThatBeganInBetweenGrewFromNothing) {
    TopModel model;
    model.update(test::flows_sample());
    FlowsSnapshot flows = later(test::flows_sample(), 1000);
    flows.flows.at(0).flow_uid = 77;  // listed only now, but older than the last snapshot
    flows.flows.at(2).flow_uid = 78;
    flows.flows.at(2).first_ms = flows.time_ms - 10;
    model.update(flows);
    const std::vector<TopRow> rows = model.rows(kFlowsByRate);
    EXPECT_EQ(rows.at(0).name, "10.0.0.1");
    EXPECT_DOUBLE_EQ(rows.at(0).bits_per_second, 8 * 196);
    EXPECT_DOUBLE_EQ(rows.at(1).bits_per_second, 0);
}

TEST(TopModel, FlowsThatEndedAreLetGoAndNumbersUsedAgainHaveNoRate) {
    TopModel model;
    model.update(test::flows_sample());
    FlowsSnapshot flows = later(test::flows_sample(), 1000);
    flows.flows.resize(1);
    flows.flows.at(0).bytes = {1, 1};  // less than before
    model.update(flows);
    ASSERT_EQ(model.rows(kFlowsByRate).size(), 1U);
    EXPECT_EQ(model.rows(kFlowsByRate).at(0).bits_per_second, 0);
    // One that is gone and comes back was not seen in between.
    model.update(later(test::flows_sample(), 2000));
    EXPECT_EQ(model.rows(kFlowsByRate).back().bits_per_second, 0);
}

TEST(TopModel, ASnapshotOfTheSameMomentLeavesTheRates) {
    TopModel model;
    model.update(test::flows_sample());
    FlowsSnapshot flows = later(test::flows_sample(), 1000);
    flows.flows.at(0).bytes.at(0) += 1000;
    model.update(flows);
    flows.flows.at(0).bytes.at(0) += 1000;
    model.update(flows);
    EXPECT_DOUBLE_EQ(model.rows(kFlowsByRate).at(0).bits_per_second, 8000);
}

TEST(TopModel, AClockThatWentBackGivesNoRates) {
    TopModel model;
    model.update(test::flows_sample());
    FlowsSnapshot flows = later(test::flows_sample(), -1000);
    flows.flows.at(0).bytes.at(0) += 1000;
    model.update(flows);
    EXPECT_EQ(model.rows(kFlowsByRate).at(0).bits_per_second, 0);
}

TEST(TopModel, SumsUpByApplicationAndByHost) {
    FlowsSnapshot flows = test::flows_sample();
    flows.flows.push_back(flows.flows.at(1));
    flows.flows.back().flow_uid = 4;
    flows.flows.back().destination = flows.flows.back().source;  // with itself: one host, once
    TopModel model;
    model.update(flows);
    const std::vector<TopRow> applications =
        model.rows({.view = TopView::kApplications, .sort = TopSort::kBytes, .filter = {}});
    ASSERT_EQ(applications.size(), 3U);
    EXPECT_EQ(applications.at(0).name, "TLS.Google");
    EXPECT_EQ(applications.at(0).bytes, 11'120'000U);
    EXPECT_EQ(applications.at(1).name, "DNS");
    EXPECT_EQ(applications.at(1).flows, 2U);
    EXPECT_EQ(applications.at(1).packets, 12U);
    EXPECT_EQ(applications.at(2).name, "undecided");
    const std::vector<TopRow> hosts =
        model.rows({.view = TopView::kHosts, .sort = TopSort::kBytes, .filter = {}});
    ASSERT_EQ(hosts.size(), 5U);
    EXPECT_EQ(hosts.at(0).name, "10.0.0.1");
    EXPECT_EQ(hosts.at(0).flows, 2U);
    EXPECT_EQ(hosts.at(0).bytes, 11'120'196U);
    EXPECT_EQ(hosts.at(2).name, "2001:db8::1");
    EXPECT_EQ(hosts.at(2).flows, 2U);
}

TEST(TopModel, SumsUpByTheNameOfTheProcess) {
    FlowsSnapshot flows = test::flows_sample();
    flows.flows.push_back(flows.flows.at(0));
    flows.flows.back().flow_uid = 4;
    flows.flows.back().process_pid = 9;  // another of the same name
    TopModel model;
    EXPECT_FALSE(model.has_processes());
    model.update(flows);
    EXPECT_TRUE(model.has_processes());
    const std::vector<TopRow> processes =
        model.rows({.view = TopView::kProcesses, .sort = TopSort::kBytes, .filter = {}});
    ASSERT_EQ(processes.size(), 3U);
    EXPECT_EQ(processes.at(0).name, "firefox");
    EXPECT_EQ(processes.at(0).flows, 2U);
    EXPECT_EQ(processes.at(0).bytes, 22'240'000U);
    EXPECT_EQ(processes.at(1).name, "systemd-resolved");
    EXPECT_EQ(processes.at(2).name, "unknown");
    for (FlowSnapshot& flow : flows.flows) {
        flow.process_pid = -1;
    }
    flows.time_ms += 1000;
    model.update(flows);
    EXPECT_FALSE(model.has_processes());
}

TEST(TopModel, SortsAsAsked) {
    TopModel model;
    model.update(test::flows_sample());
    using Names = std::vector<std::string>;
    TopSelection selection{.view = TopView::kFlows, .sort = TopSort::kName, .filter = {}};
    EXPECT_EQ(names(model, selection), (Names{"10.0.0.1", "10.0.0.1:40000", "[2001:db8::1]:5353"}));
    selection.sort = TopSort::kPackets;
    EXPECT_EQ(names(model, selection).at(2), "10.0.0.1");
    selection.sort = TopSort::kBytes;
    EXPECT_EQ(names(model, selection).at(1), "[2001:db8::1]:5353");
}

TEST(TopModel, FiltersOverAllThatIsShownInAnyCase) {
    TopModel model;
    model.update(test::flows_sample());
    const auto count = [&model](const std::string& filter) {
        return model.rows({.view = TopView::kFlows, .sort = TopSort::kRate, .filter = filter})
            .size();
    };
    EXPECT_EQ(count("google"), 1U);
    EXPECT_EQ(count(":443"), 1U);
    EXPECT_EQ(count("UDP"), 1U);
    EXPECT_EQ(count("10.0.0.1"), 2U);
    EXPECT_EQ(count("FireFox[4321]"), 1U);
    EXPECT_EQ(count("nothing like it"), 0U);
}

TEST(TopModel, LetsNothingFromTrafficSteerTheTerminal) {
    FlowsSnapshot flows = test::flows_sample();
    flows.flows.at(0).application = flows.flows.at(0).source = flows.flows.at(0).destination =
        flows.flows.at(0).process_name = "\x1b[2J\xc2\x9b\n";
    TopModel model;
    model.update(flows);
    for (const TopView view :
         {TopView::kApplications, TopView::kProcesses, TopView::kHosts, TopView::kFlows}) {
        for (const TopRow& row : model.rows({.view = view, .sort = TopSort::kRate, .filter = {}})) {
            for (const char character :
                 row.name + row.destination + row.application + row.process) {
                EXPECT_TRUE(character >= ' ' && character < '\x7f');
            }
        }
    }
}

}  // namespace
}  // namespace flowgauge
