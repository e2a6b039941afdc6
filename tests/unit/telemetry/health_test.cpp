#include "telemetry/health.h"

#include "tests/support/sensor_sample.h"

#include <gtest/gtest.h>

namespace flowgauge {
namespace {

TEST(Health, IsGoodWhileAllWorkersTurn) {
    SensorStatistics statistics = test::sensor_sample();
    for (WorkerStatistics& worker : statistics.workers) {
        worker.stalled = false;
    }
    const HealthAnswer answer = health_of(statistics);
    EXPECT_TRUE(answer.good);
    EXPECT_EQ(answer.body, "{\"healthy\":true,\"state\":\"running\",\"reasons\":[]}\n");
}

TEST(Health, NamesAWorkerThatStandsStill) {
    const HealthAnswer answer = health_of(test::sensor_sample());
    EXPECT_FALSE(answer.good);
    EXPECT_EQ(
        answer.body,
        "{\"healthy\":false,\"state\":\"running\",\"reasons\":[\"worker 1 of input edge stands "
        "still\"]}\n"
    );
}

TEST(Readiness, SaysWhatIsMissing) {
    SensorStatistics statistics;
    statistics.state = SensorState::kStarting;
    statistics.not_ready = {"input edge waits for eth\xFF"};
    HealthAnswer answer = readiness_of(statistics);
    EXPECT_FALSE(answer.good);
    EXPECT_EQ(
        answer.body,
        "{\"ready\":false,\"state\":\"starting\",\"reasons\":[\"it is starting\",\"input edge "
        "waits for eth\xEF\xBF\xBD\"]}\n"
    );
    statistics.state = SensorState::kRunning;
    statistics.not_ready.clear();
    answer = readiness_of(statistics);
    EXPECT_TRUE(answer.good);
    EXPECT_EQ(answer.body, "{\"ready\":true,\"state\":\"running\",\"reasons\":[]}\n");
}

}  // namespace
}  // namespace flowgauge
