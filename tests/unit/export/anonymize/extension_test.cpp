// Pseudonyms of columns of an extension.
#include "export/anonymize/anonymizer.h"
#include "export/text/csv_encoder.h"
#include "tests/support/fake_part.h"
#include "tests/support/made_record.h"
#include "tests/support/plain_packet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

MeterOptions meter_with_extension() {
    MeterOptions meter;
    meter.dissection.enabled = false;
    meter.extension = test::fake_extension();
    return meter;
}

// The values of columns of the flow from `port`, behind the anonymizer.
std::string row(
    const Anonymizer& anonymizer, const MeterOptions& meter, std::string_view columns, int port
) {
    CsvEncoder csv(
        CsvDialect::kRfc4180,
        anonymizer.replaced(select_columns(columns, meter).value()),
        TimeUnit::kMilliseconds
    );
    const test::MadeRecord record(
        meter,
        std::vector<Packet>{test::udp_packet("10.0.0.1:" + std::to_string(port), "10.0.0.2:53")}
    );
    const RecordContext context = test::context_of(meter, nullptr);
    Block block;
    EXPECT_TRUE(csv.encode(record.view(context), block));
    return block.bytes;
}

TEST(AnonymizerOfExtensions, HashesTheTextOfCsvAndLeavesOutWhatIsAbsent) {
    const MeterOptions meter = meter_with_extension();
    const std::string all = "udps.fake_count,udps.fake_word,udps.fake_steps,udps.fake_words";
    const auto anonymizer = Anonymizer::open({.columns = all, .digest_bytes = 8}, meter).value();
    EXPECT_EQ(anonymizer->columns().size(), 4U);
    const std::string first = row(*anonymizer, meter, all, 12);
    EXPECT_EQ(std::ranges::count(first, '"'), 6) << first;  // words are absent there
    EXPECT_TRUE(first.ends_with(",\n")) << first;
    EXPECT_EQ(first.find("'single'"), std::string::npos);
    EXPECT_EQ(first, row(*anonymizer, meter, all, 12));
    // Equal values have equal pseudonyms, as texts of all columns: the list of port 22 is that
    // text.
    const std::string counts = "udps.fake_count";
    EXPECT_EQ(row(*anonymizer, meter, counts, 1), row(*anonymizer, meter, counts, 9));
    EXPECT_NE(row(*anonymizer, meter, counts, 1), row(*anonymizer, meter, counts, 2));
    EXPECT_EQ(row(*anonymizer, meter, counts, 5), "\n") << "absent";
}

TEST(AnonymizerOfExtensions, SaysText) {
    const MeterOptions meter = meter_with_extension();
    const auto anonymizer = Anonymizer::open({.columns = "udps.fake_steps"}, meter).value();
    const auto columns =
        anonymizer->replaced(select_columns("udps.fake_steps,udps.fake_count", meter).value());
    EXPECT_EQ(columns[0]->type, ColumnType::kText);
    EXPECT_TRUE(columns[0]->optional);
    EXPECT_EQ(columns[0]->name, "udps.fake_steps");
    EXPECT_EQ(columns[1]->type, ColumnType::kUnsigned);
}

TEST(AnonymizerOfExtensions, KnowsTheirNames) {
    const MeterOptions meter = meter_with_extension();
    auto unknown = Anonymizer::open({.columns = "udps.fake_cont"}, meter);
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().message.find("did you mean udps.fake_count"), std::string::npos)
        << unknown.error().message;
    auto unfit = Anonymizer::open(
        {.columns = "udps.fake_word", .method = AnonymizeMethod::kCryptoPan}, meter
    );
    ASSERT_FALSE(unfit);
    EXPECT_FALSE(Anonymizer::open({.columns = "udps.fake_word"}, MeterOptions{}));
    auto misspelt = select_columns("udps.fake_wor", meter);
    ASSERT_FALSE(misspelt);
    EXPECT_NE(misspelt.error().message.find("did you mean"), std::string::npos);
}

}  // namespace
}  // namespace flowgauge
