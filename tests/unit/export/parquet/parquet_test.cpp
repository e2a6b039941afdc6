#include "core/base/utf8_text.h"
#include "export/disk/waiting_writer.h"
#include "export/file/rotating_file.h"
#include "export/parquet/parquet_encoder.h"
#include "export/parquet/parquet_framing.h"
#include "tests/support/hostile_text.h"
#include "tests/support/parquet_reader.h"
#include "tests/support/small_file_system.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using test::ParquetTable;
using test::ParquetValue;
using test::TestDirectory;

using List = std::vector<std::int64_t>;

const std::string kText("a\"b,c\nd\0\xc3\xa9", 10);

// What the columns below give for a row.
struct Expected {
    static std::uint64_t large(std::uint64_t id) {
        return std::numeric_limits<std::uint64_t>::max() - id;
    }
    static std::int64_t negative(std::uint64_t id) { return -static_cast<std::int64_t>(id); }
    static double real(std::uint64_t id) { return static_cast<double>(id) / 3; }
    static std::string text(std::uint64_t id) { return kText + std::to_string(id); }
    static List list(std::uint64_t id) {
        List made;
        for (std::uint64_t i = 0; i < id % 4; ++i) {
            made.push_back(static_cast<std::int64_t>(id * i) - 5);
        }
        return made;
    }
};

Column column(std::string_view name, ColumnType type, ColumnReader read) {
    return {
        .name = name,
        .type = type,
        .unit = "",
        .presence = Presence::kAlways,
        .nfstream = false,
        .meaning = "",
        .read = read};
}

const std::vector<Column>& columns() {
    static const std::vector<Column> kColumns{
        column(
            "large",
            ColumnType::kUnsigned,
            [](const RecordView& view, ValueSink& out) {
                out.unsigned_integer(Expected::large(view.id));
            }
        ),
        column(
            "negative_{unit}",
            ColumnType::kInteger,
            [](const RecordView& view, ValueSink& out) { out.integer(Expected::negative(view.id)); }
        ),
        column(
            "real",
            ColumnType::kReal,
            [](const RecordView& view, ValueSink& out) { out.real(Expected::real(view.id)); }
        ),
        column(
            "text",
            ColumnType::kText,
            [](const RecordView& view, ValueSink& out) { out.text(Expected::text(view.id)); }
        ),
        column(
            "address",
            ColumnType::kAddress,
            [](const RecordView& /*view*/, ValueSink& out) { out.address(IpAddress{}, 6); }
        ),
        column(
            "list",
            ColumnType::kList,
            [](const RecordView& view, ValueSink& out) { out.list(Expected::list(view.id)); }
        ),
        column("broken", ColumnType::kText, [](const RecordView& /*view*/, ValueSink& out) {
            out.text("a\xff\xe2\x82z");
        })};
    return kColumns;
}

std::vector<const Column*> pointers() {
    std::vector<const Column*> made;
    for (const Column& each : columns()) {
        made.push_back(&each);
    }
    return made;
}

// Blocks of `rows` rows, as an encoder of row groups of three rows gives them.
class ParquetTest : public ::testing::Test {
protected:
    [[nodiscard]] static ParquetEncoder encoder(const ParquetOptions& options) {
        return {options, pointers(), TimeUnit::kMilliseconds};
    }
    static Block encoded(ParquetEncoder& encoder, std::uint64_t first, std::uint64_t behind) {
        const FlowRecord record;
        const RecordContext context;
        Block block;
        block.preamble = make_preamble(encoder.preamble());
        for (std::uint64_t id = first; id < behind; ++id) {
            EXPECT_TRUE(encoder.encode({.record = record, .context = context, .id = id}, block));
        }
        return block;
    }
    static std::string file_of(const Block& block) {
        ParquetFraming framing;
        EXPECT_TRUE(framing.accepts(*block.preamble));
        framing.begin(block.preamble);
        std::string file(framing.frame(
            {.block = block, .first = 0, .count = block.units.size()}, 0, SteadyTime{}
        ));
        file += framing.end(file.size());
        return file;
    }
    static void expect_rows(const ParquetTable& table, std::uint64_t first, std::uint64_t behind) {
        EXPECT_EQ(table.problem, "");
        EXPECT_EQ(
            table.names,
            (std::vector<std::string>{
                "large", "negative_ms", "real", "text", "address", "list", "broken"})
        );
        ASSERT_EQ(table.columns.size(), 7U);
        ASSERT_EQ(table.columns[0].size(), behind - first);
        for (std::uint64_t id = first; id < behind; ++id) {
            SCOPED_TRACE(id);
            const std::size_t row = id - first;
            EXPECT_EQ(table.columns[0][row], ParquetValue(Expected::large(id)));
            EXPECT_EQ(table.columns[1][row], ParquetValue(Expected::negative(id)));
            EXPECT_EQ(table.columns[2][row], ParquetValue(Expected::real(id)));
            EXPECT_EQ(table.columns[3][row], ParquetValue(Expected::text(id)));
            EXPECT_EQ(table.columns[4][row], ParquetValue(std::string("::")));
            EXPECT_EQ(table.columns[5][row], ParquetValue(Expected::list(id)));
            EXPECT_EQ(
                table.columns[6][row], ParquetValue(std::string("a\xef\xbf\xbd\xef\xbf\xbdz"))
            );
        }
    }
};

TEST_F(ParquetTest, ReadsBackWhatWasWritten) {
    for (const Compression compression :
         {Compression::kNone, Compression::kZstd, Compression::kGzip}) {
        for (const std::uint32_t rows_max : {1U, 3U, 7U, 100U}) {
            SCOPED_TRACE(rows_max);
            ParquetEncoder made = encoder({.compression = compression, .rows_max = rows_max});
            Block block = encoded(made, 0, 21);
            EXPECT_EQ(block.units.size(), 21 / rows_max);
            made.finish(block);
            made.finish(block);
            EXPECT_EQ(block.records, 21U);
            const ParquetTable table = test::read_parquet(file_of(block));
            EXPECT_EQ(table.row_groups, (21 + rows_max - 1) / rows_max);
            expect_rows(table, 0, 21);
        }
    }
}

TEST_F(ParquetTest, ReadsBackTheLongestAndWorstText) {
    const Column worst =
        column("worst", ColumnType::kText, [](const RecordView& /*view*/, ValueSink& out) {
            out.text(test::hostile_text());
        });
    ParquetEncoder made({.bytes_max = 100'000}, {&worst}, TimeUnit::kMilliseconds);
    Block block = encoded(made, 0, 5);
    made.finish(block);
    const ParquetTable table = test::read_parquet(file_of(block));
    ASSERT_EQ(table.problem, "");
    std::string expected;
    append_utf8(expected, test::hostile_text());
    EXPECT_EQ(table.columns[0], std::vector<ParquetValue>(5, ParquetValue(expected)));
}

TEST_F(ParquetTest, ARowGroupEndsWithItsBytes) {
    ParquetEncoder made = encoder({.bytes_max = 1000});
    Block block = encoded(made, 0, 1000);
    made.finish(block);
    EXPECT_GT(block.units.size(), 50U);
    EXPECT_LT(block.units.size(), 200U);
    expect_rows(test::read_parquet(file_of(block)), 0, 1000);
}

TEST_F(ParquetTest, AFileWithoutRowsHasItsColumns) {
    ParquetEncoder made = encoder({});
    Block block = encoded(made, 0, 0);
    made.finish(block);
    EXPECT_TRUE(block.units.empty());
    expect_rows(test::read_parquet(file_of(block)), 0, 0);
}

TEST_F(ParquetTest, ValuesOfAnotherTypeKeepRowsWhole) {
    const std::vector<ColumnType> types{
        ColumnType::kUnsigned, ColumnType::kReal, ColumnType::kText, ColumnType::kList};
    std::vector<Column> mixed;
    for (const Column& giver : columns()) {
        for (const ColumnType type : types) {
            mixed.push_back(column("mixed", type, giver.read));
        }
    }
    std::vector<const Column*> all;
    all.reserve(mixed.size());
    for (const Column& each : mixed) {
        all.push_back(&each);
    }
    ParquetEncoder made({}, all, TimeUnit::kMilliseconds);
    Block block = encoded(made, 0, 9);
    made.finish(block);
    const ParquetTable table = test::read_parquet(file_of(block));
    EXPECT_EQ(table.problem, "");
    ASSERT_EQ(table.columns.size(), 28U);
    for (const std::vector<ParquetValue>& values : table.columns) {
        EXPECT_EQ(values.size(), 9U);
    }
    EXPECT_EQ(table.columns[6][2], ParquetValue(std::string("-2")));  // an integer as text
    EXPECT_EQ(table.columns[5][2], ParquetValue(-2.0));
    EXPECT_EQ(table.columns[7][2], ParquetValue(List{-2}));
    EXPECT_EQ(table.columns[12][2], ParquetValue(std::uint64_t{0}));  // text as a number
}

TEST_F(ParquetTest, ASchemaComesBackFromItsBytesAndNothingElseDoes) {
    ParquetEncoder made = encoder({.compression = Compression::kGzip});
    const std::string bytes = made.preamble();
    const std::optional<ParquetSchema> schema = parse_parquet_schema(bytes);
    ASSERT_TRUE(schema);
    EXPECT_EQ(schema->compression, Compression::kGzip);
    EXPECT_EQ(schema->columns.size(), 7U);
    EXPECT_EQ(to_bytes(*schema), bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(parse_parquet_schema(std::string_view(bytes).substr(0, size))) << size;
    }
    EXPECT_FALSE(parse_parquet_schema(bytes + "x"));
    EXPECT_FALSE(ParquetFraming().accepts({.bytes = "id,name\n"}));
}

// Rotating files of row groups.
class ParquetFileTest : public ParquetTest {
protected:
    [[nodiscard]] std::unique_ptr<RotatingFile> open(FileRotation rotation = {}) const {
        Result<std::unique_ptr<RotatingFile>> opened = RotatingFile::open(
            {.path = directory_.file("x.parquet"), .rotation = rotation, .sync = FileSync::kNone},
            std::make_unique<ParquetFraming>(),
            std::make_unique<WaitingWriter>()
        );
        EXPECT_TRUE(opened.has_value());
        return std::move(opened).value();
    }
    static void turn(RotatingFile& file) {
        std::vector<Delivery> done;
        file.turn(SteadyTime(std::chrono::hours(1)), done);
    }
    [[nodiscard]] std::vector<std::string> contents() const {
        std::vector<std::string> found;
        for (const auto& [name, content] : directory_.files()) {
            found.push_back(content);
        }
        return found;
    }

    TestDirectory directory_;
};

TEST_F(ParquetFileTest, EachFileHasAFooterOfItsOwn) {
    ParquetEncoder made = encoder({.rows_max = 5});
    {
        const std::unique_ptr<RotatingFile> file = open();  // not even rotation is asked for
        for (std::uint64_t first = 0; first < 30; first += 10) {
            file->send(encoded(made, first, first + 10));
            turn(*file);
            if (first == 10) {
                file->reopen();
            }
        }
        file->close();
        turn(*file);
        EXPECT_TRUE(file->is_idle());
    }
    const std::vector<std::string> files = contents();
    ASSERT_EQ(files.size(), 2U);
    expect_rows(test::read_parquet(files[0]), 0, 20);
    expect_rows(test::read_parquet(files[1]), 20, 30);
}

// Whatever part of it a killed process left: the whole row groups are a whole file.
TEST_F(ParquetFileTest, ALeftOverGetsTheFooterThatItHasEarned) {
    ParquetEncoder made = encoder({.rows_max = 2});
    std::string part;
    {
        const std::unique_ptr<RotatingFile> file = open();
        file->send(encoded(made, 0, 6));
        turn(*file);
        part = contents().at(0);
    }
    const std::string whole = part + "PAR1 and part of a footer";
    std::uint64_t rows_before = 0;
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        SCOPED_TRACE(cut);
        for (const auto& [name, content] : directory_.files()) {
            std::filesystem::remove(directory_.file(name));
        }
        std::ofstream(directory_.file(".x-20261122T054000Z-000000.parquet.part"))
            << whole.substr(0, cut);
        static_cast<void>(open());
        const std::vector<std::string> files = contents();
        if (files.empty()) {
            ASSERT_EQ(rows_before, 0U);
            continue;
        }
        const ParquetTable table = test::read_parquet(files.at(0));
        ASSERT_FALSE(table.columns.empty()) << table.problem;
        const std::uint64_t rows = table.columns[0].size();
        expect_rows(table, 0, rows);
        ASSERT_TRUE(rows == rows_before || rows == rows_before + 2);
        rows_before = rows;
    }
    EXPECT_EQ(rows_before, 6U);
}

// A write that failed is not in the footer.
TEST_F(ParquetFileTest, ForgetsRowGroupsThatWereCutOff) {
    ParquetEncoder made = encoder({.rows_max = 2});
    const Block first = encoded(made, 0, 2);
    const Block second = encoded(made, 2, 4);
    ParquetFraming framing;
    framing.begin(first.preamble);
    std::string file(framing.frame({.block = first, .first = 0, .count = 1}, 0, SteadyTime{}));
    static_cast<void>(framing.frame({.block = first, .first = 0, .count = 1}, file.size(), {}));
    file += framing.frame({.block = second, .first = 0, .count = 1}, file.size(), {});
    file += framing.end(file.size());
    expect_rows(test::read_parquet(file), 0, 4);
}

}  // namespace
}  // namespace flowgauge
