#include "export/sink/queue_outlet.h"

#include "tests/unit/export/sink/counting_shard.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace flowgauge {
namespace {

using test::CountingShard;

FlowRecord record(std::uint32_t number) {
    return {.moment = Tick{number}, .slot = number};
}

// Takes what is there and gives it back.
std::uint32_t drain(RecordQueue& queue) {
    std::uint32_t count = 0;
    while (queue.front() != nullptr) {
        const FlowRecord taken = *queue.front();
        queue.pop();
        queue.give_back(taken);
        ++count;
    }
    return count;
}

TEST(QueueOutlet, DropsAndCountsTheNewestWhenFull) {
    Wakeup wakeup;
    RecordQueue queue(4, wakeup);
    CountingShard shard;
    QueueOutlet outlet({&queue}, false);
    outlet.attach(shard);
    for (std::uint32_t i = 0; i < 10; ++i) {
        EXPECT_EQ(outlet.emit(record(i)), i < 4) << i;
    }
    EXPECT_EQ(outlet.dropped(0), 6U);
    EXPECT_EQ(drain(queue), 4U);
    EXPECT_TRUE(outlet.emit(record(10)));  // takes back first
    EXPECT_EQ(shard.released(), 4U);
    EXPECT_EQ(shard.released_slots(), 0U + 1 + 2 + 3);
    EXPECT_EQ(outlet.dropped(0), 6U);
}

TEST(QueueOutlet, TakesBackAndTellsTheSinkWhenAMomentIsReached) {
    Wakeup wakeup;
    RecordQueue queue(4, wakeup);
    CountingShard shard;
    QueueOutlet outlet({&queue}, false);
    outlet.attach(shard);
    ASSERT_TRUE(outlet.emit(record(1)));
    EXPECT_EQ(drain(queue), 1U);
    const std::uint32_t ticket = wakeup.ticket();
    outlet.reached(9);
    EXPECT_NE(wakeup.ticket(), ticket);
    EXPECT_EQ(queue.reached(), 9);
    EXPECT_EQ(shard.released(), 1U);
}

TEST(QueueOutlet, TellsTheSinkOfEach64thRecord) {
    Wakeup wakeup;
    RecordQueue queue(256, wakeup);
    CountingShard shard;
    QueueOutlet outlet({&queue}, true);
    outlet.attach(shard);
    const std::uint32_t ticket = wakeup.ticket();
    for (std::uint32_t i = 0; i < 63; ++i) {
        ASSERT_TRUE(outlet.emit(record(i)));
    }
    EXPECT_EQ(wakeup.ticket(), ticket);
    ASSERT_TRUE(outlet.emit(record(63)));
    EXPECT_NE(wakeup.ticket(), ticket);
}

// As the sink does it: sleeps while there is nothing.
void consume_until_closed(RecordQueue& queue, const Wakeup& wakeup) {
    while (true) {
        const std::uint32_t ticket = wakeup.ticket();
        const bool closed = queue.is_closed();
        if (drain(queue) != 0) {
            continue;
        }
        queue.wake_producer();
        if (closed) {
            return;
        }
        wakeup.wait(ticket);
    }
}

TEST(QueueOutlet, WaitsForRoomAndLosesNothing) {
    constexpr std::uint32_t kRecords = 200'000;
    Wakeup wakeup;
    RecordQueue queue(16, wakeup);
    CountingShard shard;
    QueueOutlet outlet({&queue}, true);
    outlet.attach(shard);
    std::jthread sink([&] { consume_until_closed(queue, wakeup); });
    for (std::uint32_t i = 0; i < kRecords; ++i) {
        ASSERT_TRUE(outlet.emit(record(i)));
    }
    outlet.close();
    outlet.wait_until_empty();
    EXPECT_EQ(shard.released(), kRecords);
    EXPECT_EQ(shard.released_slots(), std::uint64_t{kRecords} * (kRecords - 1) / 2);
    EXPECT_EQ(outlet.dropped(0), 0U);
}

// Many short runs: the last records come back while the worker looks away.
TEST(QueueOutlet, HasReleasedEveryRecordOnceTheQueueIsEmpty) {
    for (int run = 0; run < 3000; ++run) {
        Wakeup wakeup;
        RecordQueue queue(4, wakeup);
        CountingShard shard;
        QueueOutlet outlet({&queue}, true);
        outlet.attach(shard);
        std::jthread sink([&] { consume_until_closed(queue, wakeup); });
        for (std::uint32_t i = 0; i < 3; ++i) {
            ASSERT_TRUE(outlet.emit(record(i)));
        }
        outlet.close();
        outlet.wait_until_empty();
        ASSERT_EQ(shard.released(), 3U) << "run " << run;
    }
}

// Two sinks of unequal speed: each gets each record, and the shard gets it back when both have read
// it, or one has and the other had no room.
class TwoSinks {
public:
    TwoSinks() : outlet_({&quick_, &slow_}, false) { outlet_.attach(shard_); }

    [[nodiscard]] bool emit(std::uint32_t number) {
        flows_.push_back(std::make_unique<Flow>());
        FlowRecord next = record(number);
        next.flow = flows_.back().get();
        return outlet_.emit(next);
    }

    RecordQueue& quick() { return quick_; }
    RecordQueue& slow() { return slow_; }
    QueueOutlet& outlet() { return outlet_; }
    [[nodiscard]] std::uint64_t released() {
        outlet_.turn();
        return shard_.released();
    }

private:
    Wakeup wakeup_;
    RecordQueue quick_{8, wakeup_};
    RecordQueue slow_{4, wakeup_};
    CountingShard shard_;
    QueueOutlet outlet_;
    std::vector<std::unique_ptr<Flow>> flows_;
};

TEST(QueueOutlet, ReleasesARecordWhenItsLastSinkHasReadIt) {
    TwoSinks sinks;
    for (std::uint32_t i = 0; i < 3; ++i) {
        ASSERT_TRUE(sinks.emit(i));
    }
    EXPECT_EQ(drain(sinks.quick()), 3U);
    EXPECT_EQ(sinks.released(), 0U);
    EXPECT_EQ(drain(sinks.slow()), 3U);
    EXPECT_EQ(sinks.released(), 3U);
}

TEST(QueueOutlet, DropsForTheSinkThatHasNoRoomAlone) {
    TwoSinks sinks;
    for (std::uint32_t i = 0; i < 8; ++i) {
        ASSERT_TRUE(sinks.emit(i)) << i;
    }
    EXPECT_FALSE(sinks.emit(8));  // neither has room
    EXPECT_EQ(sinks.outlet().dropped(0), 1U);
    EXPECT_EQ(sinks.outlet().dropped(1), 5U);
    EXPECT_EQ(sinks.outlet().dropped(), 6U);
    EXPECT_EQ(drain(sinks.quick()), 8U);
    EXPECT_EQ(sinks.released(), 4U);
    EXPECT_EQ(drain(sinks.slow()), 4U);
    EXPECT_EQ(sinks.released(), 8U);
}

// Sinks at full speed on threads of their own, and a worker that waits for both.
TEST(QueueOutlet, GivesEachRecordToEachSinkAndReleasesItOnce) {
    constexpr std::uint32_t kRecords = 100'000;
    constexpr std::uint32_t kFlows = 64;  // more than can be under way
    Wakeup wakeups[2];
    RecordQueue first(16, wakeups[0]);
    RecordQueue second(8, wakeups[1]);
    CountingShard shard;
    QueueOutlet outlet({&first, &second}, true);
    outlet.attach(shard);
    std::vector<Flow> flows(kFlows);
    {
        const std::jthread one([&] { consume_until_closed(first, wakeups[0]); });
        const std::jthread other([&] { consume_until_closed(second, wakeups[1]); });
        for (std::uint32_t i = 0; i < kRecords; ++i) {
            FlowRecord next = record(i);
            next.flow = &flows[i % kFlows];
            ASSERT_TRUE(outlet.emit(next));
        }
        outlet.close();
        outlet.wait_until_empty();
    }
    EXPECT_EQ(shard.released(), kRecords);
    EXPECT_EQ(shard.released_slots(), std::uint64_t{kRecords} * (kRecords - 1) / 2);
}

}  // namespace
}  // namespace flowgauge
