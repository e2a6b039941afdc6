#include "core/flow/clock_shifts.h"

#include <gtest/gtest.h>

namespace flowgauge::test {
namespace {

TEST(ClockShifts, AreNoneUntilTheClockIsSet) {
    const ClockShifts shifts;
    EXPECT_EQ(shifts.at(0), 0);
    EXPECT_EQ(shifts.at(kTickMax), 0);
}

TEST(ClockShifts, BelongToTheFlowsThatBeganAfterThem) {
    ClockShifts shifts;
    shifts.add(100, 3600);
    shifts.add(200, -5);
    EXPECT_EQ(shifts.at(50), 0);
    EXPECT_EQ(shifts.at(100), 0);
    EXPECT_EQ(shifts.at(101), 3600);
    EXPECT_EQ(shifts.at(200), 3600);
    EXPECT_EQ(shifts.at(201), -5);
}

TEST(ClockShifts, ForgetTheOldestFirst) {
    ClockShifts shifts;
    for (Tick i = 1; i <= 40; ++i) {
        shifts.add(i * 100, i);
    }
    EXPECT_EQ(shifts.at(4001), 40);
    EXPECT_EQ(shifts.at(2501), 25);
    EXPECT_EQ(shifts.at(2500), 24) << "the last that was forgotten stands for all before it";
    EXPECT_EQ(shifts.at(101), 24);
}

}  // namespace
}  // namespace flowgauge::test
