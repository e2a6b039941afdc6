#include "core/flow/record_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>

namespace flowgauge {
namespace {

class RecordOrderTest : public ::testing::Test {
protected:
    // Adds a record; `key` stands for a flow key, `tag` tells records apart.
    void add(Tick moment, std::uint32_t key, std::uint32_t tag = 0) {
        flows_.emplace_back();
        flows_.back().key.lower.low = key;
        order_.add({.flow = &flows_.back(), .moment = moment, .slot = tag});
    }

    std::vector<std::uint32_t> tags(bool early = false) {
        std::vector<std::uint32_t> tags;
        order_.leave(
            [&](const FlowRecord& record) {
                EXPECT_EQ(record.unordered, early);
                tags.push_back(record.slot);
            },
            early
        );
        return tags;
    }

    RecordOrder order_;
    std::deque<Flow> flows_;
};

TEST_F(RecordOrderTest, LeavesByMomentThenKeyThenOrderOfEnding) {
    add(5, 9, 1);
    add(5, 2, 2);
    add(5, 9, 3);
    add(6, 1, 4);
    add(5, 2, 5);
    EXPECT_EQ(tags(), (std::vector<std::uint32_t>{2, 5, 1, 3, 4}));
}

TEST_F(RecordOrderTest, IsEmptyAfterLeaving) {
    add(5, 1, 1);
    EXPECT_EQ(tags().size(), 1U);
    EXPECT_TRUE(tags().empty());
    EXPECT_FALSE(order_.is_later(100));
}

TEST_F(RecordOrderTest, SeesALaterMomentOnlyWhileSomethingWaits) {
    EXPECT_FALSE(order_.is_later(5));
    add(5, 1);
    EXPECT_FALSE(order_.is_later(5));
    EXPECT_FALSE(order_.is_later(4));
    EXPECT_TRUE(order_.is_later(6));
}

TEST_F(RecordOrderTest, MarksWhatLeavesBeforeItsMomentIsOver) {
    add(5, 2, 2);
    add(5, 1, 1);
    EXPECT_EQ(tags(true), (std::vector<std::uint32_t>{1, 2}));
}

TEST_F(RecordOrderTest, IsFullAtItsBound) {
    for (std::size_t i = 0; i < RecordOrder::kWaitingMax; ++i) {
        ASSERT_FALSE(order_.is_full());
        add(1, static_cast<std::uint32_t>(i));
    }
    EXPECT_TRUE(order_.is_full());
    EXPECT_EQ(tags().size(), RecordOrder::kWaitingMax);
    EXPECT_FALSE(order_.is_full());
}

// What comes after `b` comes after `a`, if `b` does.
void expect_transitive(
    const FlowRecord& a, const FlowRecord& b, const std::vector<FlowRecord>& records
) {
    for (const FlowRecord& c : records) {
        const bool ordered = written_before(a, b) && written_before(b, c);
        EXPECT_TRUE(!ordered || written_before(a, c));
    }
}

TEST(WrittenBefore, IsAStrictWeakOrder) {
    std::mt19937 random(3);
    std::vector<Flow> flows(4);
    for (std::uint32_t i = 0; i < flows.size(); ++i) {
        flows[i].key.lower.low = i / 2;
        flows[i].key.rest = std::uint64_t{i % 2} << 48;
    }
    std::vector<FlowRecord> records;
    for (std::uint32_t i = 0; i < 40; ++i) {
        records.push_back(
            {.flow = &flows[random() % flows.size()],
             .moment = static_cast<Tick>(random() % 3),
             .sequence = i}
        );
    }
    for (const FlowRecord& a : records) {
        EXPECT_FALSE(written_before(a, a));
        for (const FlowRecord& b : records) {
            EXPECT_EQ(written_before(a, b), a.sequence != b.sequence && !written_before(b, a));
            expect_transitive(a, b, records);
        }
    }
}

}  // namespace
}  // namespace flowgauge
