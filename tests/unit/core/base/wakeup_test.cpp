#include "core/base/wakeup.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <thread>

namespace flowgauge {
namespace {

TEST(Wakeup, ReturnsAtOnceWhenSignalledAfterTheTicket) {
    Wakeup wakeup;
    const std::uint32_t ticket = wakeup.ticket();
    wakeup.signal();
    wakeup.wait(ticket);
    EXPECT_NE(wakeup.ticket(), ticket);
}

TEST(Wakeup, WakesEveryWaiter) {
    Wakeup wakeup;
    const std::uint32_t ticket = wakeup.ticket();
    std::atomic<int> awake{0};
    {
        std::jthread first([&] { wakeup.wait(ticket), ++awake; });
        std::jthread second([&] { wakeup.wait(ticket), ++awake; });
        wakeup.signal();
    }
    EXPECT_EQ(awake.load(), 2);
}

// Two threads in turn: a lost signal would leave both asleep, and the test would time out.
TEST(Wakeup, LosesNoSignalBetweenLookAndSleep) {
    constexpr int kRounds = 20'000;
    Wakeup to_second;
    Wakeup to_first;
    std::atomic<int> turn{0};
    int plain = 0;
    const auto wait_for = [&turn](const Wakeup& wakeup, int wanted) {
        while (true) {
            const std::uint32_t ticket = wakeup.ticket();
            if (turn.load(std::memory_order_acquire) == wanted) {
                return;
            }
            wakeup.wait(ticket);
        }
    };
    std::jthread second([&] {
        for (int round = 0; round < kRounds; ++round) {
            wait_for(to_second, 2 * round + 1);
            ++plain;
            turn.store(2 * round + 2, std::memory_order_release);
            to_first.signal();
        }
    });
    for (int round = 0; round < kRounds; ++round) {
        wait_for(to_first, 2 * round);
        ++plain;
        turn.store(2 * round + 1, std::memory_order_release);
        to_second.signal();
    }
    second.join();
    EXPECT_EQ(plain, 2 * kRounds);
}

}  // namespace
}  // namespace flowgauge
