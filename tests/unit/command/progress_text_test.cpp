#include "command/progress_text.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace flowgauge {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;

// 100 MiB and a million packets a second.
ProgressRate steady() {
    ProgressRate rate;
    rate.add(1, {.bytes = 100 * kMebibyte, .packets = 1'000'000});
    return rate;
}

TEST(ProgressText, SaysHowFarHowFastAndHowLong) {
    const WalkPoint point{.bytes = 1'260 * kMebibyte, .packets = 12'345'678, .flows = 123'456};
    EXPECT_EQ(
        progress_text(point, steady(), 3'000 * kMebibyte, 79),
        "42%  1.23 of 2.93 GiB  100 MiB/s  12.3M pkts 1.00M/s  123k flows  18.0s left"
    );
}

TEST(ProgressText, HasNeitherPercentNorTimeLeftWithoutATotal) {
    const WalkPoint point{.bytes = 1'260 * kMebibyte, .packets = 7, .flows = 1};
    EXPECT_EQ(
        progress_text(point, steady(), std::nullopt, 79),
        "1.23 GiB  100 MiB/s  7 pkts 1.00M/s  1 flow"
    );
}

TEST(ProgressText, PromisesNothingWhileItStandsStill) {
    EXPECT_EQ(progress_text({}, {}, 100, 79), "0%  0 of 100 B  0 B/s  0 pkts 0/s");
    EXPECT_EQ(progress_text({}, {}, 0, 79), "0 of 0 B  0 B/s  0 pkts 0/s");
}

TEST(ProgressText, NeverPassesTheWholeOfAFileThatGrows) {
    const WalkPoint point{.bytes = 300, .packets = 1};
    EXPECT_EQ(
        progress_text(point, steady(), 200, 79),
        "100%  200 of 200 B  100 MiB/s  1 pkts 1.00M/s  0s left"
    );
}

TEST(ProgressText, LeavesOutWhatMattersLeastWhereItIsNarrow) {
    const WalkPoint point{.bytes = 1'260 * kMebibyte, .packets = 12'345'678, .flows = 123'456};
    const auto text = [&](std::size_t columns) {
        return progress_text(point, steady(), 3'000 * kMebibyte, columns);
    };
    EXPECT_EQ(text(75), "42%  1.23 of 2.93 GiB  100 MiB/s  12.3M pkts 1.00M/s  18.0s left");
    EXPECT_EQ(text(60), "42%  1.23 of 2.93 GiB  100 MiB/s  18.0s left");
    EXPECT_EQ(text(40), "42%  1.23 of 2.93 GiB  18.0s left");
    EXPECT_EQ(text(20), "42%  18.0s left");
    EXPECT_EQ(text(5), "42%");
    EXPECT_EQ(text(2), "");
}

TEST(ProgressText, FitsForAnyNumbers) {
    std::mt19937_64 random(3);
    for (int i = 0; i < 20'000; ++i) {
        const auto number = [&] {
            return random() >> (random() % 64);
        };
        ProgressRate rate;
        rate.add(1 + static_cast<double>(i), {.bytes = number(), .packets = number()});
        const WalkPoint point{.bytes = number(), .packets = number(), .flows = number()};
        const std::size_t columns = random() % 100;
        EXPECT_LE(progress_text(point, rate, number(), columns).size(), columns);
    }
}

TEST(ProgressRate, BeginsWithTheMeanAndFollowsChanges) {
    ProgressRate rate;
    EXPECT_EQ(rate.bytes_per_second(), 0);
    rate.add(2, {.bytes = 200, .packets = 20});
    EXPECT_DOUBLE_EQ(rate.bytes_per_second(), 100);
    EXPECT_DOUBLE_EQ(rate.packets_per_second(), 10);
    rate.add(2, {.bytes = 900});  // no time has passed
    EXPECT_DOUBLE_EQ(rate.bytes_per_second(), 100);
    WalkPoint point{.bytes = 200, .packets = 20};
    for (int second = 3; second < 20; ++second) {
        const double before = rate.bytes_per_second();
        point.bytes += 1'000;
        rate.add(second, point);
        EXPECT_GT(rate.bytes_per_second(), before);
    }
    EXPECT_NEAR(rate.bytes_per_second(), 1'000, 10);
    EXPECT_NEAR(rate.packets_per_second(), 0, 0.1);
}

}  // namespace
}  // namespace flowgauge
