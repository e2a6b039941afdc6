// Columns of extensions in Parquet files: values that may be missing, lists of texts.
#include "core/base/utf8_text.h"
#include "export/parquet/parquet_encoder.h"
#include "export/parquet/parquet_framing.h"
#include "tests/support/fake_part.h"
#include "tests/support/made_record.h"
#include "tests/support/parquet_reader.h"
#include "tests/support/plain_packet.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowgauge {
namespace {

using test::FakeValues;
using test::ParquetTable;
using test::ParquetValue;

constexpr int kRows = 200;

std::vector<const Column*> extension_columns(const RecordExtension& extension) {
    std::vector<const Column*> columns;
    for (const Column& column : extension.columns()) {
        columns.push_back(&column);
    }
    return columns;
}

// Rows of flows from port 0 on.
std::string file_of(const ParquetOptions& options) {
    MeterOptions meter;
    meter.extension = test::fake_extension();
    const RecordContext context = test::context_of(meter, nullptr);
    ParquetEncoder encoder(options, extension_columns(*meter.extension), TimeUnit::kMilliseconds);
    Block block;
    block.preamble = make_preamble(encoder.preamble());
    for (int port = 0; port < kRows; ++port) {
        const test::MadeRecord record(
            meter,
            std::vector<Packet>{test::udp_packet("10.0.0.1:" + std::to_string(port), "10.0.0.2:53")}
        );
        EXPECT_TRUE(encoder.encode(record.view(context), block));
    }
    encoder.finish(block);
    ParquetFraming framing;
    framing.begin(block.preamble);
    std::string file(
        framing.frame({.block = block, .first = 0, .count = block.units.size()}, 0, SteadyTime{})
    );
    file += framing.end(file.size());
    return file;
}

template <typename Value>
ParquetValue or_none(const std::optional<Value>& value) {
    return value ? ParquetValue(*value) : ParquetValue(std::monostate());
}

std::string mended(const std::string& text) {
    std::string out;
    append_utf8(out, text);
    return out;
}

std::vector<ParquetValue> expected_row(std::uint64_t number) {
    FakeValues values(number);
    if (values.word) {
        values.word = mended(*values.word);
    }
    if (values.words) {
        for (std::string& word : *values.words) {
            word = mended(word);
        }
    }
    return {
        or_none(values.count),
        or_none(values.change),
        or_none(values.ratio),
        or_none(values.word),
        or_none(values.steps),
        or_none(values.words)};
}

TEST(ParquetExtension, ReadsBackAsItWasWritten) {
    for (const ParquetOptions& options :
         {ParquetOptions{.compression = Compression::kNone},
          ParquetOptions{.compression = Compression::kZstd, .rows_max = 7},
          ParquetOptions{.compression = Compression::kGzip, .rows_max = 1}}) {
        const ParquetTable table = test::read_parquet(file_of(options));
        ASSERT_EQ(table.problem, "");
        ASSERT_EQ(table.columns.size(), 6U);
        EXPECT_EQ(table.names.back(), "udps.fake_words");
        for (std::size_t column = 0; column < table.columns.size(); ++column) {
            ASSERT_EQ(table.columns[column].size(), std::size_t{kRows});
            for (std::size_t row = 0; row < kRows; ++row) {
                EXPECT_EQ(table.columns[column][row], expected_row(row)[column])
                    << table.names[column] << " " << row;
            }
        }
    }
}

TEST(ParquetExtension, HasColumnsThatAreEmptyThroughout) {
    const auto column = [](ColumnType type) {
        return Column{
            .name = "udps.x",
            .type = type,
            .unit = "",
            .presence = Presence::kAlways,
            .nfstream = true,
            .meaning = "",
            .read = [](const RecordView& /*view*/, ValueSink& out) { out.absent(); },
            .optional = true};
    };
    const std::vector<Column> columns{column(ColumnType::kReal), column(ColumnType::kTexts)};
    ParquetEncoder encoder({}, {&columns[0], &columns[1]}, TimeUnit::kMilliseconds);
    const FlowRecord record;
    const RecordContext context;
    Block block;
    block.preamble = make_preamble(encoder.preamble());
    for (std::uint64_t i = 0; i < 3; ++i) {
        ASSERT_TRUE(encoder.encode({.record = record, .context = context, .id = i}, block));
    }
    encoder.finish(block);
    ParquetFraming framing;
    framing.begin(block.preamble);
    std::string file(
        framing.frame({.block = block, .first = 0, .count = block.units.size()}, 0, SteadyTime{})
    );
    file += framing.end(file.size());
    const ParquetTable table = test::read_parquet(file);
    EXPECT_EQ(table.problem, "");
    const std::vector<ParquetValue> nothing(3, std::monostate());
    EXPECT_EQ(table.columns, (std::vector{nothing, nothing}));
}

// What a torn file is recovered by.
TEST(ParquetExtension, SaysInThePreambleWhatMayBeMissing) {
    const ParquetSchema schema{
        .compression = Compression::kGzip,
        .columns = {
            {.name = "a", .kind = ParquetKind::kTexts, .optional = true},
            {.name = "b", .kind = ParquetKind::kTexts},
            {.name = "c", .kind = ParquetKind::kUnsigned, .optional = true}}};
    const auto read = parse_parquet_schema(to_bytes(schema));
    ASSERT_TRUE(read);
    ASSERT_EQ(read->columns.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(read->columns[i].name, schema.columns[i].name);
        EXPECT_EQ(read->columns[i].kind, schema.columns[i].kind);
        EXPECT_EQ(read->columns[i].optional, schema.columns[i].optional);
    }
    std::string bad = to_bytes(schema);
    bad[7] = static_cast<char>(0x86);  // the kind of the first column
    EXPECT_FALSE(parse_parquet_schema(bad));
}

// Rows stay rows, whatever a column says.
TEST(ParquetExtension, TakesValuesOfAnotherTypeForTheNearestThing) {
    const std::vector<std::string_view> words{"a", "b"};
    const std::vector<std::int64_t> numbers{4, 5};
    for (const ParquetKind kind :
         {ParquetKind::kUnsigned,
          ParquetKind::kInteger,
          ParquetKind::kReal,
          ParquetKind::kText,
          ParquetKind::kList,
          ParquetKind::kTexts}) {
        for (const bool optional : {false, true}) {
            ColumnChunk chunk(kind, optional);
            chunk.append(std::uint64_t{1});
            chunk.append(std::int64_t{1});
            chunk.append(1.0);
            chunk.append(std::string_view("x"));
            chunk.append(words);
            chunk.append(numbers);
            chunk.append(std::span<const std::string_view>{});
            chunk.append(std::span<const std::int64_t>{});
            chunk.append_absent();
            EXPECT_EQ(chunk.rows(), 9U) << static_cast<int>(kind);
            EXPECT_GE(chunk.values(), 9U);
        }
    }
}

}  // namespace
}  // namespace flowgauge
