#include "core/base/recent_map.h"

#include <gtest/gtest.h>

#include <string>

namespace flowgauge {
namespace {

TEST(RecentMap, LetsTheLeastRecentGo) {
    RecentMap<int, std::string> map(2);
    map.put(1, "a");
    map.put(2, "b");
    ASSERT_NE(map.find(1), nullptr);
    map.put(3, "c");
    EXPECT_EQ(map.find(2), nullptr);
    EXPECT_EQ(map.evicted(), 1U);
    map.put(3, "d");
    EXPECT_EQ(*map.find(3), "d");
    EXPECT_EQ(map.size(), 2U);
    EXPECT_EQ(*map.find(1), "a");
}

TEST(RecentMap, HasOneValueForAKey) {
    RecentMap<int, int> map(4);
    map.put(1, 10);
    map.put(1, 11);
    EXPECT_EQ(*map.find(1), 11);
    EXPECT_EQ(map.size(), 1U);
    map.erase(1);
    EXPECT_EQ(map.find(1), nullptr);
    map.put(2, 20);
    map.clear();
    EXPECT_EQ(map.size(), 0U);
    EXPECT_EQ(map.find(2), nullptr);
    EXPECT_EQ(map.evicted(), 0U);
}

}  // namespace
}  // namespace flowgauge
