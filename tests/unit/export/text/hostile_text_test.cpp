#include "tests/support/hostile_text.h"

#include "core/base/utf8_text.h"
#include "export/text/csv_encoder.h"
#include "export/text/json_encoder.h"
#include "export/text/protobuf_encoder.h"
#include "tests/unit/export/text/json_object.h"
#include "tests/unit/export/text/test_columns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

// The longest text that dissection can find is that of one packet.
const std::vector<Column>& columns() {
    static const std::vector<Column> kColumns{
        test::column("user_agent", [](const RecordView& /*view*/, ValueSink& out) {
            out.text(test::hostile_text());
        })};
    return kColumns;
}

std::string encoded(RecordEncoder& encoder) {
    const FlowRecord record;
    const RecordContext context;
    Block block;
    EXPECT_TRUE(encoder.encode({.record = record, .context = context}, block));
    EXPECT_EQ(block.units.size(), 1U);
    EXPECT_EQ(block.records, 1U);
    return block.bytes;
}

std::string mended() {
    std::string text;
    append_utf8(text, test::hostile_text());
    return text;
}

// By the rule of RFC 4180: a quote inside of quotes is doubled.
std::string unquoted(std::string_view field) {
    std::string text;
    for (std::size_t i = 1; i + 1 < field.size(); ++i) {
        text += field[i];
        if (field[i] == '"') {
            EXPECT_EQ(field[++i], '"');
        }
    }
    return text;
}

TEST(HostileText, ComesBackFromCsvByteByByte) {
    CsvEncoder encoder(CsvDialect::kRfc4180, test::pointers(columns()), TimeUnit::kMilliseconds);
    const std::string row = encoded(encoder);
    ASSERT_EQ(row.back(), '\n');
    EXPECT_EQ(unquoted(std::string_view(row).substr(0, row.size() - 1)), test::hostile_text());
}

// Undoes what a JSON string may have inside.
std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            out += text[i];
        } else if (text[++i] == 'u') {
            out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 4)), nullptr, 16));
            i += 4;
        } else {
            out += text[i];
        }
    }
    return out;
}

TEST(HostileText, ComesBackFromJsonAsUtf8) {
    for (const JsonNames names : {JsonNames::kNfstream, JsonNames::kEcs, JsonNames::kOcsf}) {
        JsonEncoder encoder(test::pointers(columns()), TimeUnit::kMilliseconds, names);
        const std::string line = encoded(encoder);
        EXPECT_EQ(std::ranges::count(line, '\n'), 1);
        std::string found;
        for (const auto& [key, value] : test::JsonObject(line).read()) {
            found = key.find("user_agent") != std::string::npos ? value : found;
        }
        EXPECT_EQ(unescaped(found), "\"" + mended() + "\"");
    }
}

TEST(HostileText, ComesBackFromProtocolBuffersAsUtf8) {
    Result<std::unique_ptr<ProtobufEncoder>> encoder =
        ProtobufEncoder::make(test::pointers(columns()), TimeUnit::kMilliseconds);
    ASSERT_TRUE(encoder);
    const std::string text = mended();
    const std::string message = encoded(*encoder.value());
    ASSERT_TRUE(message.ends_with(text));
    // Key of two bytes, length of three.
    const std::size_t size = message.size() - text.size();
    ASSERT_EQ(size, 5U);
    std::size_t length = 0;
    for (std::size_t i = 0; i < 3; ++i) {
        length |= static_cast<std::size_t>(static_cast<unsigned char>(message[2 + i]) & 0x7fU)
                  << (7 * i);
    }
    EXPECT_EQ(length, text.size());
}

}  // namespace
}  // namespace flowgauge
