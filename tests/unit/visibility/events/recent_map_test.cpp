#include "visibility/events/recent_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

namespace flowgauge {
namespace {

TEST(RecentMap, KeepsWhatIsAskedForAndForgetsTheRest) {
    RecentMap<int, int> map(8);
    map.put(0, 100);
    for (int key = 1; key < 1'000; ++key) {
        map.put(key, key);
        ASSERT_EQ(map.find(0), 100) << key;
        ASSERT_LE(map.size(), 8U);
    }
    EXPECT_EQ(map.find(1), std::nullopt);
    EXPECT_EQ(map.forgotten() + map.size(), 1'000U);
}

TEST(RecentMap, HoldsAtLeastHalfItsBound) {
    RecentMap<int, int> map(8);
    for (int key = 0; key < 100; ++key) {
        map.put(key, key);
        for (int recent = std::max(0, key - 3); recent <= key; ++recent) {
            RecentMap<int, int> copy = map;
            ASSERT_EQ(copy.find(recent), recent);
        }
    }
}

TEST(RecentMap, HasOneValueForAKeyWhicheverHalfItWasIn) {
    RecentMap<int, int> map(4);
    map.put(1, 10);
    map.put(2, 20);  // both are old now
    map.put(1, 11);
    EXPECT_EQ(map.find(1), 11);
    EXPECT_EQ(map.size(), 2U);
    map.erase(1);
    EXPECT_EQ(map.find(1), std::nullopt);
    map.erase(2);
    EXPECT_EQ(map.size(), 0U);
    EXPECT_EQ(map.forgotten(), 0U);
}

}  // namespace
}  // namespace flowgauge
