#include "export/terminal/terminal_text.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace flowgauge {
namespace {

TEST(TerminalText, EscapesWhatCouldSteerTheTerminal) {
    EXPECT_EQ(printable("www.example.org"), "www.example.org");
    EXPECT_EQ(printable("\x1b[2Jx"), "\\x1b[2Jx");
    EXPECT_EQ(printable("a\r\n\tb\x7f"), "a\\x0d\\x0a\\x09b\\x7f");
    EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
    EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");           // CSI in 8 bits
    EXPECT_EQ(printable("\xe2\x80\xae"), "\\xe2\\x80\\xae");  // right to left
    EXPECT_EQ(printable("\\x1b"), "\\\\x1b");
}

TEST(TerminalText, LeavesOnlyPrintableAsciiOfAnyByte) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string text = printable(std::string(1, static_cast<char>(byte)));
        EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; })) << byte;
    }
}

TEST(TerminalText, CountsCharactersNotBytes) {
    EXPECT_EQ(display_width(""), 0);
    EXPECT_EQ(display_width("abc"), 3);
    EXPECT_EQ(display_width("a\xe2\x80\xa6z"), 3);
}

TEST(TerminalText, ShortensInTheMiddleToTheWidth) {
    EXPECT_EQ(shortened("TLS.Google", 10, true), "TLS.Google");
    EXPECT_EQ(shortened("TLS.Google", 9, true), "TLS.\xe2\x80\xa6ogle");
    EXPECT_EQ(shortened("TLS.Google", 8, true), "TLS.\xe2\x80\xa6gle");
    EXPECT_EQ(shortened("TLS.Google", 8, false), "TLS..gle");
    for (std::size_t width = 3; width < 12; ++width) {
        for (const bool unicode : {false, true}) {
            const std::string text = shortened("TLS.Google", width, unicode);
            EXPECT_EQ(display_width(text), std::min<std::size_t>(width, 10)) << text;
        }
    }
}

TEST(TerminalText, FillsToTheWidthOnTheSideThatIsAsked) {
    std::string out;
    append_left(out, "a\xe2\x80\xa6", 4);
    append_right(out, "7", 3);
    append_left(out, "long", 2);
    append_right(out, "long", 2);
    EXPECT_EQ(out, "a\xe2\x80\xa6    7longlong");
}

TEST(TerminalText, EndsLinesWithoutSpacesAndBoldIfAsked) {
    std::string out;
    append_line(out, "a b  ");
    append_line(out, "   ");
    append_line(out, "head ", true);
    EXPECT_EQ(out, "a b\n\n\x1b[1mhead\x1b[0m\n");
}

}  // namespace
}  // namespace flowgauge
