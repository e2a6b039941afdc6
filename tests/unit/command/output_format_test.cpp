#include "command/output_format.h"

#include "command/read_progress.h"

#include <gtest/gtest.h>

namespace flowgauge {
namespace {

constexpr Terminal kTerminal{.present = true, .columns = 120, .unicode = true, .bold = true};
constexpr Terminal kPipe{};

RecordFormat format_of(Settings settings, const Terminal& out) {
    settle_format(settings, out, InputKind::kFiles);
    return settings.output.sink.encoder.format;
}

TEST(OutputFormat, IsATableOnATerminalAndCsvElsewhere) {
    Settings settings;
    EXPECT_EQ(format_of(settings, kTerminal), RecordFormat::kTable);
    EXPECT_EQ(format_of(settings, kPipe), RecordFormat::kCsv);
    settings.output.sink.file.path = "flows.csv";
    EXPECT_EQ(format_of(settings, kTerminal), RecordFormat::kCsv);
}

TEST(OutputFormat, IsCsvWhereItsColumnsOrItsDialectWereAskedFor) {
    Settings settings;
    settings.output.sink.columns = "src_ip";
    EXPECT_EQ(format_of(settings, kTerminal), RecordFormat::kCsv);
    settings = {};
    settings.output.sink.encoder.csv_dialect = CsvDialect::kNfstream;
    EXPECT_EQ(format_of(settings, kTerminal), RecordFormat::kCsv);
}

TEST(OutputFormat, IsWhatWasAskedFor) {
    Settings settings;
    settings.output.format_auto = false;
    for (const RecordFormat format :
         {RecordFormat::kCsv, RecordFormat::kJsonLines, RecordFormat::kTable}) {
        settings.output.sink.encoder.format = format;
        EXPECT_EQ(format_of(settings, kTerminal), format);
        EXPECT_EQ(format_of(settings, kPipe), format);
    }
}

TEST(OutputFormat, TellsTheTableItsTerminalAndItsLimits) {
    Settings settings;
    settings.max_nflows = 7;
    settings.capture.bpf_filter = "port 53";
    settings.meter.flow.accounting_mode = AccountingMode::kPayload;
    settle_format(settings, kTerminal, InputKind::kLive);
    const TableOptions& table = settings.output.sink.encoder.table;
    EXPECT_EQ(table.columns, 120);
    EXPECT_TRUE(table.unicode);
    EXPECT_TRUE(table.bold);
    EXPECT_TRUE(table.live);
    EXPECT_EQ(table.records_max, 7);
    EXPECT_EQ(
        table.notes,
        (std::vector<std::string>{
            "only packets that match: port 53", "bytes of payloads (--accounting-mode)"})
    );
    settings.output.sink.file.path = "table.txt";
    settle_format(settings, kTerminal, InputKind::kFiles);
    EXPECT_FALSE(settings.output.sink.encoder.table.bold);
    EXPECT_FALSE(settings.output.sink.encoder.table.live);
}

TEST(OutputFormat, LeavesTheTerminalToRowsOrToProgress) {
    Settings settings;
    settings.output.sink.encoder.format = RecordFormat::kTable;
    EXPECT_TRUE(shows_progress(settings, kTerminal, kTerminal));
    EXPECT_FALSE(shows_progress(settings, kTerminal, kPipe));
    settings.output.sink.encoder.format = RecordFormat::kCsv;
    EXPECT_FALSE(shows_progress(settings, kTerminal, kTerminal));
    EXPECT_TRUE(shows_progress(settings, kPipe, kTerminal));
    settings.output.progress = ProgressMode::kAlways;
    EXPECT_TRUE(shows_progress(settings, kTerminal, kPipe));
    settings.output.progress = ProgressMode::kNever;
    EXPECT_FALSE(shows_progress(settings, kPipe, kTerminal));
}

}  // namespace
}  // namespace flowgauge
