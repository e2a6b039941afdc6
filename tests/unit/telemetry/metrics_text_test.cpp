#include "telemetry/metrics_text.h"

#include "core/base/format.h"
#include "telemetry/metric_table.h"
#include "tests/support/sensor_sample.h"
#include "tests/unit/telemetry/exposition.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace flowgauge {
namespace {

using test::sensor_sample;

std::string text_of_file(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
}

// A dashboard or an alert somewhere breaks when one of these lines changes.
TEST(MetricTable, HasTheNamesTypesAndLabelsThatWerePromised) {
    std::string found;
    for (const Metric& metric : all_metrics()) {
        found += std::string(metric.name) + " " + std::string(to_string(metric.type));
        for (const std::string& label : label_names(metric)) {
            found += " " + label;
        }
        found += "\n";
    }
    EXPECT_EQ(found, text_of_file(FLOWGAUGE_TEST_SUPPORT "/../unit/telemetry/metric_names.txt"));
}

TEST(MetricTable, FollowsTheCustomsOfPrometheus) {
    std::set<std::string_view> names;
    for (const Metric& metric : all_metrics()) {
        EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
        EXPECT_TRUE(std::regex_match(
            std::string(metric.name), std::regex("(flowgauge|process)(_[a-z0-9]+)+")
        )) << metric.name;
        EXPECT_EQ(metric.name.ends_with("_total"), metric.type == MetricType::kCounter)
            << metric.name;
        EXPECT_TRUE(metric.help.ends_with('.')) << metric.name;
        EXPECT_EQ(metric.help.find_first_of("|\n"), std::string_view::npos) << metric.name;
        const std::string_view unit = metric.unit;
        if (unit == "seconds" || unit == "bytes" || unit == "ratio") {
            EXPECT_NE(metric.name.find(unit), std::string_view::npos) << metric.name;
        }
    }
}

TEST(MetricsText, ShowsEachMetricOnceWithHelpAndType) {
    SensorStatistics statistics = sensor_sample();
    statistics.http.requests = {{200, 3}};
    statistics.sinks.front().producer.producers = 1;
    const std::string text = metrics_text(statistics);
    for (const Metric& metric : all_metrics()) {
        const std::string name(metric.name);
        const std::string help = format("# HELP {} ", name);
        const std::string type = format("# TYPE {} {}\n{}", name, to_string(metric.type), name);
        EXPECT_NE(text.find(help), std::string::npos) << name;
        EXPECT_NE(text.find(type), std::string::npos) << name;
    }
    EXPECT_EQ(Exposition(text).repeats(), 0);
}

TEST(MetricsText, ShowsEveryReasonAlsoThoseOfWhichThereIsNone) {
    SensorStatistics statistics;
    statistics.workers.push_back({.input = "edge", .worker = 3, .counters = {}});
    const Exposition shown(metrics_text(statistics));
    for (std::size_t i = 0; i < kRejectionCount; ++i) {
        const auto reason = static_cast<Rejection>(i);
        const std::string series =
            "flowgauge_packets_rejected_total{input=\"edge\",worker=\"3\",reason=\"" +
            std::string(to_string(reason)) + "\"}";
        EXPECT_EQ(shown.samples().contains(series), reason != Rejection::kNone) << series;
    }
    for (std::size_t i = 0; i < kEndReasonCount; ++i) {
        const std::string series =
            "flowgauge_flows_expired_total{input=\"edge\",worker=\"3\",reason=\"" +
            std::string(to_string(static_cast<EndReason>(i))) + "\"}";
        EXPECT_TRUE(shown.samples().contains(series)) << series;
    }
}

TEST(MetricsText, KeepsTheLawsOfConservation) {
    const Exposition shown(metrics_text(sensor_sample()));
    for (const std::string input : {"input=\"edge\"", "input=\"replay\""}) {
        EXPECT_EQ(
            shown.sum("flowgauge_packets_read_total", input),
            shown.sum("flowgauge_packets_in_flows_total", input) +
                shown.sum("flowgauge_packets_rejected_total", input)
        );
        EXPECT_EQ(
            shown.sum("flowgauge_flows_created_total", input),
            shown.sum("flowgauge_flows_active", input) +
                shown.sum("flowgauge_flows_expired_total", input)
        );
        EXPECT_GT(shown.sum("flowgauge_packets_rejected_total", input), 0);
    }
    for (const std::string sink : {"sink=\"disk\"", "sink=\"archive\""}) {
        EXPECT_EQ(
            shown.sum("flowgauge_sink_records_in_total", sink),
            shown.sum("flowgauge_sink_records_acknowledged_total", sink) +
                shown.sum("flowgauge_sink_records_dropped_total", sink) +
                shown.sum("flowgauge_sink_queued_records", sink)
        );
    }
}

TEST(MetricsText, ConvertsToBaseUnits) {
    SensorStatistics statistics = sensor_sample();
    statistics.workers.resize(1);
    statistics.workers[0].counters.cpu_ns = 1'500'000'000;
    statistics.workers[0].counters.clock_offset_ms = -3'600'500;
    statistics.workers[0].counters.ring_streak_permille = 875;
    statistics.workers[0].counters.last_packet_ms = 1'700'000'000'250;
    statistics.start_ms = 1'700'000'000'500;
    const Exposition shown(metrics_text(statistics));
    EXPECT_EQ(shown.sum("flowgauge_worker_cpu_seconds_total"), 1.5);
    EXPECT_EQ(shown.sum("flowgauge_clock_offset_seconds"), -3600.5);
    EXPECT_EQ(shown.sum("flowgauge_capture_ring_streak_ratio"), 0.875);
    EXPECT_EQ(shown.sum("flowgauge_last_packet_timestamp_seconds"), 1'700'000'000.25);
    EXPECT_EQ(shown.sum("flowgauge_start_time_seconds"), 1'700'000'000.5);
}

TEST(MetricsText, ShowsAProducerWhereThereIsOne) {
    SensorStatistics statistics = sensor_sample();
    statistics.sinks[1].producer = {
        .messages_waiting = 1,
        .bytes_waiting = 2,
        .brokers = 3,
        .brokers_up = 4,
        .round_trip_us = 1'500'000,
        .round_trip_p99_us = 2'500'000,
        .messages_sent = 7,
        .bytes_sent = 8,
        .transmit_errors = 10,
        .retries = 11,
        .timeouts = 12,
        .producers = 13};
    const Exposition shown(metrics_text(statistics));
    const std::map<std::string, double> expected{
        {"waiting_messages", 1},
        {"waiting_bytes", 2},
        {"brokers", 3},
        {"brokers_up", 4},
        {"round_trip_seconds", 1.5},
        {"round_trip_p99_seconds", 2.5},
        {"messages_sent_total", 7},
        {"sent_bytes_total", 8},
        {"request_errors_total", 10},
        {"request_retries_total", 11},
        {"request_timeouts_total", 12},
        {"producers_total", 13}};
    std::map<std::string, double> found;
    const std::string prefix = "flowgauge_sink_kafka_";
    for (const auto& [series, value] : shown.samples()) {
        if (series.starts_with(prefix)) {
            EXPECT_TRUE(series.ends_with("{sink=\"archive\"}")) << series;
            found[series.substr(prefix.size(), series.find('{') - prefix.size())] = value;
        }
    }
    EXPECT_EQ(found, expected);
}

TEST(MetricsText, KeepsWholeNumbersExactToFifteenDigits) {
    SensorStatistics statistics = sensor_sample();
    statistics.workers.resize(1);
    statistics.workers[0].counters.bytes_read = 999'999'999'999'999;
    const std::string text = metrics_text(statistics);
    EXPECT_NE(
        text.find("flowgauge_capture_bytes_total{input=\"edge\",worker=\"0\"} 999999999999999\n"),
        std::string::npos
    );
}

TEST(MetricsText, SaysOneStateOfEachInput) {
    SensorStatistics statistics = sensor_sample();
    statistics.inputs[0].state = InputState::kWaiting;
    const Exposition shown(metrics_text(statistics));
    EXPECT_EQ(shown.sum("flowgauge_input_state", "input=\"edge\""), 1);
    EXPECT_EQ(shown.sum("flowgauge_input_state", "input=\"edge\",state=\"waiting\""), 1);
}

struct ReadyRow {
    SensorState state;
    bool has_reason;
    double ready;
};

TEST(MetricsText, IsReadyWhenItRunsAndNothingIsMissing) {
    for (const ReadyRow& row :
         {ReadyRow{SensorState::kRunning, false, 1},
          ReadyRow{SensorState::kReloading, false, 1},
          ReadyRow{SensorState::kRunning, true, 0},
          ReadyRow{SensorState::kStarting, false, 0},
          ReadyRow{SensorState::kStopping, false, 0}}) {
        SensorStatistics statistics;
        statistics.state = row.state;
        if (row.has_reason) {
            statistics.not_ready = {"sink disk cannot write"};
        }
        EXPECT_EQ(Exposition(metrics_text(statistics)).sum("flowgauge_ready"), row.ready);
    }
}

TEST(MetricsText, AddsUpSeriesThatWouldComeTwice) {
    SensorStatistics statistics = sensor_sample();
    statistics.workers.assign(2, statistics.workers[0]);
    const Exposition shown(metrics_text(statistics));
    EXPECT_EQ(shown.repeats(), 0);
    EXPECT_EQ(
        shown.sum("flowgauge_packets_read_total"),
        2.0 * static_cast<double>(statistics.workers[0].counters.packets_read)
    );
}

TEST(MetricsText, EscapesLabelsAndReplacesWhatIsNoUtf8) {
    SensorStatistics statistics;
    const std::vector<std::pair<std::string, std::string>> rows{
        {"a\"b\\c\nd", "a\\\"b\\\\c\\nd"},
        {"ü€\xF0\x9F\x98\x80", "ü€\xF0\x9F\x98\x80"},
        {"x\xFF", "x\xEF\xBF\xBD"},
        {"\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},                  // overlong
        {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},  // surrogate
        {"\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD"},                  // cut
        {"\xF5\x80\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"}};
    for (const auto& [name, shown] : rows) {
        statistics.applications = {{.name = name, .flows = 1}};
        EXPECT_NE(
            metrics_text(statistics).find("{application=\"" + shown + "\"} 1\n"), std::string::npos
        ) << shown;
    }
}

}  // namespace
}  // namespace flowgauge
