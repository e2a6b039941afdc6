#include "core/base/wakeup.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
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

TEST(Wakeup, WaitsNoLongerThanItsPatience) {
    Wakeup wakeup;
    const std::uint32_t ticket = wakeup.ticket();
    const auto begin = std::chrono::steady_clock::now();
    wakeup.wait_for(ticket, std::chrono::milliseconds(20));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(20));
    EXPECT_EQ(wakeup.ticket(), ticket);
    wakeup.wait_for(ticket, std::chrono::milliseconds(-5));
    wakeup.signal();
    wakeup.wait_for(ticket, std::chrono::hours(24));
}

// Both kinds of waiters at one time; who is not woken in time would wait for a day.
TEST(Wakeup, WakesWaitersWithAndWithoutPatience) {
    for (int round = 0; round < 2000; ++round) {
        Wakeup wakeup;
        const std::uint32_t ticket = wakeup.ticket();
        std::jthread patient([&] { wakeup.wait(ticket); });
        std::jthread impatient([&] { wakeup.wait_for(ticket, std::chrono::hours(24)); });
        wakeup.signal();
    }
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
