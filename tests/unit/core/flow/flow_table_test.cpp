#include "core/flow/flow_table.h"

#include "core/flow/flow_key.h"

#include <gtest/gtest.h>

#include <list>
#include <map>
#include <random>
#include <vector>

namespace flowgauge {
namespace {

FlowKey key_number(std::uint32_t number) {
    FlowKey key;
    key.lower.low = number;
    key.upper.low = 0xffffffff;
    return key;
}

std::uint32_t hash_number(std::uint32_t number) {
    return static_cast<std::uint32_t>(hash_of(key_number(number), 42));
}

constexpr std::uint64_t kFlowsMax = 50'000;

// A table beside the plainest thing that behaves like one.
class TableAndModel {
public:
    using Hash = std::uint32_t (*)(std::uint32_t);

    explicit TableAndModel(Hash hash)
        : hash_(hash),
          pool_(kFlowsMax, 0),
          table_(pool_, kFlowsMax) {}

    [[nodiscard]] bool has(std::uint32_t number) const { return model_.contains(number); }
    [[nodiscard]] std::size_t size() const { return model_.size(); }

    void insert(std::uint32_t number) {
        const std::uint32_t slot = pool_.take();
        pool_.flow(slot).key = key_number(number);
        table_.insert(slot, hash_(number));
        model_[number] = {slot, order_.insert(order_.end(), number)};
    }

    void remove(std::uint32_t number) {
        const Entry entry = model_.at(number);
        table_.remove(entry.slot, hash_(number));
        pool_.give_back(entry.slot);
        order_.erase(entry.place);
        model_.erase(number);
    }

    void clear() {
        table_.clear();
        for (const auto& [number, entry] : model_) {
            pool_.give_back(entry.slot);
        }
        order_.clear();
        model_.clear();
    }

    void touch(std::uint32_t number) {
        const Entry entry = model_.at(number);
        table_.touch(entry.slot);
        order_.splice(order_.end(), order_, entry.place);
    }

    void expect_same(std::uint32_t number) const {
        const auto found = model_.find(number);
        const std::uint32_t slot = found == model_.end() ? kNoFlow : found->second.slot;
        ASSERT_EQ(table_.find(key_number(number), hash_(number)), slot) << number;
        ASSERT_EQ(table_.size(), model_.size());
        const std::uint32_t oldest = order_.empty() ? kNoFlow : model_.at(order_.front()).slot;
        ASSERT_EQ(table_.oldest(), oldest);
    }

    void expect_all_same() const {
        for (const auto& [number, entry] : model_) {
            expect_same(number);
        }
    }

    // Empties both from the oldest on.
    void drain() {
        while (!order_.empty()) {
            expect_same(order_.front());
            remove(order_.front());
        }
        ASSERT_EQ(table_.oldest(), kNoFlow);
        ASSERT_EQ(table_.size(), 0U);
    }

private:
    struct Entry {
        std::uint32_t slot = kNoFlow;
        std::list<std::uint32_t>::iterator place;
    };

    Hash hash_;
    FlowPool pool_;
    FlowTable table_;
    std::map<std::uint32_t, Entry> model_;
    std::list<std::uint32_t> order_;  // oldest first
};

TEST(FlowTable, IsEmptyAtFirst) {
    FlowPool pool(1, 0);
    const FlowTable table(pool, 1);
    EXPECT_EQ(table.size(), 0U);
    EXPECT_EQ(table.oldest(), kNoFlow);
    EXPECT_EQ(table.find(key_number(1), hash_number(1)), kNoFlow);
}

TEST(FlowTable, GrowsBySplitsAndShrinksByMerges) {
    TableAndModel both(hash_number);
    constexpr std::uint32_t kFlows = 40000;  // over three doublings of the first buckets
    for (std::uint32_t round = 0; round < 2; ++round) {
        for (std::uint32_t i = 0; i < kFlows; ++i) {
            both.insert(i);
        }
        both.expect_all_same();
        for (std::uint32_t i = 0; i < kFlows; i += 2) {
            both.remove(i);
        }
        both.expect_all_same();
        both.expect_same(0);
        both.drain();
    }
}

// All at once, whatever is in it: buckets that were split, and those that overflow.
TEST(FlowTable, IsAsGoodAsNewOnceItIsCleared) {
    TableAndModel both([](std::uint32_t number) {
        return number < 30'000 ? hash_number(number) : 3U;
    });
    for (std::uint32_t round = 0; round < 3; ++round) {
        for (std::uint32_t i = round; i < 30'200; ++i) {
            both.insert(i);
        }
        both.expect_all_same();
        both.clear();
        both.expect_same(29'000);
        both.expect_same(30'100);
        both.drain();
    }
}

// The number of flows swings over the places where buckets are split and merged.
TEST(FlowTable, DoesWhatAMapDoesOver200kRandomSteps) {
    TableAndModel both(hash_number);
    std::mt19937 random(7);
    constexpr std::uint32_t kKeys = 24000;
    bool filling = true;
    for (int step = 0; step < 200'000; ++step) {
        filling = both.size() > 20000 ? false : both.size() < 500 ? true : filling;
        const auto number = static_cast<std::uint32_t>(random() % kKeys);
        const auto action = static_cast<std::uint32_t>(random() % 10);
        if (!both.has(number)) {
            if (filling || action == 0) {
                both.insert(number);
            }
        } else if (action < (filling ? 1U : 8U)) {
            both.remove(number);
        } else {
            both.touch(number);
        }
        both.expect_same(number);
        if (HasFatalFailure()) {
            FAIL() << "at step " << step;
        }
    }
    both.expect_all_same();
    both.drain();
}

TEST(FlowTable, FindsFlowsWhoseHashesShareTheirLowBits) {
    TableAndModel both([](std::uint32_t number) { return number << 20; });
    for (std::uint32_t i = 0; i < 1500; ++i) {
        both.insert(i);
    }
    both.expect_all_same();
    for (std::uint32_t i = 0; i < 1500; i += 3) {
        both.remove(i);
    }
    both.expect_all_same();
    both.drain();
}

TEST(FlowTable, TellsFlowsOfEqualHashApartByKey) {
    TableAndModel both([](std::uint32_t) { return 5U; });
    for (std::uint32_t i = 0; i < 300; ++i) {
        both.insert(i);
    }
    both.remove(0);
    both.remove(150);
    both.remove(299);
    both.expect_same(0);
    both.expect_same(150);
    both.expect_same(299);
    both.expect_all_same();
}

// One bucket keeps all flows while the table grows and shrinks around it.
TEST(FlowTable, SurvivesSplitsAndMergesOfOneLongChain) {
    TableAndModel both([](std::uint32_t number) { return number < 5000 ? hash_number(number) : 3U; }
    );
    for (std::uint32_t i = 0; i < 5300; ++i) {
        both.insert(i);
    }
    both.expect_all_same();
    for (std::uint32_t i = 0; i < 5000; ++i) {
        both.remove(i);
    }
    both.expect_all_same();
    both.drain();
}

// Fewer buckets than flows of one hash would fill: chains take what is left.
TEST(FlowTable, HoldsAsManyFlowsAsItWasMadeForWhateverTheirHashes) {
    TableAndModel both([](std::uint32_t) { return 7U; });
    for (std::uint32_t i = 0; i < 2000; ++i) {
        both.insert(i);
    }
    both.expect_same(0);
    both.expect_same(1999);
    for (std::uint32_t i = 0; i < 2000; ++i) {
        both.remove(1999 - i);
    }
    for (std::uint32_t i = 0; i < 100; ++i) {
        both.insert(i);  // in overflow buckets that were free
    }
    both.expect_all_same();
    both.drain();
}

TEST(FlowTable, GuessesTheSlotOfAFlowWithoutLookingAtIt) {
    FlowPool pool(8, 0);
    FlowTable table(pool, 8);
    const std::uint32_t slot = pool.take();
    pool.flow(slot).key = key_number(1);
    table.insert(slot, hash_number(1));
    EXPECT_EQ(table.guess(hash_number(1)), slot);
    EXPECT_EQ(table.guess(hash_number(1) + 1), kNoFlow);
    table.fetch_bucket(hash_number(1));
    table.fetch_flow(slot);
    table.fetch_neighbours(slot);
    EXPECT_EQ(table.find(key_number(1), hash_number(1)), slot);
    EXPECT_EQ(table.newer_than(slot), kNoFlow);
}

TEST(FlowTable, KeepsTheOrderOfLastTouch) {
    TableAndModel both(hash_number);
    for (const std::uint32_t number : {1U, 2U, 3U}) {
        both.insert(number);
    }
    both.touch(3);  // the newest already
    both.touch(1);
    both.expect_same(1);
    both.touch(2);
    both.expect_same(2);
    both.remove(3);
    both.expect_same(3);
    both.drain();
}

}  // namespace
}  // namespace flowgauge
