#include "export/text/json_encoder.h"

#include "export/text/json_text.h"
#include "tests/unit/export/text/test_columns.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace flowgauge {
namespace {

std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

// Reads a JSON string back, by RFC 8259 section 7. Nothing when it is none.
std::optional<std::string> read_back(std::string_view json) {
    if (json.size() < 2 || json.front() != '"' || json.back() != '"') {
        return std::nullopt;
    }
    json = json.substr(1, json.size() - 2);
    std::string text;
    for (std::size_t i = 0; i < json.size(); ++i) {
        if (static_cast<unsigned char>(json[i]) < 0x20 || json[i] == '"') {
            return std::nullopt;
        }
        if (json[i] != '\\') {
            text += json[i];
        } else if (json.substr(i, 4) == "\\u00" && i + 5 < json.size()) {
            text += static_cast<char>(std::stoi(std::string(json.substr(i + 4, 2)), nullptr, 16));
            i += 5;
        } else if (i + 1 < json.size() && (json[i + 1] == '"' || json[i + 1] == '\\')) {
            text += json[++i];
        } else {
            return std::nullopt;
        }
    }
    return text;
}

TEST(JsonText, EscapesWhatRfc8259Asks) {
    struct Row {
        std::string_view text;
        std::string_view json;
    };
    for (const Row& row :
         {Row{"", "\"\""},
          Row{"plain", "\"plain\""},
          Row{"\"", "\"\\\"\""},
          Row{"\\", "\"\\\\\""},
          Row{"/", "\"/\""},
          Row{"\n\t", "\"\\u000a\\u0009\""},
          Row{"\x1f\x20\x7f", "\"\\u001f\x20\x7f\""},
          Row{{"\0", 1}, "\"\\u0000\""},
          Row{"\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\""}}) {
        EXPECT_EQ(json_string(row.text), row.json);
    }
}

TEST(JsonText, ReplacesWhatIsNoUtf8) {
    EXPECT_EQ(json_string("a\xff-\xe2\x82"), "\"a\xef\xbf\xbd-\xef\xbf\xbd\"");
    EXPECT_EQ(json_string("12345678\xc3(\x80"), "\"12345678\xef\xbf\xbd(\xef\xbf\xbd\"");
}

// Whole words are looked at at once: what needs care is found at each place of them.
TEST(JsonText, FindsWhatNeedsCareAtEachPlace) {
    for (const std::string& hard :
         {std::string("\""),
          std::string("\\"),
          std::string("\x1f"),
          std::string("\xc3\xa9"),
          std::string("\xff"),
          std::string("\0", 1),
          std::string("!"),
          std::string("#"),
          std::string("["),
          std::string("]"),
          std::string(" "),
          std::string("\x7f")}) {
        const std::string alone = json_string(hard);
        const std::string middle = alone.substr(1, alone.size() - 2);
        for (std::size_t before = 0; before < 18; ++before) {
            for (std::size_t after = 0; after < 18; ++after) {
                const std::string a(before, 'a');
                const std::string b(after, 'b');
                ASSERT_EQ(json_string(a + hard + b), "\"" + a + middle + b + "\"");
            }
        }
    }
}

TEST(JsonText, HasRoomForTheWorst) {
    const std::string worst(1000, '\x01');
    EXPECT_EQ(json_string(worst).size(), json_string_max(worst.size()));
    EXPECT_EQ(json_string(std::string(1000, '\xff')).size(), 3002U);
}

TEST(JsonText, ReadsBackForEachByteBelow128) {
    for (int byte = 0; byte < 128; ++byte) {
        const std::string text = {'a', static_cast<char>(byte), 'b'};
        EXPECT_EQ(read_back(json_string(text)), text) << byte;
    }
}

TEST(JsonEncoder, WritesOneObjectALine) {
    JsonEncoder encoder(test::pointers(test::test_columns()), TimeUnit::kMilliseconds);
    const FlowRecord record;
    const RecordContext context;
    EXPECT_EQ(encoder.preamble(), "");
    Block block;
    EXPECT_TRUE(encoder.encode({.record = record, .context = context, .id = 3}, block));
    EXPECT_EQ(block.units.size(), 1U);
    EXPECT_EQ(
        block.bytes,
        "{\"id\":3,\"negative\":-5,\"real_ms\":1514.0,\"text\":\"plain\",\"empty\":\"\","
        "\"hard\":\"a\\\"b,c\\u000ad\\\\e\\u000d\\u0009\\u0001 \xc3\xa9\",\"trailing\":\"end\\\\\","
        "\"list\":[0,1,-1],\"empty_list\":[]}\n"
    );
}

TEST(JsonEncoder, WritesTextThatIsLongerThanItsMemory) {
    const std::vector<Column> columns{
        test::column(
            "long", [](const RecordView&, ValueSink& out) { out.text(std::string(100'000, '\n')); }
        ),
        test::column("n", [](const RecordView&, ValueSink& out) { out.unsigned_integer(1); })};
    JsonEncoder encoder(test::pointers(columns), TimeUnit::kMilliseconds);
    const FlowRecord record;
    const RecordContext context;
    Block block;
    EXPECT_TRUE(encoder.encode({.record = record, .context = context}, block));
    EXPECT_EQ(block.bytes.size(), std::string_view("{\"long\":\"\",\"n\":1}\n").size() + 600'000);
}

TEST(JsonEncoder, WritesAnEmptyObjectWithoutColumns) {
    JsonEncoder encoder({}, TimeUnit::kMilliseconds);
    const FlowRecord record;
    const RecordContext context;
    Block block;
    EXPECT_TRUE(encoder.encode({.record = record, .context = context}, block));
    EXPECT_EQ(block.bytes, "{}\n");
}

}  // namespace
}  // namespace flowgauge
