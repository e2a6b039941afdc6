#include "telemetry/sink_statistics.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace flowgauge {
namespace {

TEST(SinkStatistics, TakesOverAllNumbersWithEachReason) {
    SinkReading reading;
    reading.records_in = 30;
    reading.records_queued = 4;
    reading.queue_capacity = 64;
    reading.records_acknowledged = 20;
    reading.records_stored = 12;
    reading.dropped[RecordLoss::kQueueFull] = 3;
    reading.dropped[RecordLoss::kDiskLow] = 2;
    reading.dropped[RecordLoss::kOutputFailed] = 1;
    reading.store.records_recovered = 13;
    reading.store.bytes = 14;
    reading.store.bytes_max = 15;
    reading.store.corrupt_bytes = 16;
    reading.store.errors = 17;
    reading.output.connections = 18;
    reading.output.records_repeated = 19;
    reading.output.records_uncertain = 21;
    reading.output.records_skipped = 22;
    reading.output.bytes_written = 5;
    reading.output.files_opened = 6;
    reading.output.files_finished = 7;
    reading.output.files_removed = 8;
    reading.output.files_recovered = 9;
    reading.output.errors = 10;
    reading.output.last_success_ms = 11;
    reading.output.working = 0;
    reading.records_shortened = 23;
    reading.output.producer.brokers_up = 24;
    reading.output.producer.producers = 25;
    SinkStatistics statistics;
    set_numbers(statistics, reading);
    EXPECT_EQ(statistics.records_in, 30U);
    EXPECT_EQ(statistics.records_acknowledged, 20U);
    const std::map<std::string, std::uint64_t> dropped{
        {"filter", 0},
        {"queue_full", 3},
        {"spool_full", 0},
        {"spool_damaged", 0},
        {"output_failed", 1},
        {"disk_low", 2},
        {"too_long", 0},
        {"refused", 0},
        {"shutdown", 0},
        {"max_nflows", 0}};
    EXPECT_EQ(statistics.records_dropped, dropped);
    EXPECT_EQ(statistics.records_queued, 4U);
    EXPECT_EQ(statistics.queue_capacity, 64U);
    EXPECT_EQ(statistics.records_spooled, 12U);
    EXPECT_EQ(statistics.records_recovered, 13U);
    EXPECT_EQ(statistics.spool_bytes, 14U);
    EXPECT_EQ(statistics.spool_bytes_max, 15U);
    EXPECT_EQ(statistics.spool_corrupt_bytes, 16U);
    EXPECT_EQ(statistics.spool_errors, 17U);
    EXPECT_EQ(statistics.connections, 18U);
    EXPECT_EQ(statistics.records_repeated, 19U);
    EXPECT_EQ(statistics.records_uncertain, 21U);
    EXPECT_EQ(statistics.records_skipped, 22U);
    EXPECT_EQ(statistics.bytes_written, 5U);
    EXPECT_EQ(statistics.files_opened, 6U);
    EXPECT_EQ(statistics.files_finished, 7U);
    EXPECT_EQ(statistics.files_removed, 8U);
    EXPECT_EQ(statistics.files_recovered, 9U);
    EXPECT_EQ(statistics.errors, 10U);
    EXPECT_EQ(statistics.last_success_ms, 11);
    EXPECT_FALSE(statistics.working);
    EXPECT_EQ(statistics.records_shortened, 23U);
    EXPECT_EQ(statistics.producer.brokers_up, 24U);
    EXPECT_EQ(statistics.producer.producers, 25U);
}

}  // namespace
}  // namespace flowgauge
