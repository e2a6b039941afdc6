#include "pipeline/run_summary.h"

#include <gtest/gtest.h>

#include <string>

namespace flowgauge {
namespace {

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

RunSummary example() {
    RunSummary summary;
    summary.packets_read = 1'234'567;
    summary.rejected.add(Rejection::kArp, 7);
    ShardCounters shard;
    shard.packets_in_flows = 1'234'560;
    shard.flows_created = 10;
    shard.flows_expired[static_cast<std::size_t>(EndReason::kIdle)] = 6;
    shard.flows_expired[static_cast<std::size_t>(EndReason::kEndOfInput)] = 4;
    summary.add(shard);
    summary.seconds = 2;
    return summary;
}

TEST(RunSummary, WritesTheCountersAsJson) {
    const std::string json = to_json(example());
    EXPECT_TRUE(contains(json, "\"packets_read\": 1234567")) << json;
    EXPECT_TRUE(contains(json, "\"packets_in_flows\": 1234560")) << json;
    EXPECT_TRUE(contains(json, "\"packets_rejected\": {\"arp\": 7}")) << json;
    EXPECT_TRUE(contains(json, "\"flows_expired\": {\"idle\": 6, \"end_of_input\": 4}")) << json;
    EXPECT_FALSE(contains(json, "capture_dropped_packets")) << json;
    EXPECT_EQ(json.back(), '\n');
}

TEST(RunSummary, NamesKernelDropsOnlyWhereThereIsAKernelQueue) {
    RunSummary summary = example();
    summary.capture_dropped = 0;
    EXPECT_TRUE(contains(to_json(summary), "\"capture_dropped_packets\": 0"));
    EXPECT_TRUE(contains(to_text(summary), "dropped by the kernel"));
}

TEST(RunSummary, CountsDiscardedFlowsUnderMaxNflows) {
    RunSummary summary = example();
    SinkCounters sink;
    sink.records_acknowledged = 7;
    sink.records_discarded = 3;
    sink.packets_discarded = 30;
    sink.discarded_by_reason[static_cast<std::size_t>(EndReason::kEndOfInput)] = 3;
    summary.add({.name = "disk", .counters = sink});
    const std::string json = to_json(summary);
    EXPECT_TRUE(
        contains(json, "\"flows_expired\": {\"idle\": 6, \"end_of_input\": 1, \"max_nflows\": 3}")
    ) << json;
    EXPECT_TRUE(contains(json, "\"flows\": 7")) << json;
    EXPECT_TRUE(contains(json, "\"flows_discarded\": 3")) << json;
    EXPECT_EQ(summary.shards.expired(), 10U);
}

// One sink needs no name; with several each says which it is.
TEST(RunSummary, TellsSinksApart) {
    RunSummary summary = example();
    SinkCounters disk;
    disk.records_acknowledged = 10;
    summary.add({.name = "disk", .counters = disk});
    EXPECT_TRUE(contains(to_text(summary), "  flows written   ")) << to_text(summary);
    SinkCounters siem;
    siem.records_acknowledged = 4;
    siem.records_filtered = 3;
    siem.records_stored = 2;
    summary.add({.name = "si\"em", .counters = siem, .records_queue_full = 1});
    const std::string text = to_text(summary);
    EXPECT_TRUE(contains(text, "flows written: disk")) << text;
    EXPECT_TRUE(contains(text, "flows not wanted: si\"em")) << text;
    EXPECT_TRUE(contains(text, "flows in the spool: si\"em")) << text;
    EXPECT_TRUE(contains(text, "flows lost on the way out: si\"em")) << text;
    const std::string json = to_json(summary);
    EXPECT_TRUE(contains(
        json,
        "\"sinks\": [{\"name\": \"disk\", \"written\": 10, \"filtered\": 0, \"dropped\": 0, "
        "\"spooled\": 0}, {\"name\": \"si\\\"em\", \"written\": 4, \"filtered\": 3, "
        "\"dropped\": 1, \"spooled\": 2}]"
    )) << json;
    EXPECT_TRUE(contains(json, "\"records_dropped\": 1")) << json;
}

TEST(RunSummary, IsReadableForPeople) {
    const std::string text = to_text(example());
    EXPECT_TRUE(contains(text, "1,234,567")) << text;
    EXPECT_TRUE(contains(text, "arp")) << text;
    EXPECT_TRUE(contains(text, "617,283 packets a second")) << text;
}

}  // namespace
}  // namespace flowgauge
