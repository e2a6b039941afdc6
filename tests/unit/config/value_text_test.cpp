#include "config/value_text.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace flowgauge {
namespace {

using std::chrono::microseconds;
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
        microseconds bare;
        microseconds value;
    };
    for (const Row& row :
         {Row{"120", seconds(1), seconds(120)},
          Row{"100", milliseconds(1), milliseconds(100)},
          Row{"0", seconds(1), seconds(0)},
          Row{"0us", seconds(0), seconds(0)},
          Row{"50us", seconds(1), microseconds(50)},
          Row{"120s", milliseconds(1), seconds(120)},
          Row{"1500ms", seconds(0), milliseconds(1500)},
          Row{"2m", seconds(1), seconds(120)},
          Row{"1h", seconds(1), seconds(3600)},
          Row{"1d", seconds(1), seconds(86'400)},
          Row{"9223372036854775807us", seconds(1), microseconds::max()}}) {
        EXPECT_EQ(parse_duration(row.text, row.bare).value(), row.value) << row.text;
    }
}

TEST(ParseDuration, SaysWhatWouldHaveBeenRight) {
    for (const char* text :
         {"",
          "s",
          "-1s",
          "1.5s",
          "1 s",
          "1S",
          "1ns",
          "1w",
          "1s2",
          "9223372036854775808us",
          "18446744073709551615s"}) {
        Result<microseconds> value = parse_duration(text, seconds(1));
        ASSERT_FALSE(value.has_value()) << text;
        EXPECT_EQ(value.error().kind, ErrorKind::kUsage);
        EXPECT_EQ(
            value.error().message,
            "\"" + std::string(text) + "\" is not a duration; write it as 120s, 500ms, 2m, 1h or 1d"
        );
    }
    EXPECT_EQ(
        parse_duration("120", seconds(0)).error().message,
        "\"120\" has no unit; write it as 120s, 500ms, 2m, 1h or 1d"
    );
}

TEST(DurationText, IsReadAsTheSameDuration) {
    struct Row {
        microseconds value;
        const char* text;
    };
    for (const Row& row :
         {Row{seconds(0), "0s"},
          Row{seconds(120), "120s"},
          Row{seconds(1800), "1800s"},
          Row{seconds(3600), "1h"},
          Row{seconds(172'800), "2d"},
          Row{milliseconds(60), "60ms"},
          Row{microseconds(1001), "1001us"},
          Row{microseconds::max(), "9223372036854775807us"}}) {
        EXPECT_EQ(duration_text(row.value), row.text);
        EXPECT_EQ(parse_duration(row.text, seconds(0)).value(), row.value);
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
        EXPECT_EQ(parse_size(row.text, true).value(), row.value) << row.text;
    }
}

TEST(ParseSize, SaysWhatWouldHaveBeenRight) {
    for (const char* text : {"", "MiB", "1MB", "1M", "1.5MiB", "-1", "1 MiB", "17179869184GiB"}) {
        Result<std::uint64_t> value = parse_size(text, true);
        ASSERT_FALSE(value.has_value()) << text;
        EXPECT_EQ(
            value.error().message,
            "\"" + std::string(text) + "\" is not a size; write it as 64MiB, 512KiB, 1GiB or 100B"
        );
    }
    EXPECT_EQ(
        parse_size("100", false).error().message,
        "\"100\" has no unit; write it as 64MiB, 512KiB, 1GiB or 100B"
    );
}

TEST(SizeText, IsReadAsTheSameSize) {
    struct Row {
        std::uint64_t value;
        const char* text;
    };
    for (const Row& row :
         {Row{0, "0B"},
          Row{1536, "1536B"},
          Row{65536, "64KiB"},
          Row{std::uint64_t{64} << 20, "64MiB"},
          Row{std::uint64_t{3} << 30, "3GiB"},
          Row{kMax, "18446744073709551615B"}}) {
        EXPECT_EQ(size_text(row.value), row.text);
        EXPECT_EQ(parse_size(row.text, false).value(), row.value);
    }
}

TEST(InQuotes, KeepsAMessageInItsLine) {
    EXPECT_EQ(in_quotes("a\nb\x7f"), "\"a?b?\"");
    EXPECT_EQ(in_quotes(std::string(61, 'x')), "\"" + std::string(60, 'x') + "...\"");
}

}  // namespace
}  // namespace flowgauge
