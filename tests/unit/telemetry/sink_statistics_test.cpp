#include "telemetry/sink_statistics.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace flowgauge {
namespace {

TEST(SinkStatistics, TakesOverAllNumbersWithEachReason) {
    SinkReading reading{.records_in = 30, .records_queued = 4, .queue_capacity = 64, .output = {}};
    reading.output.records_acknowledged = 20;
    reading.output.dropped[RecordLoss::kQueueFull] = 3;
    reading.output.dropped[RecordLoss::kDiskLow] = 2;
    reading.output.dropped[RecordLoss::kOutputFailed] = 1;
    reading.output.bytes_written = 5;
    reading.output.files_opened = 6;
    reading.output.files_finished = 7;
    reading.output.files_removed = 8;
    reading.output.files_recovered = 9;
    reading.output.errors = 10;
    reading.output.last_success_ms = 11;
    reading.output.working = 0;
    SinkStatistics statistics;
    set_numbers(statistics, reading);
    EXPECT_EQ(statistics.records_in, 30U);
    EXPECT_EQ(statistics.records_acknowledged, 20U);
    const std::map<std::string, std::uint64_t> dropped{
        {"queue_full", 3}, {"output_failed", 1}, {"disk_low", 2}, {"max_nflows", 0}};
    EXPECT_EQ(statistics.records_dropped, dropped);
    EXPECT_EQ(statistics.records_queued, 4U);
    EXPECT_EQ(statistics.queue_capacity, 64U);
    EXPECT_EQ(statistics.bytes_written, 5U);
    EXPECT_EQ(statistics.files_opened, 6U);
    EXPECT_EQ(statistics.files_finished, 7U);
    EXPECT_EQ(statistics.files_removed, 8U);
    EXPECT_EQ(statistics.files_recovered, 9U);
    EXPECT_EQ(statistics.errors, 10U);
    EXPECT_EQ(statistics.last_success_ms, 11);
    EXPECT_FALSE(statistics.working);
}

}  // namespace
}  // namespace flowgauge
