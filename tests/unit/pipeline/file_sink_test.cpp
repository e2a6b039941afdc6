#include "pipeline/file_sink.h"

#include "pipeline/export_line.h"
#include "tests/support/plain_packet.h"
#include "tests/support/small_file_system.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>

namespace flowgauge {
namespace {

using std::chrono::seconds;
using test::TestDirectory;

TEST(FileSink, RotatesAndKeepsAsTheSettingsSay) {
    FileSinkSettings settings;
    settings.rotate_every = seconds(60);
    settings.rotate_size = 1000;
    settings.keep = 5;
    settings.rotate_files = 3;
    EXPECT_EQ(rotation_of(settings).rotate_every, seconds(60));
    EXPECT_EQ(rotation_of(settings).rotate_size, 1000U);
    EXPECT_EQ(rotation_of(settings).keep, 5U);  // rotate_files counts with flows_per_file only
    settings.flows_per_file = 10;
    EXPECT_EQ(rotation_of(settings).keep, 3U);
    settings.keep = 2;
    EXPECT_EQ(rotation_of(settings).keep, 2U);
    settings.keep = 0;
    EXPECT_EQ(rotation_of(settings).keep, 3U);
}

TEST(FileSink, QueueTakesNoMoreThanItsMemory) {
    constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
    for (const std::uint32_t workers : {1U, 2U, 3U, 8U}) {
        for (const std::size_t cold : {0U, 32U, 176U, 5000U}) {
            const std::size_t records = queue_records(kMebibyte * 4, cold, workers);
            EXPECT_EQ(records & (records - 1), 0U);
            EXPECT_LE(records * workers * (sizeof(Flow) + cold), kMebibyte * 4);
            EXPECT_GT(2 * records * workers * (sizeof(Flow) + cold), kMebibyte * 4);
        }
    }
    EXPECT_EQ(queue_records(0, 0, 8), 64U);
    EXPECT_EQ(queue_records(kMebibyte << 20, 0, 1), ShardOptions{}.records_under_way_max);
}

TEST(FileSink, RefusesATableAndNamesTheSinkThatFails) {
    Settings settings;
    settings.sinks.push_back({.name = "disk", .encoder = {}, .path = "/nonexistent/x.csv"});
    Result<std::unique_ptr<ExportLine>> line = ExportLine::open(settings, 1, RowOrder::kAsTheyCome);
    ASSERT_FALSE(line.has_value());
    EXPECT_TRUE(line.error().message.starts_with(
        "sink disk: /nonexistent/x.csv: directory /nonexistent: No such file or directory"
    )) << line.error().message;
    settings.sinks.front().encoder.format = RecordFormat::kTable;
    line = ExportLine::open(settings, 1, RowOrder::kAsTheyCome);
    ASSERT_FALSE(line.has_value());
    EXPECT_EQ(line.error().kind, ErrorKind::kUsage);
}

TEST(FileSink, ExportLineWritesItsRecordsThere) {
    const TestDirectory directory;
    Settings settings;
    settings.meter.dissection.enabled = false;
    settings.output.path = directory.file("unused");
    settings.sinks.push_back(
        {.name = "disk",
         .encoder = {},
         .columns = "id,src_port",
         .path = directory.file("x.csv"),
         .flows_per_file = 1}
    );
    Result<std::unique_ptr<ExportLine>> line =
        ExportLine::open(settings, 1, RowOrder::kByMomentAndKey);
    ASSERT_TRUE(line.has_value());
    MeterLane& lane = line.value()->lane(0);
    for (const char* source : {"10.0.0.1:1000", "10.0.0.1:2000", "10.0.0.1:3000"}) {
        lane.shard().add(test::udp_packet(source, "10.0.0.2:53"));
    }
    lane.finish(0, EndReason::kEndOfInput);
    ASSERT_TRUE(line.value()->join().has_value());
    const SinkReading reading = line.value()->read_sink();
    EXPECT_EQ(reading.records_in, 3U);
    EXPECT_EQ(reading.output.records_acknowledged, 3U);
    EXPECT_EQ(reading.records_queued, 0U);
    EXPECT_EQ(reading.output.files_finished, 3U);
    EXPECT_EQ(line.value()->sink_problem(), "");
    std::string rows;
    for (const auto& [name, content] : directory.files()) {
        EXPECT_TRUE(name.starts_with("x-2")) << name;
        EXPECT_TRUE(content.starts_with("id,src_port\n")) << content;
        rows += content.substr(12);
    }
    EXPECT_EQ(rows, "0,1000\n1,2000\n2,3000\n");
}

TEST(FileSink, SaysWhyItDoesNotWork) {
    const TestDirectory directory;
    std::filesystem::create_directory(directory.file("logs"));
    const auto problem = std::make_shared<SinkProblem>();
    FileSinkSettings settings;
    settings.name = "disk";
    settings.path = directory.file("logs/x.csv");
    settings.rotate_size = 1000;
    Result<std::unique_ptr<Transport>> file = make_file_transport(settings, problem);
    ASSERT_TRUE(file.has_value());
    file.value()->begin("head\n");
    std::filesystem::remove(directory.file("logs"));
    const std::uint32_t end = 4;
    const RecordBatch batch{.bytes = "row\n", .ends = std::span(&end, 1)};
    ASSERT_TRUE(file.value()->write(batch).has_value());
    EXPECT_TRUE(problem->text().starts_with(directory.file("logs") + ": No such file"))
        << problem->text();
    std::filesystem::create_directory(directory.file("logs"));
    file.value()->reopen();
    ASSERT_TRUE(file.value()->write(batch).has_value());
    EXPECT_EQ(problem->text(), "");
    EXPECT_EQ(file.value()->numbers().records_acknowledged, 1U);
}

}  // namespace
}  // namespace flowgauge
