// Columns of extensions as lines of text and as protocol buffers.
#include "core/base/utf8_text.h"
#include "export/text/csv_encoder.h"
#include "export/text/json_encoder.h"
#include "export/text/protobuf_encoder.h"
#include "export/text/python_text.h"
#include "tests/support/fake_part.h"
#include "tests/support/made_record.h"
#include "tests/support/plain_packet.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using nlohmann::json;

std::string python(std::string_view text) {
    std::string out;
    append_python_text(out, text);
    return out;
}

// What repr() of Python 3.11 gives for text.encode().decode(errors="replace").
TEST(PythonText, IsWhatReprGives) {
    EXPECT_EQ(python(""), "''");
    EXPECT_EQ(python("plain"), "'plain'");
    EXPECT_EQ(python("it's"), "\"it's\"");
    EXPECT_EQ(python("\"x\""), "'\"x\"'");
    EXPECT_EQ(python("it's \"x\""), "'it\\'s \"x\"'");
    EXPECT_EQ(python("a\\b\n\r\t"), "'a\\\\b\\n\\r\\t'");
    EXPECT_EQ(python(std::string_view("\0\x07\x1b\x7f", 4)), "'\\x00\\x07\\x1b\\x7f'");
    EXPECT_EQ(
        python("m\xc3\xbc \xe6\x97\xa5 \xf0\x9f\x98\x80"),
        "'m\xc3\xbc \xe6\x97\xa5 \xf0\x9f\x98\x80'"
    );
    EXPECT_EQ(python("\xc2\x80\xc2\xa0\xc2\xad\xc3\xbf"), "'\\x80\\xa0\\xad\xc3\xbf'");
    EXPECT_EQ(python("\xe2\x80\xa8\xe3\x80\x80\xef\xbb\xbf"), "'\\u2028\\u3000\\ufeff'");
    EXPECT_EQ(python("\xf3\xa0\x80\x81\xf4\x8f\xbf\xbf"), "'\\U000e0001\\U0010ffff'");
    EXPECT_EQ(python("a\xff\xe2\x82z"), "'a\xef\xbf\xbd\xef\xbf\xbdz'");
}

MeterOptions meter_with_extension() {
    MeterOptions meter;
    meter.extension = test::fake_extension();
    return meter;
}

std::vector<const Column*> extension_columns(const MeterOptions& meter) {
    return select_columns(
               "udps.fake_count,udps.fake_change,udps.fake_ratio,udps.fake_word,udps.fake_steps,"
               "udps.fake_words",
               meter
    )
        .value();
}

// A record of a flow from `port`, in the bytes of an encoder.
std::string encoded(RecordEncoder& encoder, const MeterOptions& meter, int port) {
    const test::MadeRecord record(
        meter,
        std::vector<Packet>{test::udp_packet("10.0.0.1:" + std::to_string(port), "10.0.0.2:53")}
    );
    const RecordContext context = test::context_of(meter, nullptr);
    Block block;
    EXPECT_TRUE(encoder.encode(record.view(context), block));
    return block.bytes;
}

TEST(CsvEncoder, WritesColumnsOfAnExtensionAsPandasReadsThem) {
    const MeterOptions meter = meter_with_extension();
    const auto columns = extension_columns(meter);
    CsvEncoder csv(CsvDialect::kRfc4180, columns, TimeUnit::kMilliseconds);
    EXPECT_EQ(
        csv.preamble(),
        "udps.fake_count,udps.fake_change,udps.fake_ratio,udps.fake_word,udps.fake_steps,"
        "udps.fake_words\n"
    );
    EXPECT_EQ(encoded(csv, meter, 0), ",0,0.0,\"\",\"[]\",\n");
    EXPECT_EQ(encoded(csv, meter, 1), "1,,0.1,\"plain\",\"[-50]\",\"['plain']\"\n");
    EXPECT_EQ(
        encoded(csv, meter, 2),
        "5000000000,1000000,,\"a \"\"quote\"\", a comma, and \\ at the end \\\",\"[-50, -48]\","
        "\"['a \"\"quote\"\", a comma, and \\\\ at the end \\\\', \"\"'single'\"\"]\"\n"
    );
    EXPECT_EQ(
        encoded(csv, meter, 3),
        "18446744073709551614,-9223372036854775807,1e+100,,\"[-50, -47, "
        "-44]\",\"[\"\"'single'\"\", "
        "'\\'single\\' and \"\"double\"\"', 'line\\nbreak,\\r\\n\\ttab']\"\n"
    );
    EXPECT_EQ(encoded(csv, meter, 4), "0,0,0.0,\"'single' and \"\"double\"\"\",,\"[]\"\n");
}

// As `'"' + str(values).replace('"', '\\"') + '"'` does it.
TEST(CsvEncoder, WritesColumnsOfAnExtensionInNfstreamsDialect) {
    const MeterOptions meter = meter_with_extension();
    CsvEncoder csv(CsvDialect::kNfstream, extension_columns(meter), TimeUnit::kMilliseconds);
    EXPECT_EQ(
        encoded(csv, meter, 2),
        "5000000000,1000000,,\"a \\\"quote\\\", a comma, and \\ at the end \\\",\"[-50, -48]\","
        "\"['a \\\"quote\\\", a comma, and \\\\ at the end \\\\', \\\"'single'\\\"]\"\n"
    );
    EXPECT_EQ(encoded(csv, meter, 0), ",0,0.0,\"\",\"[]\",\n");
}

std::string mended(const std::string& text) {
    std::string out;
    append_utf8(out, text);
    return out;
}

// What JSON says of a flow, by our other means.
json expected_json(std::uint64_t number, bool has_null) {
    const test::FakeValues values(number);
    json all = json::object();
    const auto put = [&](const std::string& name, const auto& value, const auto& convert) {
        if (value) {
            all[name] = convert(*value);
        } else if (has_null) {
            all[name] = nullptr;
        }
    };
    const auto same = [](const auto& value) {
        return json(value);
    };
    put("fake_count", values.count, same);
    put("fake_change", values.change, same);
    put("fake_ratio", values.ratio, same);
    put("fake_word", values.word, [](const std::string& text) { return json(mended(text)); });
    put("fake_steps", values.steps, same);
    put("fake_words", values.words, [](const std::vector<std::string>& texts) {
        json list = json::array();
        for (const std::string& text : texts) {
            list.push_back(mended(text));
        }
        return list;
    });
    return all;
}

TEST(JsonEncoder, WritesNullForWhatIsAbsent) {
    const MeterOptions meter = meter_with_extension();
    JsonEncoder encoder(extension_columns(meter), TimeUnit::kMilliseconds);
    for (int port = 0; port < 120; ++port) {
        const json values = expected_json(static_cast<std::uint64_t>(port), true);
        json wanted = json::object();
        for (const auto& [name, value] : values.items()) {
            wanted["udps." + name] = value;
        }
        EXPECT_EQ(json::parse(encoded(encoder, meter, port)), wanted) << port;
    }
}

TEST(JsonEncoder, LeavesOutWhatIsAbsentInSchemas) {
    const MeterOptions meter = meter_with_extension();
    for (const JsonNames names : {JsonNames::kEcs, JsonNames::kOcsf}) {
        JsonEncoder encoder(extension_columns(meter), TimeUnit::kMilliseconds, names);
        for (int port = 0; port < 120; ++port) {
            const json read = json::parse(encoded(encoder, meter, port));
            const json::json_pointer place(
                names == JsonNames::kEcs ? "/flowgauge/udps" : "/unmapped/flowgauge/udps"
            );
            json wanted = expected_json(static_cast<std::uint64_t>(port), false);
            if (wanted.contains("fake_word") && wanted["fake_word"] == "") {
                wanted.erase("fake_word");  // as all text of schemas that is empty
            }
            EXPECT_EQ(read.at(place), wanted) << port;
        }
    }
}

TEST(JsonEncoder, HasNoNumbersThatJsonHasNot) {
    const auto column = [](ColumnReader read) {
        return Column{
            .name = "udps.x",
            .type = ColumnType::kReal,
            .unit = "",
            .presence = Presence::kAlways,
            .nfstream = true,
            .meaning = "",
            .read = read,
            .optional = true};
    };
    const MeterOptions meter;
    for (const ColumnReader read :
         {ColumnReader([](const RecordView& /*view*/, ValueSink& out) {
              out.real(std::numeric_limits<double>::quiet_NaN());
          }),
          ColumnReader([](const RecordView& /*view*/, ValueSink& out) {
              out.real(-std::numeric_limits<double>::infinity());
          })}) {
        const Column one = column(read);
        JsonEncoder plain({&one}, TimeUnit::kMilliseconds);
        EXPECT_EQ(encoded(plain, meter, 1), "{\"udps.x\":null}\n");
        JsonEncoder ecs({&one}, TimeUnit::kMilliseconds, JsonNames::kEcs);
        EXPECT_FALSE(json::parse(encoded(ecs, meter, 1)).contains("flowgauge"));
    }
}

// Bytes of a varint, a length-delimited field and so on, read as the format says.
class Proto {
public:
    explicit Proto(std::string_view bytes) : rest_(bytes) {}

    [[nodiscard]] bool empty() const { return rest_.empty(); }
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; !rest_.empty(); shift += 7) {
            const auto byte = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            value |= std::uint64_t{byte & 0x7fU} << shift;
            if (byte < 0x80) {
                break;
            }
        }
        return value;
    }
    std::int64_t zigzag() {
        const std::uint64_t value = varint();
        return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
    }
    std::string_view bytes(std::size_t count) {
        EXPECT_LE(count, rest_.size());
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(taken.size());
        return taken;
    }
    std::string_view block() { return bytes(varint()); }

private:
    std::string_view rest_;
};

json value_of(std::string_view bytes) {
    Proto proto(bytes);
    const std::uint64_t tag = proto.varint();
    json value;
    switch (tag) {
    case 1 << 3:
        value = proto.varint();
        break;
    case 2 << 3:
        value = proto.zigzag();
        break;
    case 3 << 3 | 1: {
        double real = 0;
        std::memcpy(&real, proto.bytes(sizeof real).data(), sizeof real);
        value = real;
        break;
    }
    case 4 << 3 | 2:
        value = std::string(proto.block());
        break;
    case 5 << 3 | 2: {
        value = json::array();
        Proto list(proto.block());
        if (!list.empty()) {
            EXPECT_EQ(list.varint(), 1U << 3 | 2U);
            for (Proto packed(list.block()); !packed.empty();) {
                value.push_back(packed.zigzag());
            }
        }
        break;
    }
    case 6 << 3 | 2: {
        value = json::array();
        for (Proto list(proto.block()); !list.empty();) {
            EXPECT_EQ(list.varint(), 1U << 3 | 2U);
            value.push_back(std::string(list.block()));
        }
        break;
    }
    default:
        ADD_FAILURE() << "tag " << tag;
    }
    EXPECT_TRUE(proto.empty());
    return value;
}

TEST(ProtobufEncoder, PutsColumnsOfAnExtensionInAMap) {
    const MeterOptions meter = meter_with_extension();
    auto encoder = ProtobufEncoder::make(extension_columns(meter), TimeUnit::kMilliseconds);
    ASSERT_TRUE(encoder);
    for (int port = 0; port < 120; ++port) {
        const std::string bytes = encoded(*encoder.value(), meter, port);
        json read = json::object();
        for (Proto proto(bytes); !proto.empty();) {
            EXPECT_EQ(proto.varint(), kProtobufExtension << 3 | 2U);
            Proto entry(proto.block());
            EXPECT_EQ(entry.varint(), 1U << 3 | 2U);
            const std::string key(entry.block());
            EXPECT_EQ(entry.varint(), 2U << 3 | 2U);
            read[key] = value_of(entry.block());
            EXPECT_TRUE(entry.empty());
        }
        EXPECT_EQ(read, expected_json(static_cast<std::uint64_t>(port), false)) << port;
    }
}

TEST(ProtobufEncoder, GivesTheMapANumberThatNoColumnHas) {
    for (const Column& column : all_columns()) {
        EXPECT_NE(protobuf_number(column.name, TimeUnit::kMilliseconds), kProtobufExtension);
    }
}

}  // namespace
}  // namespace flowgauge
