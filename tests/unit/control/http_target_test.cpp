#include "control/http_target.h"

#include <gtest/gtest.h>

namespace flowgauge {
namespace {

TEST(HttpTarget, SplitsPathAndQueryAndDecodesThem) {
    const std::optional<HttpTarget> target =
        split_target("/api%2Fv1/a+b?limit=5&&x&y=%3D&limit=6&=z");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, "/api/v1/a+b");
    const std::map<std::string, std::string> expected{
        {"limit", "5"}, {"x", ""}, {"y", "="}, {"", "z"}};
    auto query = target->query;
    EXPECT_EQ(query, expected);
}

TEST(HttpTarget, RefusesWhatIsMalformed) {
    for (const std::string_view wrong :
         {"", "x", "http://host/", "*", "/%", "/%4", "/%zz", "/%-1", "/?a=%", "/?%=b"}) {
        EXPECT_FALSE(split_target(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace flowgauge
