#include "sensor/dissection_shedding.h"

#include <gtest/gtest.h>

namespace flowgauge::test {
namespace {

constexpr KernelTime kSecond = kNanosecondsPerSecond;

TEST(DissectionShedding, BeginsWhenHalfTheRingIsFullAndEndsWhenItWasCalm) {
    bool shedding = false;
    DissectionShedding overload(shedding);
    overload.allow(true);
    overload.look(499, 1 * kSecond);
    EXPECT_FALSE(shedding);
    overload.look(500, 2 * kSecond);
    EXPECT_TRUE(shedding);
    overload.look(200, 3 * kSecond);  // not calm yet
    overload.look(50, 7 * kSecond);
    EXPECT_TRUE(shedding);
    overload.look(101, 7 * kSecond + 1);
    overload.look(0, 12 * kSecond);
    EXPECT_TRUE(shedding) << "4.99 s of calm";
    overload.look(0, 12 * kSecond + 1);
    EXPECT_FALSE(shedding);
}

TEST(DissectionShedding, DoesNothingUnlessAllowed) {
    bool shedding = false;
    DissectionShedding overload(shedding);
    EXPECT_EQ(overload.look(900, kSecond), 900U) << "the gauge shows it all the same";
    EXPECT_FALSE(shedding);
    overload.allow(true);
    overload.look(900, 2 * kSecond);
    EXPECT_TRUE(shedding);
    overload.allow(false);
    EXPECT_FALSE(shedding) << "a reload ends it at once";
}

TEST(DissectionShedding, ShowsTheWorstForFiveToTenSeconds) {
    bool shedding = false;
    DissectionShedding overload(shedding);
    overload.look(0, 100 * kSecond);
    overload.look(300, 101 * kSecond);
    EXPECT_EQ(overload.look(10, 104 * kSecond), 300U);
    EXPECT_EQ(overload.look(10, 106 * kSecond), 300U);
    EXPECT_EQ(overload.look(10, 109 * kSecond), 300U);
    EXPECT_EQ(overload.look(5, 112 * kSecond), 10U);
}

}  // namespace
}  // namespace flowgauge::test
