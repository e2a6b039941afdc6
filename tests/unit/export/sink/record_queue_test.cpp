#include "export/sink/record_queue.h"

#include <gtest/gtest.h>

#include <thread>

namespace flowgauge {
namespace {

FlowRecord record(std::uint32_t number) {
    return {.moment = Tick{number}, .slot = number};
}

std::uint32_t reclaimed(RecordQueue& queue) {
    std::uint32_t count = 0;
    queue.reclaim([&](const FlowRecord&) { ++count; });
    return count;
}

TEST(RecordQueue, DeliversInOrderAndTakesBackInOrder) {
    Wakeup wakeup;
    RecordQueue queue(8, wakeup);
    EXPECT_EQ(queue.front(), nullptr);
    for (std::uint32_t i = 0; i < 5; ++i) {
        ASSERT_TRUE(queue.push(record(i)));
    }
    EXPECT_EQ(queue.under_way(), 5U);
    for (std::uint32_t i = 0; i < 5; ++i) {
        ASSERT_NE(queue.front(), nullptr);
        EXPECT_EQ(queue.front()->slot, i);
        const FlowRecord taken = *queue.front();
        queue.pop();
        queue.give_back(taken);
    }
    EXPECT_EQ(queue.front(), nullptr);
    EXPECT_EQ(queue.under_way(), 0U);
    std::uint32_t next = 0;
    queue.reclaim([&](const FlowRecord& back) { EXPECT_EQ(back.slot, next++); });
    EXPECT_EQ(next, 5U);
    EXPECT_EQ(reclaimed(queue), 0U);
}

TEST(RecordQueue, RoundsItsRoomUpToAPowerOfTwo) {
    struct Row {
        std::size_t capacity;
        std::uint32_t room;
    };
    for (const Row& row : {Row{1, 1}, Row{2, 2}, Row{3, 4}, Row{1000, 1024}}) {
        Wakeup wakeup;
        RecordQueue queue(row.capacity, wakeup);
        std::uint32_t pushed = 0;
        while (queue.push(record(pushed))) {
            ++pushed;
        }
        EXPECT_EQ(pushed, row.room);
    }
}

// Gives back what waits, on the producer's thread.
class TakingConsumer final : public RecordConsumer {
public:
    RecordQueue* queue = nullptr;
    int calls = 0;

    void take_waiting() override {
        ++calls;
        while (const FlowRecord* waiting = queue->front()) {
            queue->fetch_ahead(64);
            const FlowRecord taken = *waiting;
            queue->pop();
            queue->give_back(taken);
        }
    }
};

TEST(RecordQueue, CallsAConsumerInsteadOfWaking) {
    Wakeup wakeup;
    TakingConsumer consumer;
    RecordQueue queue(2, wakeup, &consumer);
    consumer.queue = &queue;
    const std::uint32_t ticket = wakeup.ticket();
    ASSERT_TRUE(queue.push(record(1)));
    queue.wake_sink();
    EXPECT_EQ(queue.under_way(), 0U);
    ASSERT_TRUE(queue.push(record(2)));
    EXPECT_FALSE(queue.push(record(3)));
    EXPECT_EQ(reclaimed(queue), 1U);
    queue.wait_for_room();  // takes the second
    EXPECT_EQ(reclaimed(queue), 1U);
    queue.close();
    EXPECT_EQ(consumer.calls, 3);
    EXPECT_EQ(wakeup.ticket(), ticket);
}

// Popped is not enough, and neither is given back: the slot must have been reclaimed.
TEST(RecordQueue, IsFullUntilRecordsAreReclaimed) {
    Wakeup wakeup;
    RecordQueue queue(1, wakeup);
    ASSERT_TRUE(queue.push(record(1)));
    EXPECT_FALSE(queue.push(record(2)));
    const FlowRecord taken = *queue.front();
    queue.pop();
    EXPECT_FALSE(queue.push(record(2)));
    queue.give_back(taken);
    EXPECT_FALSE(queue.push(record(2)));
    EXPECT_EQ(reclaimed(queue), 1U);
    EXPECT_TRUE(queue.push(record(2)));
    EXPECT_EQ(queue.front()->slot, 2U);
}

TEST(RecordQueue, SaysThatItIsClosedAndStillDelivers) {
    Wakeup wakeup;
    RecordQueue queue(4, wakeup);
    ASSERT_TRUE(queue.push(record(1)));
    EXPECT_FALSE(queue.is_closed());
    const std::uint32_t ticket = wakeup.ticket();
    queue.close();
    wakeup.wait(ticket);  // closing wakes the sink
    EXPECT_TRUE(queue.is_closed());
    EXPECT_NE(queue.front(), nullptr);
}

TEST(RecordQueue, DoesNotWaitForRoomThatIsThere) {
    Wakeup wakeup;
    RecordQueue queue(1, wakeup);
    ASSERT_TRUE(queue.push(record(1)));
    const FlowRecord taken = *queue.front();
    queue.pop();
    queue.give_back(taken);
    queue.wait_for_room();
    EXPECT_EQ(reclaimed(queue), 1U);
}

TEST(RecordQueue, KeepsWhatItReached) {
    Wakeup wakeup;
    RecordQueue queue(1, wakeup);
    EXPECT_EQ(queue.reached(), 0);
    queue.set_reached(77);
    EXPECT_EQ(queue.reached(), 77);
}

void produce(RecordQueue& queue, std::uint32_t count) {
    std::uint32_t back = 0;
    const auto check = [&](const FlowRecord& returned) {
        ASSERT_EQ(returned.slot, back++);
    };
    for (std::uint32_t i = 0; i < count; ++i) {
        while (!queue.push(record(i))) {
            queue.wait_for_room();
            queue.reclaim(check);
        }
        if (i % 16 == 0) {
            queue.wake_sink();
        }
    }
    queue.close();
    while (back != count) {
        queue.wait_for_room();
        queue.reclaim(check);
    }
}

std::uint32_t consume(RecordQueue& queue, const Wakeup& wakeup) {
    std::uint32_t next = 0;
    while (true) {
        const std::uint32_t ticket = wakeup.ticket();
        const bool closed = queue.is_closed();
        if (const FlowRecord* front = queue.front(); front != nullptr) {
            const FlowRecord taken = *front;
            EXPECT_EQ(taken.slot, next);
            EXPECT_EQ(taken.moment, Tick{next});
            ++next;
            queue.pop();
            queue.give_back(taken);
        } else if (closed) {
            queue.wake_producer();
            return next;
        } else {
            queue.wake_producer();
            wakeup.wait(ticket);
        }
    }
}

TEST(RecordQueue, CarriesAMillionRecordsBetweenTwoThreads) {
    for (const std::size_t capacity : {1U, 64U, 4096U}) {
        Wakeup wakeup;
        RecordQueue queue(capacity, wakeup);
        const std::uint32_t count = capacity == 1 ? 10'000 : 1'000'000;
        std::jthread producer([&] { produce(queue, count); });
        EXPECT_EQ(consume(queue, wakeup), count);
        producer.join();
        EXPECT_EQ(queue.under_way(), 0U);
    }
}

}  // namespace
}  // namespace flowgauge
