#include "core/expression/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace flowgauge {
namespace {

struct Row {
    const char* pattern;
    const char* text;
    bool matches;
};

TEST(Glob, MatchesTheWholeText) {
    for (const Row& row :
         {Row{"", "", true},
          Row{"", "a", false},
          Row{"abc", "abc", true},
          Row{"abc", "abcd", false},
          Row{"abc", "xabc", false},
          Row{"*", "", true},
          Row{"*", "anything", true},
          Row{"**", "anything", true},
          Row{"a*", "a", true},
          Row{"a*c", "abbbc", true},
          Row{"a*c", "abbb", false},
          Row{"*.google.com", "www.google.com", true},
          Row{"*.google.com", "google.com", false},
          Row{"*ab*ab", "abab", true},
          Row{"*ab*ab", "ab", false},
          Row{"*aab", "aaaab", true},
          Row{"a?c", "abc", true},
          Row{"a?c", "ac", false},
          Row{"?", "\xc3\xa9", true},
          Row{"??", "\xc3\xa9", false},
          Row{"?", "\xff", true},
          Row{"?", "\xe2\x82", false},
          Row{"\xc3\xa9*", "\xc3\xa9t\xc3\xa9", true},
          Row{"[abc]", "b", true},
          Row{"[abc]", "d", false},
          Row{"[a-c]x", "bx", true},
          Row{"[!a-c]", "b", false},
          Row{"[!a-c]", "d", true},
          Row{"[]]", "]", true},
          Row{"[!]]", "]", false},
          Row{"[a-]", "-", true},
          Row{"[-a]", "-", true},
          Row{"[\xc3\xa0-\xc3\xbf]", "\xc3\xa9", true},
          Row{"[[]", "[", true},
          Row{"[*]", "*", true},
          Row{"[*]", "x", false},
          Row{"a]", "a]", true},
          Row{"*[0-9]", "port 8", true},
          Row{"*[0-9]", "port", false}}) {
        Result<Glob> glob = Glob::compile(row.pattern);
        ASSERT_TRUE(glob.has_value()) << row.pattern;
        EXPECT_EQ(glob.value().matches(row.text), row.matches) << row.pattern << " " << row.text;
    }
}

TEST(Glob, RefusesWhatItCannotMean) {
    EXPECT_FALSE(Glob::compile("[a").has_value());
    EXPECT_FALSE(Glob::compile("[").has_value());
    EXPECT_FALSE(Glob::compile("[!]").has_value());
    EXPECT_TRUE(Glob::compile(std::string(256, 'a')).has_value());
    EXPECT_FALSE(Glob::compile(std::string(257, 'a')).has_value());
}

// Exponential in a matcher that tries every star again.
TEST(Glob, EndsSoonOnHostileText) {
    std::string pattern;
    for (int i = 0; i < 100; ++i) {
        pattern += "*a";
    }
    EXPECT_FALSE(Glob::compile(pattern + "b").value().matches(std::string(65'536, 'a')));
}

}  // namespace
}  // namespace flowgauge
