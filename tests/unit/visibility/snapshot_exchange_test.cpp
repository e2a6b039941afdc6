#include "visibility/snapshot_exchange.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <thread>
#include <vector>

namespace flowgauge {
namespace {

std::shared_ptr<const Snapshot> snapshot_of(LookTime covered) {
    SnapshotParts parts;
    parts.covered = covered;
    return std::make_shared<const Snapshot>(std::move(parts));
}

TEST(SnapshotExchange, AReaderGetsTheLatestOnce) {
    SnapshotExchange exchange(1);
    SnapshotReader& reader = exchange.reader(0);
    EXPECT_FALSE(reader.update());
    EXPECT_EQ(reader.snapshot(), nullptr);
    exchange.publish(snapshot_of(1));
    exchange.publish(snapshot_of(2));
    EXPECT_TRUE(reader.update());
    EXPECT_EQ(reader.snapshot()->covered(), 2);
    EXPECT_FALSE(reader.update());
    EXPECT_EQ(reader.snapshot()->covered(), 2);
}

TEST(SnapshotExchange, KeepsWhatAReaderMayHaveAndNothingElse) {
    SnapshotExchange exchange(2);
    exchange.publish(snapshot_of(1));
    static_cast<void>(exchange.reader(0).update());
    for (LookTime i = 2; i < 100; ++i) {
        exchange.publish(snapshot_of(i));
    }
    EXPECT_LE(exchange.kept(), 3U);  // the first, the one before the last, the last
    EXPECT_EQ(exchange.reader(0).snapshot()->covered(), 1);
}

// Takes snapshots until the last one, each later than the one before.
void read_until(SnapshotReader& reader, LookTime last) {
    LookTime before = 0;
    while (before != last) {
        if (reader.update()) {
            EXPECT_GT(reader.snapshot()->covered(), before);
            before = reader.snapshot()->covered();
        }
    }
}

TEST(SnapshotExchange, ReadersSeeWholeSnapshotsInOrderWhileTheyAreReplaced) {
    constexpr std::size_t kReaders = 4;
    constexpr LookTime kLast = 5000;
    SnapshotExchange exchange(kReaders);
    std::vector<std::jthread> readers;
    readers.reserve(kReaders);
    for (std::size_t i = 0; i < kReaders; ++i) {
        readers.emplace_back([&exchange, i] { read_until(exchange.reader(i), kLast); });
    }
    for (LookTime look = 1; look <= kLast; ++look) {
        exchange.publish(snapshot_of(look));
    }
}

}  // namespace
}  // namespace flowgauge
