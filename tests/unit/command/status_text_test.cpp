#include "command/status_text.h"

#include "tests/support/sensor_sample.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace flowgauge {
namespace {

std::string recorded(const std::string& name) {
    std::ifstream file(std::string(FLOWGAUGE_TEST_SUPPORT) + "/screens/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string shown(const SensorStatistics& before, const SensorStatistics& now) {
    return status_text(before, now, {});
}

TEST(StatusText, ShowsEverythingOfATroubledSensor) {
    EXPECT_EQ(
        shown(test::sensor_sample(), test::sensor_sample_after(2)), recorded("status_troubled.txt")
    );
}

TEST(StatusText, IsShortForASensorThatJustStarted) {
    SensorStatistics statistics;
    statistics.state = SensorState::kStarting;
    statistics.sensor = "gate-1";
    statistics.version = "0.1.0";
    statistics.ndpi_version = "4.2.0";
    statistics.start_ms = 1'700'000'000'000;
    statistics.time_ms = statistics.start_ms + 500;
    statistics.config.last_reload_ms = statistics.start_ms;
    InputStatistics input;
    input.name = "edge";
    input.source = "auto";
    input.problem = "no interface yet; waiting";
    statistics.inputs.push_back(input);
    EXPECT_EQ(shown(statistics, statistics), recorded("status_started.txt"));
}

TEST(StatusText, SaysNothingOfProcessesWhereNobodyLooksForThem) {
    SensorStatistics now = test::sensor_sample();
    EXPECT_NE(shown(now, now).find("\nProcesses\n"), std::string::npos);
    now.visibility.state.on = false;
    EXPECT_EQ(shown(now, now).find("Processes"), std::string::npos);
}

TEST(StatusText, SaysWhatIsInForceAndWhatIsNotAllowed) {
    SensorStatistics now = test::sensor_sample();
    now.visibility.poller.period_ns = now.visibility.poller.period_set_ns;
    now.visibility.poller.events_lost = 0;
    now.visibility.state.notes = {"no \x1b rights"};
    const std::string text = shown(now, now);
    EXPECT_NE(
        text.find("  sockets from sock_diag, events off; every 100ms; the last look took 7ms\n"),
        std::string::npos
    ) << text;
    EXPECT_NE(text.find("\n  no \\x1b rights\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("events lost"), std::string::npos) << text;
    EXPECT_NE(text.find("  flows known          760,000   98.3%"), std::string::npos) << text;
}

TEST(StatusText, HasNoRatesAcrossARestart) {
    SensorStatistics now = test::sensor_sample_after(5);
    now.start_ms = now.time_ms - 1000;
    const std::string text = shown(test::sensor_sample(), now);
    EXPECT_EQ(text.find("/s\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("/s "), std::string::npos) << text;
    EXPECT_NE(text.find("CPU -"), std::string::npos) << text;
}

TEST(StatusText, KeepsItsColorsForATerminal) {
    const SensorStatistics now = test::sensor_sample();
    EXPECT_EQ(shown(now, now).find('\x1b'), std::string::npos);
    const std::string text = status_text(now, now, {.color = true});
    EXPECT_NE(text.find("\x1b[1;31mnot ready\x1b[0m\n"), std::string::npos) << text;
    std::string plain = text;
    for (std::size_t at = plain.find('\x1b'); at != std::string::npos; at = plain.find('\x1b')) {
        plain.erase(at, plain.find('m', at) - at + 1);
    }
    EXPECT_EQ(plain, shown(now, now));
}

TEST(StatusText, LetsNothingFromOutsideSteerTheTerminal) {
    SensorStatistics now = test::sensor_sample();
    const std::string evil = "\x1b]0;x\x07\n\xc2\x9b";
    now.sensor = now.version = now.ndpi_version = evil;
    now.not_ready = now.missing_rights = now.config.restart_keys = {evil};
    now.config.path = now.config.problem = evil;
    for (InputStatistics& input : now.inputs) {
        input.name = input.source = input.filter = input.problem = evil;
        for (InterfaceStatistics& interface : input.interfaces) {
            interface.name = evil;
            interface.hints = {evil};
        }
    }
    for (SinkStatistics& sink : now.sinks) {
        sink.name = sink.type = sink.destination = sink.problem = evil;
        sink.records_dropped[evil] = 3;
    }
    for (WorkerStatistics& worker : now.workers) {
        worker.input = evil;
        worker.stalled = true;
    }
    now.messages.at(0).severity = now.messages.at(0).text = evil;
    for (const char character : shown(now, now)) {
        EXPECT_TRUE(character == '\n' || (character >= ' ' && character < '\x7f'));
    }
}

TEST(StatusText, ShowsWhatAProducerSaysAndWhatWasShortened) {
    SensorStatistics now = test::sensor_sample();
    EXPECT_EQ(shown(now, now).find("brokers"), std::string::npos);
    EXPECT_EQ(shown(now, now).find("shortened"), std::string::npos);
    now.sinks.at(0).records_shortened = 1234;
    now.sinks.at(0).producer = {
        .messages_waiting = 5678,
        .brokers = 3,
        .brokers_up = 2,
        .round_trip_us = 1500,
        .round_trip_p99_us = 9000,
        .producers = 1};
    const std::string text = shown(now, now);
    EXPECT_NE(
        text.find("  brokers: 2 of 3 connected, round trip 1.5 ms (99%: 9.0 ms), 5,678 messages "
                  "waiting\n"),
        std::string::npos
    ) << text;
    EXPECT_NE(text.find("  shortened              1,234"), std::string::npos) << text;
}

TEST(StatusText, NamesTheLargestReasonsAndSumsUpTheRest) {
    SensorStatistics now = test::sensor_sample();
    now.workers.resize(1);
    RejectionCounts& rejected = now.workers.at(0).counters.rejected;
    rejected = {};
    const Rejection reasons[] = {
        Rejection::kArp,
        Rejection::kLlc,
        Rejection::kNotIp,
        Rejection::kFilter,
        Rejection::kTruncatedIp,
        Rejection::kMalformedIp};
    std::uint64_t count = 1;
    for (const Rejection reason : reasons) {
        rejected.add(reason, count++);
    }
    rejected.add(Rejection::kReassembledFragment, 1'000'000);
    const std::string text = shown(now, now);
    EXPECT_NE(
        text.find("malformed_ip 6, truncated_ip 5, filter 4, not_ip 3, 2 more 3\n"),
        std::string::npos
    ) << text;
    EXPECT_EQ(text.find("reassembled"), std::string::npos) << text;
}

}  // namespace
}  // namespace flowgauge
