#include "export/sink/sink.h"

#include "core/flow/record_order.h"
#include "export/sink/queue_outlet.h"
#include "tests/unit/export/sink/counting_shard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

using test::CountingShard;
using test::ShardRecords;

// One line of 100 bytes a record.
std::string line_of(const FlowRecord& record, std::uint64_t id) {
    std::string line = std::to_string(id) + " " + std::to_string(record.moment) + " " +
                       std::to_string(record.flow->key.lower.low) + " " +
                       std::to_string(record.flow->key.upper.low);
    line.resize(99, '.');
    return line + "\n";
}

class LineEncoder final : public RecordEncoder {
public:
    [[nodiscard]] std::string preamble() override { return "head\n"; }
    [[nodiscard]] bool encode(const RecordView& view, Block& out) override {
        out.bytes += line_of(view.record, view.id);
        out.end_unit(1);
        return true;
    }
};

// Keeps what it is given until a byte that it does not take any more.
class MemoryTransport final : public Transport {
public:
    struct Memory {
        std::string bytes{};
        std::size_t room = std::numeric_limits<std::size_t>::max();
        bool fails_to_close = false;
        int closed = 0;
    };

    explicit MemoryTransport(Memory& memory) : memory_(memory) {}

    [[nodiscard]] bool has_room() const noexcept override { return true; }
    void send(Block block) override {
        Delivery delivery;
        if (block.preamble != preamble_) {
            preamble_ = block.preamble;
            put(preamble_->bytes);
        }
        put(block.bytes);
        if (failure_) {
            delivery.dropped[RecordLoss::kOutputFailed] = block.records;
        } else {
            delivery.acknowledged = block.records;
        }
        delivery.block = std::move(block);
        done_.push_back(std::move(delivery));
    }
    void turn(SteadyTime /*now*/, std::vector<Delivery>& done) override {
        for (Delivery& delivery : done_) {
            done.push_back(std::move(delivery));
        }
        done_.clear();
    }
    void prepare_wait(TransportWait& wait) const override {
        if (!done_.empty()) {
            wait.at_latest(SteadyTime{});
        }
    }
    void close() override {
        ++memory_.closed;
        if (memory_.fails_to_close) {
            failure_ = Error{ErrorKind::kOutput, "not closed"};
        }
    }
    [[nodiscard]] bool is_idle() const noexcept override { return done_.empty(); }
    [[nodiscard]] bool wants_head() const noexcept override { return true; }
    void take_back(std::vector<Block>& /*blocks*/) override {}
    [[nodiscard]] const OutputNumbers& numbers() const noexcept override { return numbers_; }
    [[nodiscard]] const std::optional<Error>& failure() const noexcept override { return failure_; }

private:
    void put(std::string_view bytes) {
        const std::size_t fits = std::min(bytes.size(), memory_.room - memory_.bytes.size());
        memory_.bytes += bytes.substr(0, fits);
        if (fits != bytes.size()) {
            failure_ = Error{ErrorKind::kOutput, "full"};
        }
    }

    std::shared_ptr<const Preamble> preamble_;
    std::vector<Delivery> done_;
    OutputNumbers numbers_;
    std::optional<Error> failure_;
    Memory& memory_;
};

// A sink into memory and the shards before it.
class Line {
public:
    Line(SinkOptions options, std::size_t workers, MemoryTransport::Memory memory = {})
        : memory_(std::move(memory)),
          sink_(
              patient(std::move(options)),
              workers,
              {.filter = nullptr,
               .encoder = std::make_unique<LineEncoder>(),
               .transport = std::make_unique<MemoryTransport>(memory_),
               .store = nullptr}
          ) {}

    // Emits everything from one thread for each shard, and waits for the end.
    Result<void> run(const std::vector<std::unique_ptr<ShardRecords>>& shards) {
        sink_.start({});
        {
            std::vector<std::jthread> workers;
            for (std::size_t i = 0; i < shards.size(); ++i) {
                workers.emplace_back([&, i] { work(*shards[i], sink_.queue(i)); });
            }
        }
        return sink_.join();
    }

    [[nodiscard]] Sink& sink() { return sink_; }
    [[nodiscard]] const MemoryTransport::Memory& memory() const { return memory_; }

private:
    static SinkOptions patient(SinkOptions options) {
        options.waits = true;
        return options;
    }

    static void work(const ShardRecords& shard, RecordQueue& queue) {
        CountingShard released;
        QueueOutlet outlet({&queue}, true);
        outlet.attach(released);
        Tick moment = 0;
        for (const FlowRecord& record : shard.records) {
            if (record.moment != moment && record.moment % 7 == 0) {
                outlet.reached(record.moment);
            }
            moment = record.moment;
            EXPECT_TRUE(outlet.emit(record));
        }
        outlet.reached(kTickMax);
        outlet.close();
        outlet.wait_until_empty();
        EXPECT_EQ(released.released(), shard.records.size());
    }

    MemoryTransport::Memory memory_;
    Sink sink_;
};

std::vector<std::unique_ptr<ShardRecords>> make_shards(
    std::size_t count, std::uint32_t records, std::uint32_t records_per_moment
) {
    std::vector<std::unique_ptr<ShardRecords>> shards;
    for (std::uint32_t i = 0; i < count; ++i) {
        shards.push_back(std::make_unique<ShardRecords>(i, records, records_per_moment + i));
    }
    return shards;
}

// All records sorted, which an ordered sink must write.
std::string sorted_lines(const std::vector<std::unique_ptr<ShardRecords>>& shards) {
    std::vector<FlowRecord> all;
    for (const std::unique_ptr<ShardRecords>& shard : shards) {
        all.insert(all.end(), shard->records.begin(), shard->records.end());
    }
    std::stable_sort(all.begin(), all.end(), written_before);
    std::string lines = "head\n";
    for (std::size_t id = 0; id < all.size(); ++id) {
        lines += line_of(all[id], id);
    }
    return lines;
}

// As EXPECT_EQ, which looks for the smallest difference and takes gigabytes for it.
void expect_lines(const std::string& lines, const std::string& expected) {
    const auto [at, wanted] = std::ranges::mismatch(lines, expected);
    EXPECT_TRUE(at == lines.end() && wanted == expected.end())
        << "from byte " << (at - lines.begin()) << " of " << expected.size() << ": "
        << std::string(at, lines.end()).substr(0, 200);
}

TEST(Sink, MergesQueuesIntoTheOrderOfRows) {
    for (const std::size_t queue_records : {1U, 2U, 16U, 4096U}) {
        SCOPED_TRACE(queue_records);
        const std::uint32_t records = queue_records < 16 ? 1000 : 20'000;
        const auto shards = make_shards(3, records, 5);
        Line line({.ordered = true, .queue_records = queue_records}, shards.size());
        EXPECT_TRUE(line.run(shards).has_value());
        expect_lines(line.memory().bytes, sorted_lines(shards));
        EXPECT_EQ(line.sink().counters().records_acknowledged, 3 * records);
        EXPECT_EQ(line.sink().numbers().records_acknowledged, 3 * records);
        EXPECT_EQ(line.memory().closed, 1);
        EXPECT_EQ(line.sink().state(), Sink::State::kOpen);
    }
}

// Without a thread of its own it does the same, whatever the room.
TEST(Sink, WritesTheSameOnTheThreadOfItsWorker) {
    for (const std::size_t queue_records : {1U, 2U, 16U, 4096U}) {
        SCOPED_TRACE(queue_records);
        const auto shards = make_shards(1, 20'000, 5);
        const SinkOptions options{
            .thread = SinkThread::kWorker, .ordered = true, .queue_records = queue_records};
        Line line(options, 1);
        EXPECT_TRUE(line.run(shards).has_value());
        expect_lines(line.memory().bytes, sorted_lines(shards));
        EXPECT_EQ(line.sink().counters().records_acknowledged, 20'000U);
        EXPECT_EQ(line.memory().closed, 1);
    }
}

TEST(Sink, StopsAndFailsOnTheThreadOfItsWorkerToo) {
    const auto shards = make_shards(1, 1000, 5);
    Line full({.thread = SinkThread::kWorker, .max_records = 10, .queue_records = 32}, 1);
    EXPECT_TRUE(full.run(shards).has_value());
    EXPECT_EQ(full.sink().state(), Sink::State::kFull);
    EXPECT_EQ(full.sink().counters().records_discarded, 990U);

    Line failed({.thread = SinkThread::kWorker, .queue_records = 32}, 1, {.room = 104});
    EXPECT_FALSE(failed.run(shards).has_value());
    EXPECT_EQ(failed.sink().state(), Sink::State::kFailed);
    EXPECT_EQ(failed.sink().counters().records_dropped, 1000U);
}

TEST(Sink, SendsWhatItHasWhenItsWorkerMayWait) {
    Flow flow;
    Line line({.thread = SinkThread::kWorker}, 1);
    Sink& sink = line.sink();
    sink.start({});
    ASSERT_TRUE(sink.queue(0).push({.flow = &flow, .moment = 1}));
    sink.queue(0).wake_sink();
    EXPECT_EQ(sink.numbers().records_acknowledged, 0U);
    sink.flush();
    EXPECT_EQ(sink.numbers().records_acknowledged, 1U);
    sink.queue(0).close();
    EXPECT_TRUE(sink.join().has_value());
}

TEST(Sink, WritesEachRecordOnceWithoutOrder) {
    const auto shards = make_shards(3, 20'000, 5);
    Line line({.queue_records = 64}, shards.size());
    EXPECT_TRUE(line.run(shards).has_value());
    EXPECT_EQ(line.memory().bytes.size(), 5 + 100U * 60'000);
    EXPECT_EQ(line.sink().counters().records_acknowledged, 60'000U);
}

TEST(Sink, WritesTheHeadWithoutRecords) {
    Line line({.ordered = true}, 2);
    EXPECT_TRUE(line.run(make_shards(2, 0, 1)).has_value());
    EXPECT_EQ(line.memory().bytes, "head\n");
    EXPECT_EQ(line.memory().closed, 1);
}

TEST(Sink, StopsWritingAtMaxRecordsAndCountsTheRest) {
    for (const bool ordered : {true, false}) {
        const auto shards = make_shards(3, 1000, 5);
        Line line({.ordered = ordered, .max_records = 10, .queue_records = 32}, shards.size());
        EXPECT_TRUE(line.run(shards).has_value());
        const SinkCounters& counters = line.sink().counters();
        EXPECT_EQ(counters.records_acknowledged, 10U);
        EXPECT_EQ(counters.records_discarded, 2990U);
        EXPECT_EQ(counters.records_dropped, 0U);
        EXPECT_EQ(line.sink().state(), Sink::State::kFull);
        EXPECT_EQ(line.memory().bytes.size(), 5 + 10 * 100U);
        if (ordered) {
            expect_lines(line.memory().bytes, sorted_lines(shards).substr(0, 5 + 10 * 100U));
        }
    }
}

TEST(Sink, CountsThePacketsOfDiscardedRecords) {
    const auto shards = make_shards(1, 10, 1);
    Line line({.ordered = true, .max_records = 4}, 1);
    EXPECT_TRUE(line.run(shards).has_value());
    std::uint64_t packets = 0;
    for (std::size_t i = 4; i < 10; ++i) {
        packets += shards[0]->records[i].flow->all_packets();
    }
    EXPECT_EQ(line.sink().counters().packets_discarded, packets);
}

// Workers wait for room here: a sink that stopped taking records would hang the test.
TEST(Sink, CountsEachRecordOnceWhereverItsTransportFails) {
    for (const bool ordered : {true, false}) {
        for (const std::size_t room : {0U, 1U, 5U, 104U, 1000U, 262'144U, 700'000U, 2'999'999U}) {
            SCOPED_TRACE(room);
            const auto shards = make_shards(3, 10'000, 5);
            Line line({.ordered = ordered, .queue_records = 64}, shards.size(), {.room = room});
            Result<void> result = line.run(shards);
            ASSERT_FALSE(result.has_value());
            EXPECT_EQ(result.error().message, "full");
            const SinkCounters& counters = line.sink().counters();
            EXPECT_EQ(counters.records_acknowledged + counters.records_dropped, 30'000U);
            EXPECT_LE(5 + 100 * counters.records_acknowledged, std::max(room, std::size_t{5}));
            EXPECT_EQ(line.sink().numbers().records_acknowledged, counters.records_acknowledged);
            EXPECT_EQ(line.sink().state(), Sink::State::kFailed);
        }
    }
}

TEST(Sink, ReportsAFailureToClose) {
    const auto shards = make_shards(1, 10, 1);
    Line line({}, 1, {.fails_to_close = true});
    Result<void> result = line.run(shards);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().message, "not closed");
    EXPECT_EQ(line.sink().state(), Sink::State::kFailed);
}

// Waits for a state with a bound; the sink writes whenever it has nothing else to do.
bool writes(const Sink& sink, std::uint64_t records) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (sink.numbers().records_acknowledged < records) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

TEST(Sink, HoldsARecordBackWhileAnotherQueueMayBringAnEarlierOne) {
    Flow low;
    Flow high;
    low.key.lower.low = 1;
    high.key.lower.low = 2;
    Line line({.ordered = true}, 2);
    Sink& sink = line.sink();
    sink.start({});
    ASSERT_TRUE(sink.queue(0).push({.flow = &high, .moment = 4}));
    ASSERT_TRUE(sink.queue(0).push({.flow = &high, .moment = 5}));
    sink.queue(1).set_reached(5);
    sink.queue(1).wake_sink();
    ASSERT_TRUE(writes(sink, 1));  // what ends before 5 cannot come any more
    ASSERT_TRUE(sink.queue(1).push({.flow = &low, .moment = 5}));
    sink.queue(0).close();
    sink.queue(1).close();
    ASSERT_TRUE(sink.join().has_value());
    EXPECT_EQ(
        line.memory().bytes,
        "head\n" + line_of({.flow = &high, .moment = 4}, 0) +
            line_of({.flow = &low, .moment = 5}, 1) + line_of({.flow = &high, .moment = 5}, 2)
    );
}

// A shard that has more ends in one moment than may wait must not wait for the others to pass it.
TEST(Sink, WritesUnorderedRecordsOnceTheirMomentIsReached) {
    Flow flow;
    Line line({.ordered = true}, 2);
    Sink& sink = line.sink();
    sink.start({});
    ASSERT_TRUE(sink.queue(0).push({.flow = &flow, .moment = 5, .unordered = true}));
    sink.queue(1).set_reached(5);
    sink.queue(1).wake_sink();
    EXPECT_TRUE(writes(sink, 1));
    sink.queue(0).close();
    sink.queue(1).close();
    EXPECT_TRUE(sink.join().has_value());
}

TEST(Sink, WritesWhatIsThereWhileItWaits) {
    Flow flow;
    Line line({}, 1);
    Sink& sink = line.sink();
    sink.start({});
    for (std::uint64_t i = 1; i <= 5; ++i) {
        ASSERT_TRUE(sink.queue(0).push({.flow = &flow, .moment = 1}));
        sink.queue(0).wake_sink();
        ASSERT_TRUE(writes(sink, i));
    }
    sink.queue(0).close();
    EXPECT_TRUE(sink.join().has_value());
}

}  // namespace
}  // namespace flowgauge
