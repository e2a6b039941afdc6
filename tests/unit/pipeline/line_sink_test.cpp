#include "pipeline/line_sink.h"

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

TEST(LineSink, RotatesAndKeepsAsTheSettingsSay) {
    FileSettings settings;
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

TEST(LineSink, QueueTakesNoMoreThanItsMemory) {
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

SinkSettings file_sink(const std::string& name, const std::string& path) {
    SinkSettings sink;
    sink.name = name;
    sink.file.path = path;
    sink.file.min_free = 0;
    return sink;
}

TEST(LineSink, NamesTheSinkThatCannotBeOpened) {
    Settings settings;
    settings.sinks.push_back(file_sink("disk", "/nonexistent/x.csv"));
    Result<std::unique_ptr<ExportLine>> line = ExportLine::open(settings, 1, RowOrder::kAsTheyCome);
    ASSERT_FALSE(line.has_value());
    EXPECT_TRUE(line.error().message.starts_with(
        "sink disk: /nonexistent/x.csv: directory /nonexistent: No such file or directory"
    )) << line.error().message;
    settings.sinks.front() = file_sink("disk", "/tmp/x.csv");
    settings.sinks.front().when = "nope > 1";
    line = ExportLine::open(settings, 1, RowOrder::kAsTheyCome);
    ASSERT_FALSE(line.has_value());
    EXPECT_TRUE(line.error().message.starts_with("sink disk: when: at column 1: unknown column"))
        << line.error().message;
}

// Three flows of `packets` each through `settings`.
class ThreeFlows {
public:
    explicit ThreeFlows(Settings settings, std::size_t packets = 1) {
        settings.meter.dissection.enabled = false;
        Result<std::unique_ptr<ExportLine>> opened =
            ExportLine::open(settings, 1, RowOrder::kByMomentAndKey);
        if (!opened) {
            ADD_FAILURE() << opened.error().message;
            return;
        }
        line_ = std::move(opened).value();
        MeterLane& lane = line_->lane(0);
        for (const char* source : {"10.0.0.1:1000", "10.0.0.1:2000", "10.0.0.1:3000"}) {
            for (std::size_t i = 0; i < packets; ++i) {
                lane.shard().add(test::udp_packet(source, "10.0.0.2:53"));
            }
        }
        lane.finish(0, EndReason::kEndOfInput);
        EXPECT_TRUE(line_->join().has_value());
    }
    [[nodiscard]] ExportLine& line() { return *line_; }

private:
    std::unique_ptr<ExportLine> line_;
};

TEST(LineSink, WritesFilesAsTheSettingsSay) {
    const TestDirectory directory;
    Settings settings;
    settings.output.sink.file.path = directory.file("unused");
    settings.sinks.push_back(file_sink("disk", directory.file("x.csv")));
    settings.sinks.front().columns = "id,src_port";
    settings.sinks.front().file.flows_per_file = 1;
    ThreeFlows flows(settings);
    const SinkReading reading = flows.line().read_sink(0);
    EXPECT_EQ(reading.records_in, 3U);
    EXPECT_EQ(reading.records_acknowledged, 3U);
    EXPECT_EQ(reading.records_queued, 0U);
    EXPECT_EQ(reading.output.files_finished, 3U);
    EXPECT_EQ(flows.line().sink(0).problem->text(), "");
    std::string rows;
    for (const auto& [name, content] : directory.files()) {
        EXPECT_TRUE(name.starts_with("x-2")) << name;
        EXPECT_TRUE(content.starts_with("id,src_port\n")) << content;
        rows += content.substr(12);
    }
    EXPECT_EQ(rows, "0,1000\n1,2000\n2,3000\n");
}

// The early sequences of 200 packets are longer than a message.
TEST(LineSink, CountsWhatItsFormatShortens) {
    const TestDirectory directory;
    Settings settings;
    settings.meter.splt_analysis = 200;
    settings.meter.layer_octets = true;
    settings.sinks.push_back(file_sink("csv", directory.file("x.csv")));
    settings.sinks.push_back(file_sink("ipfix", directory.file("x.ipfix")));
    settings.sinks.back().encoder.format = RecordFormat::kIpfix;
    settings.sinks.back().ipfix.profile = IpfixProfile::kFull;
    settings.sinks.back().ipfix.message_size = 512;
    ThreeFlows flows(settings, 200);
    EXPECT_EQ(flows.line().read_sink(0).records_shortened, 0U);
    EXPECT_EQ(flows.line().read_sink(1).records_shortened, 3U);
    EXPECT_EQ(flows.line().read_sink(1).records_acknowledged, 3U);
}

// Each sink has its own columns, filter, pseudonyms and numbers.
TEST(LineSink, GivesEachSinkWhatItWants) {
    const TestDirectory directory;
    Settings settings;
    const auto add = [&](const std::string& name) -> SinkSettings& {
        settings.sinks.push_back(file_sink(name, directory.file(name)));
        settings.sinks.back().file.rotate_every = seconds(0);
        settings.sinks.back().file.rotate_size = 0;
        return settings.sinks.back();
    };
    add("all.csv").columns = "id,src_port";
    add("some.csv").columns = "id,src_port";
    settings.sinks.back().when = "src_port >= 2000";
    add("hidden.jsonl").columns = "src_ip,src_port";
    settings.sinks.back().encoder.format = RecordFormat::kJsonLines;
    settings.sinks.back().anonymize.columns = "src_ip";
    ThreeFlows flows(settings);
    const auto files = directory.files();
    EXPECT_EQ(files.at("all.csv"), "id,src_port\n0,1000\n1,2000\n2,3000\n");
    EXPECT_EQ(files.at("some.csv"), "id,src_port\n0,2000\n1,3000\n");
    EXPECT_EQ(files.at("hidden.jsonl").find("10.0.0.1"), std::string::npos);
    EXPECT_EQ(flows.line().read_sink(1).dropped[RecordLoss::kFilter], 1U);
    RunSummary summary;
    flows.line().sum_up(summary);
    ASSERT_EQ(summary.sinks.size(), 3U);
    EXPECT_EQ(summary.sinks[1].counters.records_filtered, 1U);
    EXPECT_EQ(summary.sinks[1].lost(), 0U);
    EXPECT_EQ(summary.sinks[2].counters.records_acknowledged, 3U);
}

}  // namespace
}  // namespace flowgauge
