#include "export/parquet/thrift_writer.h"

#include <gtest/gtest.h>

#include <string>

namespace flowgauge {
namespace {

// Expected bytes are those of the specification's examples and rules, worked out by hand.
TEST(ThriftWriter, WritesFieldsByTheDistanceOfTheirIds) {
    std::string out;
    ThriftWriter thrift(out);
    thrift.begin_struct();
    thrift.integer(1, std::int32_t{1});
    thrift.integer(3, std::int64_t{-1});
    thrift.text(4, "ab");
    thrift.boolean(20, true);
    thrift.boolean(21, false);
    thrift.byte(22, 64);
    thrift.end_struct();
    EXPECT_EQ(
        out,
        std::string(
            "\x15\x02"
            "\x26\x01"
            "\x18\x02"
            "ab"
            "\x01\x28"
            "\x12"
            "\x13\x40"
            "\0",
            14
        )
    );
}

TEST(ThriftWriter, IdsOfAStructInsideBeginAnew) {
    std::string out;
    ThriftWriter thrift(out);
    thrift.begin_struct();
    thrift.begin_struct(5);
    thrift.integer(1, std::int32_t{300});
    thrift.end_struct();
    thrift.integer(6, std::int32_t{0});
    thrift.end_struct();
    EXPECT_EQ(out, std::string("\x5c\x15\xd8\x04\0\x15\0\0", 8));
}

TEST(ThriftWriter, LongListsSayTheirLengthApart) {
    std::string out;
    ThriftWriter thrift(out);
    thrift.begin_struct();
    thrift.integers(1, {0, 3});
    thrift.texts(2, {"x"});
    thrift.begin_structs(3, 15);
    EXPECT_EQ(out, std::string("\x19\x25\0\x06\x19\x18\x01x\x19\xfc\x0f", 11));
}

}  // namespace
}  // namespace flowgauge
