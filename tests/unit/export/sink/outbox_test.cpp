#include "export/sink/outbox.h"

#include "tests/unit/export/sink/scripted_parts.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

namespace flowgauge {
namespace {

using test::block_of;
using test::ScriptedStore;
using test::ScriptedTransport;

// An outbox between two scripts; every step checks the law.
class Road {
public:
    explicit Road(const OutboxOptions& options, bool with_store = false)
        : has_store_(with_store),
          outbox_(options, std::make_unique<ScriptedTransport>(transport), make_store()) {}

    void put(Block block) {
        put_ += block.records;
        outbox_.put(std::move(block));
        check();
    }
    bool turn() {
        const bool decided = outbox_.turn({});
        check();
        return decided;
    }
    void give_up() {
        outbox_.give_up(RecordLoss::kShutdown);
        check();
    }
    void check() const {
        const OutboxNumbers numbers = outbox_.numbers();
        const std::uint64_t left = has_store_ ? outbox_.store()->numbers().records_recovered : 0;
        EXPECT_EQ(
            put_ + left,
            numbers.acknowledged + numbers.dropped.total() + numbers.waiting + numbers.stored
        );
    }
    [[nodiscard]] std::uint64_t lost(RecordLoss loss) const {
        return outbox_.numbers().dropped[loss];
    }
    Outbox& outbox() { return outbox_; }

    ScriptedTransport::Script transport;
    ScriptedStore::Script store;

private:
    std::unique_ptr<BlockStore> make_store() {
        if (!has_store_) {
            return nullptr;
        }
        auto made = std::make_unique<ScriptedStore>(store);
        recovered = made.get();
        return made;
    }

    bool has_store_;

public:
    ScriptedStore* recovered = nullptr;

private:
    std::uint64_t put_ = 0;
    Outbox outbox_;
};

constexpr std::size_t kBig = kBlockBytes;  // blocks of this size are not joined

TEST(Outbox, SendsBlocksInTheirOrder) {
    Road road({.memory = 1000});
    road.put(block_of(2, 'a'));
    EXPECT_TRUE(road.turn());
    road.put(block_of(1, 'b'));
    road.turn();
    EXPECT_EQ(road.transport.sent, "aab");
    EXPECT_EQ(road.outbox().numbers().acknowledged, 3U);
    EXPECT_EQ(road.transport.sequences, (std::vector<std::uint64_t>{0, 1}));
    EXPECT_FALSE(road.turn());
}

// A sensor with a dead collector makes a block of each record that comes alone.
TEST(Outbox, JoinsSmallBlocksThatWait) {
    Road road({.memory = std::uint64_t{4} << 20});
    road.transport.room = 0;
    for (int i = 0; i < 100'000; ++i) {
        road.put(block_of(1, 'a'));
    }
    road.transport.room = 1000;
    road.turn();
    EXPECT_EQ(road.transport.sent.size(), 100'000U);
    EXPECT_EQ(road.transport.sequences.size(), 1U);
}

TEST(Outbox, HasNoRoomBeyondItsMemory) {
    Road road({.memory = 2 * kBig});
    road.transport.room = 0;
    road.put(block_of(1, 'a', kBig));
    EXPECT_TRUE(road.outbox().has_room());
    road.put(block_of(1, 'b', kBig));
    EXPECT_FALSE(road.outbox().has_room());
    EXPECT_EQ(road.outbox().loss(), RecordLoss::kQueueFull);
    road.transport.working = 0;
    road.turn();
    EXPECT_EQ(road.outbox().loss(), RecordLoss::kOutputFailed);
    road.transport.room = 1;
    road.turn();
    EXPECT_TRUE(road.outbox().has_room());
}

TEST(Outbox, DropsTheOldestThatWait) {
    Road road({.memory = 2 * kBig, .when_full = WhenFull::kDropOldest});
    road.transport.room = 1;
    road.transport.delivers = false;
    for (const char letter : {'a', 'b', 'c', 'd', 'e'}) {
        EXPECT_TRUE(road.outbox().has_room());
        road.put(block_of(1, letter, kBig));
        road.turn();
    }
    EXPECT_EQ(road.lost(RecordLoss::kQueueFull), 2U);  // b and c; a is on its way
    road.transport = {};
    road.turn();
    EXPECT_EQ(road.transport.sent.front(), 'd');
    EXPECT_EQ(road.transport.sent.back(), 'e');
    EXPECT_EQ(road.outbox().numbers().acknowledged, 3U);
}

TEST(Outbox, SpillsToTheStoreFromHalfItsMemoryOnAndKeepsTheOrder) {
    Road road({.memory = 4 * kBig, .when_full = WhenFull::kSpool}, true);
    road.transport.room = 0;
    for (const char letter : {'a', 'b', 'c', 'd', 'e'}) {
        road.put(block_of(1, letter, kBig));
        road.turn();
    }
    EXPECT_EQ(road.outbox().numbers().stored, 3U);
    EXPECT_TRUE(road.outbox().has_room());
    road.transport.room = 1;
    while (road.turn()) {}
    std::string letters;
    for (std::size_t i = 0; i < road.transport.sent.size(); i += kBig) {
        letters += road.transport.sent[i];
    }
    EXPECT_EQ(letters, "abcde");
    EXPECT_EQ(road.store.acknowledged, (std::vector<std::uint64_t>{1, 2, 3}));
    EXPECT_EQ(road.outbox().numbers().acknowledged, 5U);
}

// What a killed process would lose is in memory, whoever holds it there.
TEST(Outbox, CountsAsWaitingWhatTheStoreIsStillWriting) {
    Road road({.memory = 2 * kBig, .when_full = WhenFull::kSpool}, true);
    road.transport.room = 0;
    road.store.writes = false;
    for (const char letter : {'a', 'b', 'c'}) {
        road.put(block_of(1, letter, kBig));
        road.turn();
    }
    EXPECT_EQ(road.outbox().numbers().stored, 0U);
    EXPECT_EQ(road.outbox().numbers().waiting, 3U);
    road.store.writes = true;
    road.turn();
    EXPECT_EQ(road.outbox().numbers().stored, 2U);
    EXPECT_EQ(road.outbox().numbers().waiting, 1U);
}

TEST(Outbox, SaysThatTheSpoolIsFull) {
    Road road({.memory = 2 * kBig, .when_full = WhenFull::kSpool}, true);
    road.transport.room = 0;
    road.store.blocks_max = 1;
    for (const char letter : {'a', 'b', 'c'}) {
        road.put(block_of(1, letter, kBig));
        road.turn();
    }
    EXPECT_FALSE(road.outbox().has_room());
    EXPECT_EQ(road.outbox().loss(), RecordLoss::kSpoolFull);
    road.store.blocks_max = 2;
    road.turn();
    EXPECT_TRUE(road.outbox().has_room());
}

// A disk that has become full says so after it took a block.
TEST(Outbox, PutsBackWhatTheStoreCouldNotKeep) {
    Road road({.memory = 2 * kBig, .when_full = WhenFull::kSpool}, true);
    road.transport.room = 0;
    road.store.refuses = 2;
    for (const char letter : {'a', 'b', 'c'}) {
        road.put(block_of(1, letter, kBig));
    }
    road.turn();
    road.turn();
    road.transport.room = 1;
    while (road.turn()) {}
    EXPECT_EQ(road.transport.sent.front(), 'a');
    EXPECT_EQ(road.transport.sent[kBig], 'b');
    EXPECT_EQ(road.outbox().numbers().acknowledged, 3U);
}

TEST(Outbox, SendsWhatAnEarlierRunLeftFirst) {
    Road road({.memory = 1000, .when_full = WhenFull::kSpool}, true);
    road.recovered->recover(block_of(3, 'x'));
    road.put(block_of(1, 'a'));
    road.store.reads = false;  // the disk has not answered yet
    road.turn();
    EXPECT_EQ(road.transport.sent, "");
    road.store.reads = true;
    road.turn();
    road.turn();
    EXPECT_EQ(road.transport.sent, "xxxa");
    EXPECT_EQ(road.outbox().numbers().acknowledged, 4U);
}

TEST(Outbox, CountsWhatTheOtherSideRefused) {
    Road road({.memory = 1000, .when_full = WhenFull::kSpool}, true);
    road.recovered->recover(block_of(3, 'x'));
    road.transport.refused = 2;
    road.turn();
    road.turn();
    EXPECT_EQ(road.lost(RecordLoss::kRefused), 2U);
    EXPECT_EQ(road.outbox().numbers().acknowledged, 1U);
    EXPECT_EQ(road.store.acknowledged.size(), 1U);  // it is decided, so it is not sent again
}

TEST(Outbox, ClosesItsTransportWhenNothingWaits) {
    Road road({.memory = 1000});
    road.transport.room = 0;
    road.put(block_of(1, 'a'));
    road.outbox().close();
    road.turn();
    EXPECT_FALSE(road.transport.closed);
    EXPECT_FALSE(road.outbox().is_empty());
    road.transport.room = 1;
    road.turn();
    EXPECT_TRUE(road.transport.closed);
    EXPECT_TRUE(road.outbox().is_empty());
}

// Nothing else would wake the sink for what the transport got after its turn, nor for its end.
TEST(Outbox, IsDueAtOnceWhileItsTransportDoesNotKnowWhatItCanDo) {
    Road road({.memory = 4 * kBig});
    const auto is_due = [&road] {
        TransportWait wait;
        road.outbox().prepare_wait(wait);
        return wait.deadline.has_value() && *wait.deadline <= SteadyTime{};
    };
    road.transport.room = 1;
    road.put(block_of(1, 'a', kBig));
    road.put(block_of(1, 'b', kBig));
    EXPECT_FALSE(is_due());
    road.turn();
    EXPECT_TRUE(is_due());  // 'b' has room since 'a' is delivered
    road.turn();
    EXPECT_FALSE(is_due());
    road.outbox().close();
    road.turn();
    EXPECT_TRUE(is_due());
    road.turn();
    EXPECT_FALSE(is_due());
}

TEST(Outbox, DropsWhatIsLeftWithoutAStore) {
    Road road({.memory = 1000});
    road.transport.room = 1;
    road.transport.delivers = false;
    road.put(block_of(1, 'a'));
    road.turn();
    road.put(block_of(2, 'b'));
    road.turn();
    road.give_up();
    EXPECT_EQ(road.lost(RecordLoss::kShutdown), 3U);
    EXPECT_EQ(road.outbox().numbers().waiting, 0U);
}

TEST(Outbox, StoresWhatIsLeftForTheNextRun) {
    Road road({.memory = 4 * kBig, .when_full = WhenFull::kSpool}, true);
    road.recovered->recover(block_of(3, 'x'));
    road.transport.room = 2;
    road.transport.delivers = false;
    road.put(block_of(1, 'a'));
    road.turn();  // takes x and a
    road.put(block_of(2, 'b'));
    road.store.busy = true;
    road.give_up();
    EXPECT_EQ(road.outbox().numbers().stored, 6U);
    EXPECT_EQ(road.store.appended, "abb");
}

TEST(Outbox, CountsWhatTheStoreCannotTakeAtTheEnd) {
    Road road({.memory = 4 * kBig, .when_full = WhenFull::kSpool}, true);
    road.transport.room = 0;
    road.store.blocks_max = 0;
    road.put(block_of(2, 'a'));
    road.give_up();
    EXPECT_EQ(road.lost(RecordLoss::kSpoolFull), 2U);
}

TEST(Outbox, CountsPartsThatWereDelivered) {
    Road road({.memory = 4 * kBig, .when_full = WhenFull::kDropNewest}, false);
    road.transport.delivers = false;
    road.transport.in_part = 3;
    road.put(block_of(5, 'a'));
    road.turn();
    road.give_up();
    EXPECT_EQ(road.outbox().numbers().acknowledged, 3U);
    EXPECT_EQ(road.lost(RecordLoss::kShutdown), 2U);
    EXPECT_EQ(road.outbox().numbers().waiting, 0U);
}

// Random scripts: whatever happens, each record is somewhere.
TEST(Outbox, LosesNoRecordWhateverHappens) {
    std::mt19937 random(7);
    for (const WhenFull when_full :
         {WhenFull::kDropNewest, WhenFull::kDropOldest, WhenFull::kSpool}) {
        Road road({.memory = 3 * kBig, .when_full = when_full}, when_full == WhenFull::kSpool);
        std::uint64_t put = 0;
        for (int step = 0; step < 2000; ++step) {
            road.transport.room = random() % 3;
            road.transport.delivers = random() % 2 == 0;
            road.transport.refused = random() % 3;
            road.store.blocks_max = random() % 6;
            road.store.busy = random() % 4 == 0;
            road.store.reads = random() % 2 == 0;
            road.store.refuses = random() % 8 == 0 ? 1 : 0;
            if (road.outbox().has_room()) {
                const auto records = static_cast<std::uint32_t>(1 + random() % 5);
                put += records;
                road.put(block_of(records, 'a', kBig / (1 + random() % 8)));
            }
            road.turn();
        }
        road.store = {};
        road.transport = {};
        road.outbox().close();
        while (!road.outbox().is_empty()) {
            road.turn();
        }
        const OutboxNumbers numbers = road.outbox().numbers();
        EXPECT_EQ(numbers.acknowledged + numbers.dropped.total(), put);
        EXPECT_GT(numbers.acknowledged, 0U);
    }
}

}  // namespace
}  // namespace flowgauge
