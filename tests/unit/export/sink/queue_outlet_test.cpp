#include "export/sink/queue_outlet.h"

#include "tests/unit/export/sink/counting_shard.h"

#include <gtest/gtest.h>

#include <thread>

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
    QueueOutlet outlet(queue, WhenFull::kDropNewest);
    outlet.attach(shard);
    for (std::uint32_t i = 0; i < 10; ++i) {
        EXPECT_EQ(outlet.emit(record(i)), i < 4) << i;
    }
    EXPECT_EQ(outlet.dropped(), 6U);
    EXPECT_EQ(drain(queue), 4U);
    EXPECT_TRUE(outlet.emit(record(10)));  // takes back first
    EXPECT_EQ(shard.released(), 4U);
    EXPECT_EQ(shard.released_slots(), 0U + 1 + 2 + 3);
    EXPECT_EQ(outlet.dropped(), 6U);
}

TEST(QueueOutlet, TakesBackAndTellsTheSinkWhenAMomentIsReached) {
    Wakeup wakeup;
    RecordQueue queue(4, wakeup);
    CountingShard shard;
    QueueOutlet outlet(queue, WhenFull::kDropNewest);
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
    QueueOutlet outlet(queue, WhenFull::kWait);
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
    QueueOutlet outlet(queue, WhenFull::kWait);
    outlet.attach(shard);
    std::jthread sink([&] { consume_until_closed(queue, wakeup); });
    for (std::uint32_t i = 0; i < kRecords; ++i) {
        ASSERT_TRUE(outlet.emit(record(i)));
    }
    queue.close();
    outlet.wait_until_empty();
    EXPECT_EQ(shard.released(), kRecords);
    EXPECT_EQ(shard.released_slots(), std::uint64_t{kRecords} * (kRecords - 1) / 2);
    EXPECT_EQ(outlet.dropped(), 0U);
}

// Many short runs: the last records come back while the worker looks away.
TEST(QueueOutlet, HasReleasedEveryRecordOnceTheQueueIsEmpty) {
    for (int run = 0; run < 3000; ++run) {
        Wakeup wakeup;
        RecordQueue queue(4, wakeup);
        CountingShard shard;
        QueueOutlet outlet(queue, WhenFull::kWait);
        outlet.attach(shard);
        std::jthread sink([&] { consume_until_closed(queue, wakeup); });
        for (std::uint32_t i = 0; i < 3; ++i) {
            ASSERT_TRUE(outlet.emit(record(i)));
        }
        queue.close();
        outlet.wait_until_empty();
        ASSERT_EQ(shard.released(), 3U) << "run " << run;
    }
}

}  // namespace
}  // namespace flowgauge
