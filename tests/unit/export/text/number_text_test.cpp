#include "export/text/number_text.h"

#include <gtest/gtest.h>

#include <charconv>
#include <cstring>
#include <limits>
#include <random>
#include <string>

namespace flowgauge {
namespace {

template <typename Number>
std::string text_of(Number value) {
    std::string text;
    append_number(text, value);
    return text;
}

// What Python 3's repr() prints.
TEST(NumberText, WritesRealsAsPythonDoes) {
    struct Row {
        double value;
        const char* text;
    };
    for (const Row& row :
         {Row{0.0, "0.0"},
          Row{-0.0, "-0.0"},
          Row{1514.0, "1514.0"},
          Row{100000.0, "100000.0"},
          Row{299792458.0, "299792458.0"},
          Row{1e15, "1000000000000000.0"},
          Row{9007199254740992.0, "9007199254740992.0"},
          Row{9007199254740994.0, "9007199254740994.0"},
          Row{9999999999999998.0, "9999999999999998.0"},
          Row{1e16, "1e+16"},
          Row{123456789012345680.0, "1.2345678901234568e+17"},
          Row{1e22, "1e+22"},
          Row{1.5e300, "1.5e+300"},
          Row{1.7976931348623157e308, "1.7976931348623157e+308"},
          Row{0.0001, "0.0001"},
          Row{0.00012345678901234567, "0.00012345678901234567"},
          Row{9.999999999999999e-05, "9.999999999999999e-05"},
          Row{0.00001, "1e-05"},
          Row{2.2250738585072014e-308, "2.2250738585072014e-308"},
          Row{5e-324, "5e-324"},
          Row{0.1, "0.1"},
          Row{1.0 / 3, "0.3333333333333333"},
          Row{2.0 / 3, "0.6666666666666666"},
          Row{4403.666666666667, "4403.666666666667"},
          Row{33333.333333333336, "33333.333333333336"},
          Row{1234567890123456.8, "1234567890123456.8"},
          Row{123456789.123, "123456789.123"},
          Row{1.0000000000000002, "1.0000000000000002"},
          Row{-2.5, "-2.5"},
          Row{-1514.0, "-1514.0"},
          Row{-1e-5, "-1e-05"},
          Row{-1e16, "-1e+16"}}) {
        EXPECT_EQ(text_of(row.value), row.text);
    }
}

TEST(NumberText, WritesRealsThatReadBackTheSame) {
    std::mt19937_64 random(1);
    for (int i = 0; i < 100'000; ++i) {
        const std::uint64_t bits = random();
        double value = 0;
        std::memcpy(&value, &bits, sizeof value);
        if (value != value || value - value != 0) {
            continue;  // no number or infinite
        }
        const std::string text = text_of(value);
        double back = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), back);
        ASSERT_EQ(read.ptr, text.data() + text.size()) << text;
        ASSERT_EQ(back, value) << text;
        ASSERT_NE(text.find_first_of(".e"), std::string::npos) << text;
    }
}

TEST(NumberText, WritesWholeNumbers) {
    EXPECT_EQ(text_of(std::uint64_t{0}), "0");
    EXPECT_EQ(text_of(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
    EXPECT_EQ(text_of(std::int64_t{-1}), "-1");
    EXPECT_EQ(text_of(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
}

// Beside every power of ten, and anywhere with each number of bits.
TEST(NumberText, WritesWholeNumbersOfEachLength) {
    for (std::uint64_t power = 1; power <= 1'000'000'000'000'000'000; power *= 10) {
        for (const std::uint64_t value : {power - 1, power, power + 1, 9 * power, 9 * power + 7}) {
            ASSERT_EQ(text_of(value), std::to_string(value));
        }
    }
    std::mt19937_64 random(2);
    for (int i = 0; i < 640'000; ++i) {
        const std::uint64_t value = random() >> (i % 64);
        ASSERT_EQ(text_of(value), std::to_string(value));
        const auto negative = static_cast<std::int64_t>(value);
        ASSERT_EQ(text_of(negative), std::to_string(negative));
    }
}

TEST(NumberText, AppendsToWhatIsThere) {
    std::string text = "3.5,";
    append_number(text, 7.0);
    text += ',';
    append_number(text, std::uint64_t{9});
    EXPECT_EQ(text, "3.5,7.0,9");
}

}  // namespace
}  // namespace flowgauge
