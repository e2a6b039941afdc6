#include "telemetry/visibility_statistics.h"

#include "telemetry/metrics_text.h"
#include "tests/support/sensor_sample.h"
#include "tests/unit/telemetry/exposition.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <numeric>
#include <string>

namespace flowgauge {
namespace {

TEST(SumOfAttribution, AddsUpAllWorkers) {
    std::vector<WorkerStatistics> workers(3);
    for (std::size_t i = 0; i < 2; ++i) {
        AttributionCounters& counters = workers[i].counters.attribution;
        std::iota(counters.by_match.begin(), counters.by_match.end(), 10 * i);
        std::iota(counters.by_reason.begin(), counters.by_reason.end(), 100 * i);
        counters.waited = 5 + i;
        counters.waiting = 3 + i;
        counters.unheld = 1 + i;
    }
    const AttributionCounters sum = sum_of_attribution(workers);
    for (std::size_t i = 0; i < kOwnerMatchCount; ++i) {
        EXPECT_EQ(sum.by_match[i], 10 + 2 * i);
    }
    for (std::size_t i = 0; i < kOwnerReasonCount; ++i) {
        EXPECT_EQ(sum.by_reason[i], 100 + 2 * i);
    }
    EXPECT_EQ(sum.waited, 11U);
    EXPECT_EQ(sum.waiting, 7U);
    EXPECT_EQ(sum.unheld, 3U);
}

TEST(ProcessSums, AddUpAllTalliesLargestFirst) {
    const auto one = std::make_unique<ProcessTally>();
    const auto two = std::make_unique<ProcessTally>();
    one->add("sshd", {.flows = 1, .packets = 2, .bytes = 30});
    one->add("curl", {.flows = 1, .packets = 4, .bytes = 50});
    two->add("curl", {.flows = 2, .packets = 6, .bytes = 70});
    two->add("", {.flows = 1, .packets = 1, .bytes = 30});
    ProcessSums sums;
    sums.add(*one);
    sums.add(*two);
    const std::vector<TrafficStatistics> list = sums.list();
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list[0].name, "curl");
    EXPECT_EQ(list[0].flows, 3U);
    EXPECT_EQ(list[0].packets, 10U);
    EXPECT_EQ(list[0].bytes, 120U);
    EXPECT_EQ(list[1].name, "sshd");  // as much, and before it by name
    EXPECT_EQ(list[2].name, "unknown");
}

TEST(VisibilityMetrics, SayOffAndNothingElse) {
    SensorStatistics statistics;
    statistics.workers.emplace_back().input = "edge";
    const Exposition shown(metrics_text(statistics));
    for (const auto& [series, value] : shown.samples()) {
        EXPECT_FALSE(series.starts_with("flowgauge_process")) << series;
        if (series.starts_with("flowgauge_visibility")) {
            EXPECT_EQ(series, "flowgauge_visibility_info{table=\"off\",events=\"off\"}");
        }
    }
    EXPECT_EQ(shown.sum("flowgauge_visibility_info"), 1);
}

TEST(VisibilityMetrics, HaveAllNumbersUnderTheirNames) {
    const Exposition shown(metrics_text(test::sensor_sample()));
    const std::map<std::string, double> expected{
        {"info{table=\"sock_diag\",events=\"off\"}", 1},
        {"notes", 1},
        {"flows_total{match=\"event\"}", 600'000},
        {"flows_total{match=\"exact\"}", 90'000},
        {"flows_total{match=\"udp\"}", 40'000},
        {"flows_total{match=\"listener\"}", 30'000},
        {"flows_total{match=\"uid_only\"}", 5'000},
        {"flows_total{match=\"none\"}", 8'000},
        {"reasons_total{reason=\"ok\"}", 760'000},
        {"reasons_total{reason=\"not_local\"}", 4'000},
        {"reasons_total{reason=\"unseen\"}", 3'000},
        {"reasons_total{reason=\"no_fd\"}", 2'500},
        {"reasons_total{reason=\"ambiguous\"}", 1'500},
        {"reasons_total{reason=\"denied\"}", 1'000},
        {"reasons_total{reason=\"disabled\"}", 1'000},
        {"records_waited_total", 20'000},
        {"records_waiting", 40},
        {"records_unheld_total", 2},
        {"polls_total", 900'000},
        {"polls_inconsistent_total", 3},
        {"poll_cpu_seconds_total", 9'000},
        {"poll_seconds_total{stage=\"table\"}", 6'000},
        {"poll_seconds_total{stage=\"owner\"}", 2'000},
        {"poll_seconds_total{stage=\"publish\"}", 500},
        {"last_poll_seconds{stage=\"table\"}", 0.005},
        {"last_poll_seconds{stage=\"owner\"}", 0.002},
        {"last_poll_seconds{stage=\"publish\"}", 0.0004},
        {"period_seconds", 0.2},
        {"period_configured_seconds", 0.1},
        {"sockets{protocol=\"tcp\"}", 10'000},
        {"sockets{protocol=\"udp\"}", 200},
        {"sockets{protocol=\"other\"}", 100},
        {"sockets_unowned", 30},
        {"negative_cache_sockets", 25},
        {"processes", 500},
        {"namespaces", 12},
        {"namespaces_skipped", 2},
        {"scans_total{stage=\"hint\"}", 7'000},
        {"scans_total{stage=\"recent\"}", 800},
        {"scans_total{stage=\"full\"}", 90},
        {"scans_total{stage=\"threads\"}", 10},
        {"scans_total{stage=\"kernel\"}", 5},
        {"links_read_total", 1'000'000},
        {"vanished_total", 44},
        {"denied_total", 6},
        {"events_total{type=\"connect\"}", 500'000},
        {"events_total{type=\"listen\"}", 700},
        {"events_total{type=\"send\"}", 80'000},
        {"events_total{type=\"process\"}", 9'000},
        {"events_lost_total", 5},
        {"history_sockets", 40'000},
        {"history_evicted_total", 17},
        {"snapshot_bytes", 1'800'000},
        {"snapshot_age_seconds", 0.25}};
    std::map<std::string, double> found;
    const std::string prefix = "flowgauge_visibility_";
    for (const auto& [series, value] : shown.samples()) {
        if (series.starts_with(prefix)) {
            found[series.substr(prefix.size())] = value;
        }
    }
    EXPECT_EQ(found, expected);
    EXPECT_EQ(shown.sum("flowgauge_process_bytes_total", "process=\"firefox\""), 12'000'000'000);
    EXPECT_EQ(shown.sum("flowgauge_process_flows_total"), 573'000);
}

// Nothing was looked at yet, and a clock that was set back gives no age below 0.
TEST(VisibilityMetrics, HaveAnAgeOnlyAfterAPoll) {
    SensorStatistics statistics = test::sensor_sample();
    statistics.visibility.poller.covered_ms = 0;
    const std::string name = "flowgauge_visibility_snapshot_age_seconds";
    EXPECT_FALSE(Exposition(metrics_text(statistics)).samples().contains(name));
    statistics.visibility.poller.covered_ms = static_cast<std::uint64_t>(statistics.time_ms) + 9;
    EXPECT_EQ(Exposition(metrics_text(statistics)).samples().at(name), 0);
}

}  // namespace
}  // namespace flowgauge
