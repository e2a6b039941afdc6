#include "core/export/csv_encoder.h"

#include "tests/unit/core/export/test_columns.h"

#include <gtest/gtest.h>

#include <string>

namespace flowgauge {
namespace {

std::string encoded(CsvDialect dialect, std::uint64_t id) {
    CsvEncoder encoder(dialect, test::pointers(test::test_columns()), TimeUnit::kMicroseconds);
    const FlowRecord record;
    const RecordContext context;
    std::string text;
    encoder.encode({.record = record, .context = context, .id = id}, text);
    return text;
}

TEST(CsvEncoder, BeginsWithOneLineOfNames) {
    CsvEncoder encoder(
        CsvDialect::kRfc4180, test::pointers(test::test_columns()), TimeUnit::kMicroseconds
    );
    std::string text;
    encoder.begin(text);
    EXPECT_EQ(text, "id,negative,real_us,text,empty,hard,trailing,list,empty_list\n");
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
        std::string text;
        encoder.encode({.record = record, .context = context}, text);
        EXPECT_EQ(text, expected);
    }
}

TEST(MakeEncoder, MakesWhatTheOptionsSay) {
    const FlowRecord record;
    const RecordContext context;
    const std::vector<const Column*> columns = test::pointers(test::test_columns());
    std::string csv;
    make_encoder({}, columns, TimeUnit::kMilliseconds)->begin(csv);
    EXPECT_TRUE(csv.starts_with("id,negative,real_ms"));
    std::string json;
    const auto encoder =
        make_encoder({.format = RecordFormat::kJsonLines}, columns, TimeUnit::kMilliseconds);
    encoder->begin(json);
    EXPECT_TRUE(json.empty());
    encoder->encode({.record = record, .context = context}, json);
    EXPECT_TRUE(json.starts_with("{\"id\":0,"));
}

}  // namespace
}  // namespace flowgauge
