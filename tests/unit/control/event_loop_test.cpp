#include "control/event_loop.h"

#include "service/log.h"

#include <gtest/gtest.h>

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace flowgauge {
namespace {

using namespace std::chrono_literals;

TEST(EventLoop, RunsWhatIsPostedInOrderUntilItIsStopped) {
    EventLoop loop;
    std::vector<int> order;
    loop.post([&] { order.push_back(1); });
    loop.post([&] { order.push_back(2); });
    loop.post([&] { loop.stop(); });
    loop.run();
    EXPECT_EQ(order, (std::vector{1, 2}));
}

TEST(EventLoop, TakesPostsOfOtherThreadsWhileItRuns) {
    EventLoop loop;
    int calls = 0;
    std::jthread other([&] {
        for (int i = 0; i < 1000; ++i) {
            loop.post([&] { ++calls; });
        }
        loop.post([&] { loop.stop(); });
    });
    loop.run();
    EXPECT_EQ(calls, 1000);
}

TEST(EventLoop, ReturnsAtOnceWhenItWasStoppedBefore) {
    EventLoop loop;
    loop.stop();
    loop.run();
}

TEST(EventLoop, CallsEachPeriodAgain) {
    EventLoop loop;
    int calls = 0;
    const auto start = std::chrono::steady_clock::now();
    loop.every(5ms, [&] {
        if (++calls == 4) {
            loop.stop();
        }
    });
    loop.run();
    EXPECT_EQ(calls, 4);
    EXPECT_GE(std::chrono::steady_clock::now() - start, 20ms);
}

// The first call comes after one period and lasts four. Calls that made up for those it missed
// would follow at once; instead one follows, and the third comes a period later.
TEST(EventLoop, CallsOnceForAllPeriodsThatACallMissed) {
    using Clock = std::chrono::steady_clock;
    EventLoop loop;
    int calls = 0;
    const auto start = Clock::now();
    loop.every(50ms, [&] {
        if (++calls == 1) {
            const auto until = Clock::now() + 200ms;
            while (Clock::now() < until) {}
        }
        if (calls == 3) {
            loop.stop();
        }
    });
    loop.run();
    EXPECT_GE(Clock::now() - start, 300ms);
}

TEST(EventLoop, CallsOnceAfterADelay) {
    EventLoop loop;
    int calls = 0;
    loop.after(1ms, [&] { ++calls; });
    loop.after(20ms, [&] { loop.stop(); });
    loop.run();
    EXPECT_EQ(calls, 1);
}

TEST(EventLoop, GivesUpDelaysThatAreStillOpenWhenItEnds) {
    bool called = false;
    {
        EventLoop loop;
        loop.after(1h, [&] { called = true; });
        loop.every(1h, [&] { called = true; });
        loop.post([&] { loop.stop(); });
        loop.run();
    }
    EXPECT_FALSE(called);
}

TEST(EventLoop, DeliversSignals) {
    EventLoop loop;
    std::vector<int> signals;
    loop.on_signal(SIGUSR1, [&](int signal) {
        signals.push_back(signal);
        static_cast<void>(std::raise(SIGUSR2));
    });
    loop.on_signal(SIGUSR2, [&](int signal) {
        signals.push_back(signal);
        loop.stop();
    });
    static_cast<void>(std::raise(SIGUSR1));
    loop.run();
    EXPECT_EQ(signals, (std::vector{SIGUSR1, SIGUSR2}));
}

TEST(EventLoop, CallsWhenADescriptorCanBeReadAndLeavesItOpen) {
    const int event = ::eventfd(0, EFD_CLOEXEC);
    std::uint64_t sum = 0;
    {
        EventLoop loop;
        loop.on_readable(event, [&] {
            std::uint64_t value = 0;
            ASSERT_EQ(::read(event, &value, sizeof value), ssize_t{sizeof value});
            sum += value;
            if (sum == 3) {
                loop.stop();
                return;
            }
            const std::uint64_t two = 2;
            ASSERT_EQ(::write(event, &two, sizeof two), ssize_t{sizeof two});
        });
        const std::uint64_t one = 1;
        ASSERT_EQ(::write(event, &one, sizeof one), ssize_t{sizeof one});
        loop.run();
    }
    EXPECT_EQ(sum, 3U);
    EXPECT_EQ(::close(event), 0);
}

TEST(EventLoop, GoesOnAfterAnExceptionAndSaysSo) {
    EventLoop loop;
    int calls = 0;
    loop.every(1ms, [&] {
        if (++calls == 2) {
            loop.stop();
        }
        throw std::runtime_error("out of paper");
    });
    loop.run();
    EXPECT_EQ(calls, 2);
    ASSERT_FALSE(recent_messages().empty());
    EXPECT_NE(recent_messages().front().text.find("out of paper"), std::string::npos);
}

TEST(EventLoop, SaysThatADescriptorCannotBeWatched) {
    EventLoop loop;
    loop.on_readable(-1, [] {});
    ASSERT_FALSE(recent_messages().empty());
    EXPECT_NE(recent_messages().front().text.find("descriptor -1"), std::string::npos);
}

}  // namespace
}  // namespace flowgauge
