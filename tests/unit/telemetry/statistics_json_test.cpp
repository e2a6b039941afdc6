#include "telemetry/statistics_json.h"

#include "tests/support/sensor_sample.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

std::string recorded(const std::string& name) {
    std::ifstream file(std::string(FLOWGAUGE_TEST_SUPPORT) + "/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string problem_of(std::string_view text) {
    Result<SensorStatistics> read = statistics_of_json(text);
    return read ? std::string() : read.error().message;
}

TEST(StatisticsJson, ComesBackAsItWas) {
    SensorStatistics statistics = test::sensor_sample();
    statistics.sinks.at(0).records_shortened = 3;
    statistics.sinks.at(0).producer.retries = 4;
    const std::string text = to_json(statistics);
    Result<SensorStatistics> back = statistics_of_json(text);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(to_json(back.value()), text);
    EXPECT_EQ(back.value().workers.at(1).counters.rejected.of(Rejection::kArp), 600'000U);
    EXPECT_EQ(back.value().workers.at(1).counters.clock_offset_ms, -3'600'000);
    EXPECT_EQ(back.value().visibility.poller.snapshot_bytes, 1'800'000U);
    EXPECT_EQ(back.value().visibility.attributed.by_match[5], 8'000U);
    EXPECT_EQ(back.value().visibility.attributed.unheld, 2U);
    EXPECT_EQ(back.value().processes.at(1).name, "unknown");
    EXPECT_EQ(back.value().inputs.at(1).state, InputState::kReading);
    EXPECT_EQ(back.value().sinks.at(1).records_dropped.at("queue_full"), 464U);
    EXPECT_EQ(back.value().sinks.at(0).records_shortened, 3U);
    EXPECT_EQ(back.value().sinks.at(0).producer.retries, 4U);
    const std::string flows = to_json(test::flows_sample());
    Result<FlowsSnapshot> flows_back = flows_of_json(flows);
    ASSERT_TRUE(flows_back) << flows_back.error().message;
    EXPECT_EQ(to_json(flows_back.value()), flows);
    EXPECT_EQ(flows_back.value().flows.at(0).process_name, "firefox");
    EXPECT_EQ(flows_back.value().flows.at(2).process_pid, -1);
    EXPECT_EQ(flows_back.value().flows.at(0).flow_uid, std::numeric_limits<std::uint64_t>::max());
}

TEST(StatisticsJson, HoldsTheVerdictOfAReload) {
    const std::string text =
        R"({"ok":true,"applied":["logging.level"],"restart":["flows.max_flows"],"errors":[]})";
    Result<ReloadVerdict> verdict = reload_verdict_of_json(text);
    ASSERT_TRUE(verdict) << verdict.error().message;
    EXPECT_TRUE(verdict.value().ok);
    EXPECT_EQ(verdict.value().restart, std::vector<std::string>{"flows.max_flows"});
    EXPECT_EQ(to_json(verdict.value()), text);
    EXPECT_FALSE(reload_verdict_of_json("{\"ok\": \"yes\"}"));
}

// The recorded texts are what the fake sensor of tests/integration answers.
TEST(StatisticsJson, IsWhatIsOnRecord) {
    Result<SensorStatistics> statistics = statistics_of_json(recorded("sensor_sample.json"));
    ASSERT_TRUE(statistics) << statistics.error().message;
    EXPECT_EQ(to_json(statistics.value()), to_json(test::sensor_sample()));
    Result<FlowsSnapshot> flows = flows_of_json(recorded("flows_sample.json"));
    ASSERT_TRUE(flows) << flows.error().message;
    EXPECT_EQ(to_json(flows.value()), to_json(test::flows_sample()));
}

TEST(StatisticsJson, HasAllReasonsByName) {
    const std::string text = to_json(test::sensor_sample());
    for (std::size_t i = 1; i < kRejectionCount; ++i) {
        EXPECT_NE(text.find(std::string(to_string(static_cast<Rejection>(i)))), std::string::npos);
    }
    EXPECT_EQ(text.find("\"none\""), text.rfind("\"none\""));  // a match, and no rejection
    EXPECT_NE(text.find("\"uid_only\":5000,\"none\":8000}"), std::string::npos);
    EXPECT_NE(text.find("\"flows_expired\":{\"idle\":150000,\"active\":1000,"), std::string::npos);
}

TEST(StatisticsJson, SaysNothingOfVisibilityButThatItIsOff) {
    const std::string text = to_json(SensorStatistics{});
    EXPECT_NE(text.find("\"visibility\":{\"on\":false},\"processes\":[]"), std::string::npos);
}

TEST(StatisticsJson, SkipsWhatItDoesNotKnowAndKeepsWhatIsAbsent) {
    Result<SensorStatistics> read =
        statistics_of_json(R"({"sensor": "a", "later": [1, {"x": null}]})");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read.value().sensor, "a");
    EXPECT_TRUE(read.value().config.last_reload_successful);
}

TEST(StatisticsJson, ReplacesWhatIsNoUtf8) {
    SensorStatistics statistics;
    statistics.sensor = "a\xff"
                        "b";
    Result<SensorStatistics> back = statistics_of_json(to_json(statistics));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(
        back.value().sensor,
        "a\xef\xbf\xbd"
        "b"
    );
}

struct Wrong {
    const char* text;
    const char* problem;  // a part of what is said
};

TEST(StatisticsJson, SaysWhatIsWrongAndWhere) {
    const std::vector<Wrong> rows{
        {"", "not JSON"},
        {"{", "not JSON"},
        {"\xff\xfe", "not JSON"},
        {"{\"sensor\": \"\xff\"}", "not JSON"},
        {"[]", "$: not an object"},
        {"null", "$: not an object"},
        {R"({"sensor": 1})", "$.sensor: not a text"},
        {R"({"state": "asleep"})", "$.state: none of starting, running, reloading, stopping"},
        {R"({"state": 1})", "$.state: none of"},
        {R"({"time_ms": 9223372036854775808})", "$.time_ms: not a whole number"},
        {R"({"time_ms": 1.5})", "$.time_ms: not a whole number"},
        {R"({"inputs": {}})", "$.inputs: not a list"},
        {R"({"inputs": [{"name": 1}]})", "$.inputs[0].name: not a text"},
        {R"({"inputs": [{"interfaces": [{"up": 1}]}]})", "$.inputs[0].interfaces[0].up: neither"},
        {R"({"workers": [{"worker": 4294967296}]})",
         "$.workers[0].worker: not a whole number from 0 to 4294967295"},
        {R"({"workers": [{"counters": {"packets_read": -1}}]})",
         "packets_read: not a whole number"},
        {R"({"workers": [{"counters": {"packets_read": 18446744073709551616}}]})", "packets_read"},
        {R"({"workers": [{"counters": {"rejected": {"arp": "1"}}}]})", "rejected.arp: not a whole"},
        {R"({"workers": [{"counters": {"rejected": [1]}}]})", "rejected: not an object"},
        {R"({"sinks": [{"records_dropped": 1}]})", "records_dropped: not an object"},
        {R"({"http": {"requests": {"2xx": 1}}})", "$.http.requests.2xx: its name is no whole"},
        {R"({"http": {"requests": {"200": "1"}}})", "$.http.requests.200: not a whole number"},
        {R"({"process": {"cpu_seconds": null}})", "cpu_seconds: not a number"},
    };
    for (const Wrong& row : rows) {
        EXPECT_NE(problem_of(row.text).find(row.problem), std::string::npos)
            << row.text << ": " << problem_of(row.text);
    }
}

TEST(StatisticsJson, RefusesDepthBeforeItReads) {
    for (const char* open : {"[", "{\"a\":"}) {
        std::string text;
        for (int i = 0; i < 1'000'000; ++i) {
            text += open;
        }
        EXPECT_NE(problem_of(text).find("deeper"), std::string::npos);
    }
    // Brackets in a text are no depth, whatever stands before its quotes.
    EXPECT_EQ(problem_of(R"({"sensor": "\"[[[[[[[[[[[[[[[[[[[[[[\\"})"), "");
}

TEST(StatisticsJson, RefusesFlowsWithoutTwoDirections) {
    for (const char* packets : {"[]", "[1]", "[1,2,3]", "1", "[1,\"2\"]"}) {
        const std::string text = std::string(R"({"flows": [{"packets": )") + packets + "}]}";
        EXPECT_FALSE(flows_of_json(text)) << text;
    }
}

// Whatever is cut or changed in an answer, it is read or refused.
TEST(StatisticsJson, SurvivesEveryCutAndManyChanges) {
    const std::string whole = to_json(test::flows_sample());
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_FALSE(flows_of_json(whole.substr(0, length))) << length;
    }
    std::size_t refused = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const char character : {'"', '{', ']', '\\', '-', '\0', '\xff', 'e'}) {
            std::string changed = whole;
            changed[at] = character;
            refused += flows_of_json(changed) ? 0U : 1U;
        }
    }
    EXPECT_GT(refused, whole.size());
}

}  // namespace
}  // namespace flowgauge
