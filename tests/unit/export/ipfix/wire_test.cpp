#include "export/ipfix/wire.h"

#include "core/base/utf8_text.h"
#include "tests/support/hostile_text.h"
#include "tests/support/ipfix_values.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace flowgauge {
namespace {

std::string text_of(std::string_view text, std::size_t bytes_max) {
    std::string out;
    append_wire_text(out, text, bytes_max);
    return out;
}

std::string body_of(std::string_view text, std::size_t bytes_max) {
    const std::string out = text_of(text, bytes_max);
    return out.substr(static_cast<unsigned char>(out[0]) == 255 ? 3 : 1);
}

TEST(WireText, IsUtf8CutWhereACharacterEnds) {
    struct Row {
        const char* text;
        std::size_t bytes_max;
        const char* written;
    };
    for (const Row& row :
         {Row{"", 10, ""},
          Row{"plain", 10, "plain"},
          Row{"plain", 5, "plain"},
          Row{"plain", 4, "plai"},
          Row{"plain", 0, ""},
          Row{"caf\xc3\xa9", 5, "caf\xc3\xa9"},
          Row{"caf\xc3\xa9", 4, "caf"},
          Row{"\xf0\x9f\x98\x80x", 5, "\xf0\x9f\x98\x80x"},
          Row{"\xf0\x9f\x98\x80x", 3, ""},
          Row{"a\xff"
              "b",
              10,
              "a\xef\xbf\xbd"
              "b"},
          Row{"a\xff", 3, "a"},                             // no room for the replacement
          Row{"\xc0\xaf", 10, "\xef\xbf\xbd\xef\xbf\xbd"},  // overlong
          Row{"\xed\xa0\x80", 9, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},  // a surrogate
          Row{"\xe2\x82", 10, "\xef\xbf\xbd"},                             // ends too early
          Row{"\"quoted\", \n", 20, "\"quoted\", \n"}}) {
        EXPECT_EQ(body_of(row.text, row.bytes_max), row.written) << row.text;
    }
}

TEST(WireText, HasItsLengthInOneByteUpTo254) {
    for (const std::size_t length : {0U, 1U, 254U, 255U, 256U, 1000U}) {
        for (const char* character : {"x", "\xc3\xa9"}) {
            std::string text;
            while (text.size() + std::string_view(character).size() <= length) {
                text += character;
            }
            const std::string written = text_of(text, 1000);
            if (text.size() < 255) {
                EXPECT_EQ(written, static_cast<char>(text.size()) + text);
            } else {
                EXPECT_EQ(written.substr(0, 1), "\xff");
                EXPECT_EQ(load_wire<2>(written.data() + 1), text.size());
                EXPECT_EQ(written.substr(3), text);
            }
        }
    }
}

TEST(WireText, IsUtf8WhateverComes) {
    std::mt19937 random(1);
    for (int i = 0; i < 20000; ++i) {
        std::string text;
        for (auto length = random() % 24; length > 0; --length) {
            text += static_cast<char>(random() % 3 == 0 ? random() : 0xc0 | (random() & 0x3f));
        }
        const std::size_t bytes_max = random() % 30;
        const std::string body = body_of(text, bytes_max);
        ASSERT_LE(body.size(), bytes_max);
        ASSERT_TRUE(test::is_utf8(body));
        if (test::is_utf8(text) && text.size() <= bytes_max) {
            ASSERT_EQ(body, text);
        }
    }
}

TEST(WireText, TakesTheLongestAndWorstText) {
    std::string mended;
    append_utf8(mended, test::hostile_text());
    const std::string body = body_of(test::hostile_text(), 65'000);
    EXPECT_LE(body.size(), 65'000U);
    EXPECT_GT(body.size(), 64'996U);
    EXPECT_TRUE(mended.starts_with(body));
}

TEST(PaddedText, HasZerosBehindIt) {
    std::string out;
    append_padded_text(out, "TLS", 5);
    append_padded_text(out, "caf\xc3\xa9", 4);
    EXPECT_EQ(out, std::string("TLS\0\0caf\0", 9));
}

// As a collector reads it: rounding down gives what was meant.
TEST(WireTime, ComesBackAsTheSameTicks) {
    EXPECT_EQ(wire_time(1'700'000'000'123, TimeUnit::kMilliseconds), 1'700'000'000'123U);
    std::mt19937_64 random(1);
    for (const TimeUnit unit : {TimeUnit::kMicroseconds, TimeUnit::kNanoseconds}) {
        const auto per_second = static_cast<std::uint64_t>(ticks_per_second(unit));
        for (int i = 0; i < 100'000; ++i) {
            const std::uint64_t rest =
                i < 2 ? (i == 0 ? 0 : per_second - 1) : random() % per_second;
            const std::uint64_t ticks = 1'700'000'000 * per_second + rest;
            const std::uint64_t ntp = wire_time(static_cast<Tick>(ticks), unit);
            ASSERT_EQ(ntp >> 32, 1'700'000'000U + 2'208'988'800U);
            ASSERT_EQ((ntp & 0xffffffff) * per_second >> 32, rest);
            ASSERT_EQ(unit == TimeUnit::kMicroseconds ? ntp & 2047 : 0, 0U);
        }
    }
}

}  // namespace
}  // namespace flowgauge
