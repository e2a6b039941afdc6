#include "core/base/utf8_text.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace flowgauge {
namespace {

std::string replaced(std::string_view text) {
    std::string out;
    append_utf8(out, text);
    return out;
}

// The right column is what Python 3.11's decode("utf-8", "replace") gives.
TEST(Utf8Text, ReplacesWhatIsIllFormedAsPythonDoes) {
    struct Row {
        std::string_view text;
        std::string_view expected;
    };
    for (const Row& row :
         {Row{"", ""},
          Row{"plain", "plain"},
          Row{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
          Row{"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
          Row{"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
          Row{"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
          Row{"\xc1\xbf", "\xef\xbf\xbd\xef\xbf\xbd"},
          Row{"\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
          Row{"\xe0\x9f\xbf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
          Row{"\xe0\xa0\x80", "\xe0\xa0\x80"},
          Row{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
          Row{"\xed\x9f\xbf", "\xed\x9f\xbf"},
          Row{"\xf0\x8f\xbf\xbf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
          Row{"\xf0\x90\x80\x80", "\xf0\x90\x80\x80"},
          Row{"\xf5\x80\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
          Row{"\x80", "\xef\xbf\xbd"},
          Row{"\xbf\xbf", "\xef\xbf\xbd\xef\xbf\xbd"},
          Row{"a\x80-", "a\xef\xbf\xbd-"},
          Row{"\xe2\x82", "\xef\xbf\xbd"},
          Row{"\xe2\x82x", "\xef\xbf\xbdx"},
          Row{"\xf0\x9f\x98", "\xef\xbf\xbd"},
          Row{"\xf0\x9f\x98\xe2\x82\xac", "\xef\xbf\xbd\xe2\x82\xac"},
          Row{"\xfe\xff", "\xef\xbf\xbd\xef\xbf\xbd"},
          Row{"exactly8\x80", "exactly8\xef\xbf\xbd"},
          Row{"exactly8\xc3", "exactly8\xef\xbf\xbd"},
          Row{"1234567\xc3\xa9", "1234567\xc3\xa9"},
          Row{"1234567\xe2\x82", "1234567\xef\xbf\xbd"},
          Row{{"\0\0", 2}, {"\0\0", 2}},
          // The example of Unicode 15, table 3-11, but for its letters.
          Row{"-\xf1\x80\x80\xe1\x80\xc2-\x80-\x80\xbf-",
              "-\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd-\xef\xbf\xbd-\xef\xbf\xbd\xef\xbf\xbd-"}}) {
        EXPECT_EQ(replaced(row.text), row.expected);
        EXPECT_EQ(is_utf8(row.text), row.text == row.expected) << row.expected;
    }
}

TEST(Utf8Text, TakesEveryCharacterAndNothingElse) {
    for (std::uint32_t code = 0; code < 0x120000; ++code) {
        std::string text;
        const auto put = [&text](std::uint32_t byte) {
            text += static_cast<char>(byte);
        };
        if (code < 0x80) {
            put(code);
        } else if (code < 0x800) {
            put(0xc0 | code >> 6);
            put(0x80 | (code & 0x3f));
        } else if (code < 0x10000) {
            put(0xe0 | code >> 12);
            put(0x80 | (code >> 6 & 0x3f));
            put(0x80 | (code & 0x3f));
        } else {
            put(0xf0 | code >> 18);
            put(0x80 | (code >> 12 & 0x3f));
            put(0x80 | (code >> 6 & 0x3f));
            put(0x80 | (code & 0x3f));
        }
        const bool character = code < 0x110000 && (code < 0xd800 || code > 0xdfff);
        ASSERT_EQ(is_utf8(text), character) << std::hex << code;
    }
}

TEST(Utf8Text, SaysWhereTheFirstIllFormedSequenceBegins) {
    for (std::size_t before = 0; before < 20; ++before) {
        const std::string good(before, 'x');
        EXPECT_EQ(count_utf8_bytes(good), before);
        EXPECT_EQ(count_utf8_bytes(good + "\xff" + "more than eight"), before);
        EXPECT_EQ(count_utf8_bytes(good + "\xc3\xa9\xe2\x82"), before + 2);
    }
}

}  // namespace
}  // namespace flowgauge
