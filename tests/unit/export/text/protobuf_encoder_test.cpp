#include "export/text/protobuf_encoder.h"

#include "tests/support/full_record.h"
#include "tests/unit/export/text/test_columns.h"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <string>

namespace flowgauge {
namespace {

std::string text_of_file(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

// The message of a column `name` alone.
std::string encoded(const char* name, void (*read)(const RecordView&, ValueSink&)) {
    const std::vector<Column> columns{test::column(name, read)};
    Result<std::unique_ptr<ProtobufEncoder>> encoder =
        ProtobufEncoder::make(test::pointers(columns), TimeUnit::kMicroseconds);
    EXPECT_TRUE(encoder);
    const FlowRecord record;
    const RecordContext context;
    Block block;
    EXPECT_TRUE(encoder.value()->encode({.record = record, .context = context}, block));
    EXPECT_EQ(block.units.size(), 1U);
    return block.bytes;
}

std::string bytes(std::initializer_list<int> values) {
    std::string text;
    for (const int value : values) {
        text += static_cast<char>(value);
    }
    return text;
}

// NOLINTBEGIN(readability-named-parameter): readers of constants
// "id" is field 1, "src_ip" 3, "vlan_id" 13, "src2dst_first_seen" 20 and 1020 in microseconds.
TEST(ProtobufEncoder, WritesVarints) {
    const auto number = [](const RecordView&, ValueSink& out) {
        out.unsigned_integer(300);
    };
    EXPECT_EQ(encoded("id", number), bytes({0x08, 0xac, 0x02}));
    EXPECT_EQ(encoded("vlan_id", number), bytes({0x68, 0xac, 0x02}));
    EXPECT_EQ(
        encoded(
            "id",
            [](const RecordView&, ValueSink& out) {
                out.unsigned_integer(std::numeric_limits<std::uint64_t>::max());
            }
        ),
        bytes({0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
    );
}

TEST(ProtobufEncoder, WritesSignedNumbersInZigzag) {
    EXPECT_EQ(
        encoded("id", [](const RecordView&, ValueSink& out) { out.integer(-1); }),
        bytes({0x08, 0x01})
    );
    EXPECT_EQ(
        encoded("id", [](const RecordView&, ValueSink& out) { out.integer(1); }),
        bytes({0x08, 0x02})
    );
    EXPECT_EQ(
        encoded(
            "id",
            [](const RecordView&, ValueSink& out) {
                out.integer(std::numeric_limits<std::int64_t>::min());
            }
        ),
        bytes({0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
    );
}

TEST(ProtobufEncoder, WritesRealsAsEightBytes) {
    EXPECT_EQ(
        encoded("id", [](const RecordView&, ValueSink& out) { out.real(1); }),
        bytes({0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f})
    );
    EXPECT_EQ(
        encoded("id", [](const RecordView&, ValueSink& out) { out.real(-0.0); }),
        bytes({0x09, 0, 0, 0, 0, 0, 0, 0, 0x80})
    );
}

TEST(ProtobufEncoder, WritesTextAsUtf8) {
    EXPECT_EQ(
        encoded("src_ip", [](const RecordView&, ValueSink& out) { out.text("a\xff"); }),
        bytes({0x1a, 4, 'a', 0xef, 0xbf, 0xbd})
    );
    EXPECT_EQ(
        encoded("src_ip", [](const RecordView&, ValueSink& out) { out.token("1.2.3.4"); }),
        bytes({0x1a, 7, '1', '.', '2', '.', '3', '.', '4'})
    );
}

TEST(ProtobufEncoder, PacksLists) {
    EXPECT_EQ(encoded("src_ip", test::read_list), bytes({0x1a, 3, 0x00, 0x02, 0x01}));
    EXPECT_EQ(
        encoded(
            "src_ip",
            [](const RecordView&, ValueSink& out) {
                out.list(std::array<std::int64_t, 2>{64, -65});
            }
        ),
        bytes({0x1a, 4, 0x80, 0x01, 0x81, 0x01})
    );
}

TEST(ProtobufEncoder, NumbersTimesByTheirUnit) {
    // 1020 << 3
    EXPECT_EQ(
        encoded(
            "src2dst_first_seen_{unit}", [](const RecordView&, ValueSink& out) { out.integer(1); }
        ),
        bytes({0xe0, 0x3f, 0x02})
    );
}

TEST(ProtobufEncoder, LeavesOutWhatIsZeroOrEmpty) {
    for (const auto read : std::initializer_list<void (*)(const RecordView&, ValueSink&)>{
             [](const RecordView&, ValueSink& out) { out.unsigned_integer(0); },
             [](const RecordView&, ValueSink& out) { out.integer(0); },
             [](const RecordView&, ValueSink& out) { out.real(0); },
             [](const RecordView&, ValueSink& out) { out.text(""); },
             [](const RecordView&, ValueSink& out) { out.token(""); },
             [](const RecordView&, ValueSink& out) {
                 out.list({});
             }}) {
        EXPECT_EQ(encoded("id", read), "");
    }
}
// NOLINTEND(readability-named-parameter)

TEST(ProtobufEncoder, RefusesAColumnWithoutANumber) {
    const std::vector<Column> columns{test::column("mine_{unit}", test::read_number)};
    Result<std::unique_ptr<ProtobufEncoder>> encoder =
        ProtobufEncoder::make(test::pointers(columns), TimeUnit::kMilliseconds);
    ASSERT_FALSE(encoder);
    EXPECT_NE(encoder.error().message.find("\"mine_ms\""), std::string::npos);
}

// A line may be added to the file, none may be changed: consumers have the schema of another day.
TEST(ProtobufNumbers, NeverChange) {
    std::ifstream file(FLOWGAUGE_TEST_SUPPORT "/../unit/export/text/protobuf_numbers.txt");
    std::set<std::string> known;
    for (std::string line; std::getline(file, line);) {
        known.insert(line);
    }
    ASSERT_FALSE(known.empty());
    std::set<std::string> now;
    std::set<std::uint32_t> numbers;
    for (const Column& column : all_columns()) {
        for (const TimeUnit unit :
             {TimeUnit::kMilliseconds, TimeUnit::kMicroseconds, TimeUnit::kNanoseconds}) {
            const std::optional<std::uint32_t> number = protobuf_number(column.name, unit);
            ASSERT_TRUE(number) << column.name;
            if (now.insert(with_unit(column.name, unit) + " " + std::to_string(*number)).second) {
                EXPECT_TRUE(numbers.insert(*number).second) << column.name << " " << *number;
            }
        }
    }
    EXPECT_EQ(now, known);
}

TEST(ProtobufSchema, IsTheFileThatIsShipped) {
    EXPECT_EQ(
        protobuf_schema(),
        text_of_file(FLOWGAUGE_TEST_SUPPORT "/../../packaging/kafka/flowgauge.proto")
    ) << "flowgauge fields --protobuf > packaging/kafka/flowgauge.proto";
}

}  // namespace
}  // namespace flowgauge
