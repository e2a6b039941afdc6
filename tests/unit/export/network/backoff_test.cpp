#include "export/network/backoff.h"

#include <gtest/gtest.h>

namespace flowgauge {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, GrowsByHalfUpToTheLongestWithLessThanAQuarterOff) {
    for (std::uint32_t seed = 1; seed < 50; ++seed) {
        Backoff backoff({.first = 500ms, .longest = 30s}, seed);
        std::chrono::milliseconds base = 500ms;
        for (int i = 0; i < 20; ++i) {
            const std::chrono::milliseconds wait = backoff.next();
            EXPECT_GE(wait, base * 3 / 4);
            EXPECT_LE(wait, base);
            base = std::min(base * 3 / 2, std::chrono::milliseconds(30s));
        }
        EXPECT_EQ(base, 30s);
        backoff.reset();
        EXPECT_LE(backoff.next(), 500ms);
    }
}

TEST(Backoff, FindsAPeerWithinTwoSecondsAfterFive) {
    for (std::uint32_t seed = 1; seed < 200; ++seed) {
        Backoff backoff({}, seed);
        std::chrono::milliseconds time{0};
        while (time < 5s) {
            time += backoff.next();
        }
        EXPECT_LT(time, 7s);
    }
}

TEST(Backoff, DiffersBySeed) {
    Backoff one({}, 1);
    Backoff other({}, 2);
    int different = 0;
    for (int i = 0; i < 10; ++i) {
        different += one.next() != other.next() ? 1 : 0;
    }
    EXPECT_GT(different, 5);
}

}  // namespace
}  // namespace flowgauge
