#include "core/base/spelling.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowgauge {
namespace {

const std::vector<std::string_view> kWords{"idle_timeout", "active_timeout", "guess", "shed"};

TEST(NearestWord, FindsWhatWasMeant) {
    for (const char* word :
         {"idle_timeout",
          "idle_timout",
          "idletimeout",
          "idle_tiemout",
          "idle_timeouts",
          "idl_timeot"}) {
        EXPECT_EQ(nearest_word(word, kWords), "idle_timeout") << word;
    }
    EXPECT_EQ(nearest_word("guss", kWords), "guess");
    EXPECT_EQ(nearest_word("hsed", kWords), "shed");
}

TEST(NearestWord, IsNoneWhereNoneIsNear) {
    for (const std::string& word :
         {std::string(),
          std::string("x"),
          std::string("timeout"),
          std::string("shade"),
          std::string(65, 'a')}) {
        EXPECT_EQ(nearest_word(word, kWords), "") << word;
    }
    EXPECT_EQ(nearest_word("guess", {}), "");
}

TEST(DidYouMean, AsksOnlyWithAWord) {
    EXPECT_EQ(did_you_mean("guess"), " (did you mean guess?)");
    EXPECT_EQ(did_you_mean(""), "");
}

}  // namespace
}  // namespace flowgauge
