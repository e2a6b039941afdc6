#include "sensor/worker_watch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr WorkerWatch::Clock::time_point kStart{std::chrono::hours(1)};

// What the watch says about the second of two workers, looked at each second, that turned `turning`
// times and then no more.
std::size_t seconds_until_stalled(WorkerWatch& watch, int turning) {
    for (int second = 0; second < 100; ++second) {
        const auto turns = static_cast<std::uint64_t>(second);
        // A timer is never early.
        const auto now = kStart + seconds(second) + milliseconds(second);
        watch.look({turns, std::min<std::uint64_t>(turns, static_cast<unsigned>(turning))}, now);
        EXPECT_FALSE(watch.is_stalled(0));
        if (watch.is_stalled(1)) {
            EXPECT_EQ(watch.stalled(), 1U);
            return static_cast<std::size_t>(second - turning);
        }
    }
    return 0;
}

TEST(WorkerWatch, NoticesAWorkerThatStandsStill) {
    WorkerWatch watch{seconds(10)};
    EXPECT_EQ(seconds_until_stalled(watch, 5), 10U);
}

TEST(WorkerWatch, NoticesItWhenItsPatienceIsAsLongAsALook) {
    WorkerWatch watch{seconds(1)};
    EXPECT_EQ(seconds_until_stalled(watch, 5), 1U);
}

TEST(WorkerWatch, BlamesNobodyWhenTheWholeProcessWasStopped) {
    WorkerWatch watch{seconds(10)};
    watch.look({1, 1}, kStart);
    watch.look({1, 1}, kStart + seconds(60));
    EXPECT_EQ(watch.stalled(), 0U);
    for (int second = 1; second < 10; ++second) {
        watch.look({1, 1}, kStart + seconds(60 + second));
        EXPECT_EQ(watch.stalled(), 0U);
    }
    watch.look({1, 1}, kStart + seconds(70));
    EXPECT_EQ(watch.stalled(), 2U);
    watch.look({2, 1}, kStart + seconds(71));
    EXPECT_EQ(watch.stalled(), 1U);
}

}  // namespace
}  // namespace flowgauge
