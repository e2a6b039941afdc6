#include "export/text/csv_encoder.h"

#include "tests/unit/export/text/test_columns.h"

#include <gtest/gtest.h>

#include <string>

namespace flowgauge {
namespace {

std::string encoded(CsvDialect dialect, std::uint64_t id) {
    CsvEncoder encoder(dialect, test::pointers(test::test_columns()), TimeUnit::kMicroseconds);
    const FlowRecord record;
    const RecordContext context;
    Block block;
    EXPECT_TRUE(encoder.encode({.record = record, .context = context, .id = id}, block));
    EXPECT_EQ(block.units.size(), 1U);
    return block.bytes;
}

TEST(CsvEncoder, BeginsWithOneLineOfNames) {
    CsvEncoder encoder(
        CsvDialect::kRfc4180, test::pointers(test::test_columns()), TimeUnit::kMicroseconds
    );
    EXPECT_EQ(encoder.preamble(), "id,negative,real_us,text,empty,hard,trailing,list,empty_list\n");
}

TEST(CsvEncoder, DoublesQuotesInTheDialectOfRfc4180) {
    EXPECT_EQ(
        encoded(CsvDialect::kRfc4180, 7),
        "7,-5,1514.0,\"plain\",\"\",\"a\"\"b,c\nd\\e\r\t\x01 \xc3\xa9\",\"end\\\",\"[0, 1, "
        "-1]\",\"[]\"\n"
    );
}

TEST(CsvEncoder, WritesABackslashBeforeQuotesInTheDialectOfNfstream) {
    EXPECT_EQ(
        encoded(CsvDialect::kNfstream, 0),
        "0,-5,1514.0,\"plain\",\"\",\"a\\\"b,c\nd\\e\r\t\x01 \xc3\xa9\",\"end\\\",\"[0, 1, "
        "-1]\",\"[]\"\n"
    );
}

TEST(CsvEncoder, QuotesTextOfQuotesAlone) {
    const std::vector<Column> columns{
        test::column("q", [](const RecordView&, ValueSink& out) { out.text("\"\"x\""); })};
    const FlowRecord record;
    const RecordContext context;
    for (const auto& [dialect, expected] :
         {std::pair{CsvDialect::kRfc4180, "\"\"\"\"\"x\"\"\"\n"},
          std::pair{CsvDialect::kNfstream, "\"\\\"\\\"x\\\"\"\n"}}) {
        CsvEncoder encoder(dialect, test::pointers(columns), TimeUnit::kMilliseconds);
        Block block;
        EXPECT_TRUE(encoder.encode({.record = record, .context = context}, block));
        EXPECT_EQ(block.bytes, expected);
    }
}

}  // namespace
}  // namespace flowgauge
