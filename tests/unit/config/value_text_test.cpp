#include "config/value_text.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

TEST(ParseInteger, TakesWholeNumbersOfItsRange) {
    EXPECT_EQ(parse_integer("0", 0, 3).value(), 0U);
    EXPECT_EQ(parse_integer("3", 0, 3).value(), 3U);
    EXPECT_EQ(parse_integer("007", 0, 10).value(), 7U);
    EXPECT_EQ(parse_integer("18446744073709551615", 0, kMax).value(), kMax);
}

TEST(ParseInteger, SaysWhatWouldHaveBeenRight) {
    for (const char* text : {"", "-1", "+1", "4", "1.0", "1e1", " 1", "1 ", "0x1", "one", "3s"}) {
        Result<std::uint64_t> value = parse_integer(text, 0, 3);
        ASSERT_FALSE(value.has_value()) << text;
        EXPECT_EQ(value.error().kind, ErrorKind::kUsage);
        EXPECT_EQ(
            value.error().message, "\"" + std::string(text) + "\" is not a whole number from 0 to 3"
        );
    }
    EXPECT_EQ(
        parse_integer("18446744073709551616", 1, kMax).error().message,
        "\"18446744073709551616\" is not a whole number of at least 1"
    );
    EXPECT_FALSE(parse_integer("0", 1, kMax).has_value());
}

TEST(ParseBool, TakesTheUsualWordsInAnyCase) {
    for (const char* text : {"true", "True", "TRUE", "yes", "Yes", "on", "ON", "1"}) {
        Result<bool> value = parse_bool(text);
        EXPECT_TRUE(value.has_value() && value.value()) << text;
    }
    for (const char* text : {"false", "False", "no", "off", "OFF", "0"}) {
        Result<bool> value = parse_bool(text);
        EXPECT_TRUE(value.has_value() && !value.value()) << text;
    }
    for (const char* text : {"", "2", "y", "tru", "true ", "nfstream"}) {
        Result<bool> value = parse_bool(text);
        ASSERT_FALSE(value.has_value()) << text;
        EXPECT_EQ(value.error().message, "\"" + std::string(text) + "\" is neither true nor false");
    }
}

TEST(ParseDuration, TakesUnitsAndCountsBareNumbersInTheOneGiven) {
    struct Row {
        const char* text;
        milliseconds bare;
        milliseconds value;
    };
    for (const Row& row :
         {Row{"120", seconds(1), seconds(120)},
          Row{"100", milliseconds(1), milliseconds(100)},
          Row{"0", seconds(1), milliseconds(0)},
          Row{"120s", milliseconds(1), seconds(120)},
          Row{"1500ms", seconds(1), milliseconds(1500)},
          Row{"2m", seconds(1), seconds(120)},
          Row{"1h", seconds(1), seconds(3600)},
          Row{"1d", seconds(1), seconds(86'400)},
          Row{"18446744073709551615ms", seconds(1), milliseconds::max()}}) {
        EXPECT_EQ(parse_duration(row.text, row.bare).value(), row.value) << row.text;
    }
}

TEST(ParseDuration, SaysWhatWouldHaveBeenRight) {
    for (const char* text :
         {"", "s", "-1s", "1.5s", "1 s", "1S", "1us", "1w", "1s2", "18446744073709551615s"}) {
        Result<milliseconds> value = parse_duration(text, seconds(1));
        ASSERT_FALSE(value.has_value()) << text;
        EXPECT_EQ(value.error().kind, ErrorKind::kUsage);
        EXPECT_EQ(
            value.error().message,
            "\"" + std::string(text) + "\" is not a duration; write it as 120s, 500ms, 2m, 1h or 1d"
        );
    }
}

TEST(ParseSize, TakesBinaryUnits) {
    struct Row {
        const char* text;
        std::uint64_t value;
    };
    for (const Row& row :
         {Row{"0", 0},
          Row{"100", 100},
          Row{"100B", 100},
          Row{"512KiB", 524'288},
          Row{"64MiB", 67'108'864},
          Row{"1GiB", 1'073'741'824}}) {
        EXPECT_EQ(parse_size(row.text).value(), row.value) << row.text;
    }
}

TEST(ParseSize, SaysWhatWouldHaveBeenRight) {
    for (const char* text : {"", "MiB", "1MB", "1M", "1.5MiB", "-1", "1 MiB", "17179869184GiB"}) {
        Result<std::uint64_t> value = parse_size(text);
        ASSERT_FALSE(value.has_value()) << text;
        EXPECT_EQ(
            value.error().message,
            "\"" + std::string(text) + "\" is not a size; write it as 64MiB, 512KiB, 1GiB or 100B"
        );
    }
}

}  // namespace
}  // namespace flowgauge
