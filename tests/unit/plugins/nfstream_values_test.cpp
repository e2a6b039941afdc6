// The rows that NFStream 6.5.4 wrote with its plugins, in the folder that FLOWGAUGE_SHARED names,
// and ours of the same captures.
#include "capture/capture_file.h"
#include "core/extension/part_list.h"
#include "core/flow/packet_clock.h"
#include "core/meter/meter.h"
#include "core/packet/intake.h"
#include "core/record/column.h"
#include "extension/plugins/plugin.h"
#include "pipeline/extension_stage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

using Rows = std::vector<std::string>;

// A value as NFStream writes it, with None as nothing.
class NfstreamText final : public ValueSink {
public:
    void unsigned_integer(std::uint64_t value) override { row_ += std::to_string(value) + ","; }
    void integer(std::int64_t value) override { row_ += std::to_string(value) + ","; }
    void real(double value) override { row_ += std::to_string(value) + ","; }
    void text(std::string_view value) override { row_ += "\"" + std::string(value) + "\","; }
    void list(std::span<const std::int64_t> values) override {
        std::string members;
        for (const std::int64_t value : values) {
            members += (members.empty() ? "" : ", ") + std::to_string(value);
        }
        row_ += "\"[" + members + "]\",";
    }
    void texts(std::span<const std::string_view> values) override {
        std::string members;
        for (const std::string_view value : values) {
            members += (members.empty() ? "'" : ", '") + std::string(value) + "'";
        }
        row_ += "\"[" + members + "]\",";
    }
    void absent() override { row_ += ","; }

    [[nodiscard]] std::string take_row() {
        row_.pop_back();
        return std::exchange(row_, {});
    }

private:
    std::string row_;
};

// Keeps the text of each record and gives the record back.
class RowOutlet final : public RecordOutlet {
public:
    void attach(FlowShard& shard, std::vector<const Column*> columns, RecordContext context) {
        shard_ = &shard;
        columns_ = std::move(columns);
        context_ = std::move(context);
    }

    [[nodiscard]] bool emit(const FlowRecord& record) override {
        NfstreamText text;
        for (const Column* column : columns_) {
            column->read({.record = record, .context = context_}, text);
        }
        rows_.push_back(text.take_row());
        shard_->release(record);
        return true;
    }
    void reached(Tick /*moment*/) override {}

    [[nodiscard]] std::string header() const {
        std::string names;
        for (const Column* column : columns_) {
            names += (names.empty() ? "" : ",") + with_unit(column->name, context_.time_unit);
        }
        return names;
    }
    [[nodiscard]] const Rows& rows() const { return rows_; }

private:
    FlowShard* shard_ = nullptr;
    std::vector<const Column*> columns_;
    RecordContext context_;
    Rows rows_;
};

MeterOptions options_with(const PluginSettings& settings) {
    MeterOptions options;
    options.decode.fragments = FragmentPolicy::kFirstOnly;
    options.dissection.enabled = false;
    auto list = std::make_shared<PartList>();
    Result<std::unique_ptr<ExtensionPart>> part = make_plugin(settings, options);
    EXPECT_TRUE(part.has_value()) << part.error().message;
    const Result<void> added = list->add(std::move(part).value());
    EXPECT_TRUE(added.has_value());
    options.extension = std::move(list);
    return options;
}

void read_capture(const std::filesystem::path& path, const MeterOptions& options, FlowShard& to) {
    Result<std::unique_ptr<CaptureFile>> file = CaptureFile::open(path);
    ASSERT_TRUE(file.has_value()) << file.error().message;
    Intake intake(options.decode);
    PacketClock clock(options.flow.time_unit);
    Frame frame;
    while (file.value()->next(frame) == CaptureFile::Status::kFrame) {
        if (intake.decode(frame) == IntakeStep::kPacket && clock.stamp(intake.packet())) {
            to.add(intake.packet());
        }
    }
    to.finish(clock.now(), EndReason::kEndOfInput);
}

// Header and rows without their id, which is the order of the rows.
Rows without_ids(Rows lines) {
    for (std::string& line : lines) {
        line.erase(0, line.find(',') + 1);
    }
    std::sort(lines.begin() + 1, lines.end());
    return lines;
}

Rows ours(const std::filesystem::path& capture, const PluginSettings& settings) {
    const MeterOptions options = options_with(settings);
    Result<std::unique_ptr<FlowExtension>> extension = options.extension->open(0);
    EXPECT_TRUE(extension.has_value());
    RowOutlet rows;
    ExtensionStage stage(*extension.value(), rows);
    Result<std::unique_ptr<Meter>> meter =
        Meter::open(options, 10'000, {}, stage, extension.value().get());
    EXPECT_TRUE(meter.has_value());
    const RecordContext context{
        .layout = layout_of(options),
        .time_unit = options.flow.time_unit,
        .splt_analysis = options.splt_analysis,
        .application_names = nullptr};
    extension.value()->begin(context);
    FlowShard& shard = meter.value()->shard();
    rows.attach(shard, select_columns("nfstream", options).value(), context);
    read_capture(capture, options, shard);
    Rows lines = {rows.header()};
    lines.insert(lines.end(), rows.rows().begin(), rows.rows().end());
    return without_ids(std::move(lines));
}

Rows lines_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    Rows lines;
    for (std::string line; std::getline(file, line);) {
        lines.push_back(line);
    }
    return without_ids(std::move(lines));
}

std::filesystem::path shared_folder() {
    // Set once by whoever starts the tests. NOLINTNEXTLINE(concurrency-mt-unsafe): read only
    const char* set = std::getenv("FLOWGAUGE_SHARED");
    return set != nullptr ? std::filesystem::path(set)
                          : std::filesystem::path(__FILE__).parent_path() / "../../../../shared";
}

struct ExpectedFile {
    std::string capture;
    std::string variant;
    PluginSettings settings;
};

TEST(BuiltinPlugins, GiveTheRowsOfNfstream) {
    const std::vector<ExpectedFile> files = {
        {"dhcp.pcap", "DHCP", {.name = "dhcp", .builtin = "dhcp", .file = {}, .arguments = {}}},
        {"mdns.pcap", "MDNS", {.name = "mdns", .builtin = "mdns", .file = {}, .arguments = {}}},
        {"facebook.pcap", "JA4", {.name = "ja4", .builtin = "ja4", .file = {}, .arguments = {}}},
        {"facebook.pcap",
         "SPLT",
         {.name = "splt",
          .builtin = "splt",
          .file = {},
          .arguments = {{"sequence_length", "7"}, {"accounting_mode", "3"}}}},
        {"skype.pcap",
         "SLICER4",
         {.name = "slicer", .builtin = "flow_slicer", .file = {}, .arguments = {{"limit", "4"}}}}};
    const std::filesystem::path shared = shared_folder();
    for (const ExpectedFile& file : files) {
        const std::filesystem::path expected =
            shared / "nfstream-expected" / (file.capture + ".plugin_" + file.variant + ".csv");
        if (!std::filesystem::exists(expected)) {
            GTEST_SKIP() << "no " << expected << "; set FLOWGAUGE_SHARED to its folder";
        }
        EXPECT_EQ(ours(shared / "pcaps" / file.capture, file.settings), lines_of(expected))
            << expected;
    }
}

}  // namespace
}  // namespace flowgauge
