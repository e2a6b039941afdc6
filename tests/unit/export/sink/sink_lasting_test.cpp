// A sink in a process that does not end: what other threads ask of it, and what they read.
#include "export/sink/queue_outlet.h"
#include "export/sink/sink.h"
#include "export/sink/sink_reading.h"
#include "tests/unit/export/sink/counting_shard.h"

#include <gtest/gtest.h>

#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

using test::CountingShard;
using test::ShardRecords;

class NumberEncoder final : public RecordEncoder {
public:
    [[nodiscard]] bool encode(const RecordView& view, Block& out) override {
        out.bytes += std::to_string(view.id) + "\n";
        out.end_unit(1);
        return true;
    }
};

// What a transport was asked for, in order.
struct Journal {
    void add(const std::string& word) {
        const std::lock_guard lock(mutex);
        words.push_back(word);
    }
    [[nodiscard]] std::vector<std::string> read() {
        const std::lock_guard lock(mutex);
        return words;
    }

    std::mutex mutex;
    std::vector<std::string> words;
    std::atomic<int> attended{0};
    bool at_once = false;  // whether it says so beside a descriptor, of which nothing comes
};

class JournalTransport final : public Transport {
public:
    explicit JournalTransport(Journal& journal) : journal_(journal) {}
    [[nodiscard]] bool has_room() const noexcept override { return true; }
    void send(Block block) override {
        journal_.add("write " + block.bytes);
        Delivery delivery;
        delivery.acknowledged = block.records;
        delivery.block = std::move(block);
        done_.push_back(std::move(delivery));
    }
    void turn(SteadyTime /*now*/, std::vector<Delivery>& done) override {
        ++journal_.attended;
        for (Delivery& delivery : done_) {
            done.push_back(std::move(delivery));
        }
        done_.clear();
    }
    void prepare_wait(TransportWait& wait) const override {
        if (journal_.at_once) {
            wait.descriptors.push_back({.fd = -1, .events = POLLIN, .revents = 0});
            wait.at_latest(SteadyTime::min());
        }
        wait.at_latest(std::chrono::steady_clock::now() + std::chrono::milliseconds(1));
    }
    void close() override {}
    [[nodiscard]] bool is_idle() const noexcept override { return done_.empty(); }
    void take_back(std::vector<Block>& /*blocks*/) override {}
    [[nodiscard]] const OutputNumbers& numbers() const noexcept override { return numbers_; }
    void reopen() override { journal_.add("reopen"); }

private:
    Journal& journal_;
    std::vector<Delivery> done_;
    OutputNumbers numbers_;
};

SinkParts parts_of(std::unique_ptr<Transport> transport) {
    return {
        .filter = nullptr,
        .encoder = std::make_unique<NumberEncoder>(),
        .transport = std::move(transport),
        .store = nullptr};
}

// Waits for a condition with a bound that is never reached unless something is wrong.
template <typename Condition>
bool comes_true(Condition&& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

TEST(SinkLasting, AttendsToItsTransportWhileNoRecordComes) {
    for (const bool at_once : {false, true}) {
        SCOPED_TRACE(at_once);
        Journal journal;
        journal.at_once = at_once;
        Sink sink({}, 1, parts_of(std::make_unique<JournalTransport>(journal)));
        sink.start({});
        EXPECT_TRUE(comes_true([&] { return journal.attended >= 3; }));
        sink.queue(0).close();
        EXPECT_TRUE(sink.join().has_value());
    }
}

// What came before the call is in the old file, what comes afterwards in the new one.
TEST(SinkLasting, HandsOverWhatOtherThreadsAskFor) {
    Journal journal;
    Flow flow;
    Sink sink({}, 1, parts_of(std::make_unique<JournalTransport>(journal)));
    ASSERT_TRUE(sink.queue(0).push({.flow = &flow, .moment = 1}));
    sink.start({});
    ASSERT_TRUE(comes_true([&] { return journal.read().size() == 1; }));
    sink.post([&](Sink& /*sink*/) { journal.add("task"); });
    sink.reopen();
    ASSERT_TRUE(comes_true([&] { return journal.read().size() == 3; }));
    ASSERT_TRUE(sink.queue(0).push({.flow = &flow, .moment = 2}));
    sink.queue(0).close();
    EXPECT_TRUE(sink.join().has_value());
    const std::vector<std::string> expected{"write 0\n", "task", "reopen", "write 1\n"};
    EXPECT_EQ(journal.read(), expected);
}

// The names by which its processor time can be told apart: top -H, /proc/PID/task/*/comm.
TEST(SinkLasting, NamesItsThreadAfterItself) {
    Journal journal;
    Sink sink(
        {.name = "collector-south"}, 1, parts_of(std::make_unique<JournalTransport>(journal))
    );
    sink.start({});
    sink.post([&](Sink& /*sink*/) {
        std::array<char, 16> name{};
        EXPECT_EQ(::pthread_getname_np(::pthread_self(), name.data(), name.size()), 0);
        journal.add(name.data());
    });
    sink.queue(0).close();
    EXPECT_TRUE(sink.join().has_value());
    EXPECT_EQ(journal.read(), std::vector<std::string>{"sink-collector-"});
}

// Under load the sink never sleeps, but it looks between two writes.
TEST(SinkLasting, HandsOverWhileRecordsFlowWithoutEnd) {
    Journal journal;
    Sink sink({}, 1, parts_of(std::make_unique<JournalTransport>(journal)));
    sink.start({});
    std::atomic<bool> done{false};
    std::jthread worker([&] {
        const ShardRecords shard(0, 1, 1);
        CountingShard released;
        QueueOutlet outlet({&sink.queue(0)}, true);
        outlet.attach(released);
        while (!done) {
            EXPECT_TRUE(outlet.emit(shard.records[0]));
        }
        sink.queue(0).close();
        outlet.wait_until_empty();
    });
    sink.reopen();
    EXPECT_TRUE(comes_true([&] {
        const std::vector<std::string> words = journal.read();
        return std::ranges::find(words, "reopen") != words.end();
    }));
    done = true;
    EXPECT_TRUE(sink.join().has_value());
}

// Drops some of each batch, acknowledges some at once, and some only when time has passed.
class UnsteadyTransport final : public Transport {
public:
    [[nodiscard]] bool has_room() const noexcept override { return pending_.size() < 4; }
    void send(Block block) override {
        Delivery delivery;
        const std::uint64_t quarter = block.records / 4;
        delivery.dropped[RecordLoss::kRefused] = quarter;
        delivery.dropped[RecordLoss::kDiskLow] = quarter;
        delivery.acknowledged = block.records - 2 * quarter;
        delivery.block = std::move(block);
        pending_.push_back(std::move(delivery));
    }
    void turn(SteadyTime /*now*/, std::vector<Delivery>& done) override {
        if (++turn_ % 8 == 0 || closed_) {
            for (Delivery& delivery : pending_) {
                done.push_back(std::move(delivery));
            }
            pending_.clear();
        }
    }
    void prepare_wait(TransportWait& wait) const override {
        if (!pending_.empty()) {
            wait.at_latest(std::chrono::steady_clock::now());
        }
    }
    void close() override { closed_ = true; }
    [[nodiscard]] bool is_idle() const noexcept override { return pending_.empty(); }
    void take_back(std::vector<Block>& /*blocks*/) override {}
    [[nodiscard]] const OutputNumbers& numbers() const noexcept override { return numbers_; }

private:
    OutputNumbers numbers_;
    std::vector<Delivery> pending_;
    int turn_ = 0;
    bool closed_ = false;
};

// Workers that do not wait for their sink, and later do.
class Hammered {
public:
    static constexpr std::size_t kWorkers = 3;
    static constexpr std::uint32_t kRecords = 200'000;
    static constexpr std::uint32_t kBeforeStart = 100;  // more than the queue holds

    Hammered()
        : sink_(
              {.max_records = 250'000, .queue_records = 64},
              kWorkers,
              parts_of(std::make_unique<UnsteadyTransport>())
          ) {
        for (std::size_t i = 0; i < kWorkers; ++i) {
            workers_.push_back(std::make_unique<Worker>(static_cast<std::uint32_t>(i), sink_));
            workers_[i]->emit(0, kBeforeStart);
        }
        sink_.start({});
    }

    Sink& sink() { return sink_; }
    [[nodiscard]] SinkReading read() const {
        return read_sink(sink_, 0, [this](std::size_t worker) -> const QueueOutlet& {
            return workers_[worker]->outlet;
        });
    }

    void work(std::size_t index) {
        Worker& worker = *workers_[index];
        worker.emit(kBeforeStart, kRecords / 2);
        worker.outlet.set_waits(true);
        worker.emit(kRecords / 2, kRecords);
        worker.outlet.close();
        worker.outlet.wait_until_empty();
        EXPECT_EQ(worker.outlet.dropped(0), worker.refused);
        EXPECT_EQ(worker.released.released() + worker.refused, kRecords);
    }

private:
    struct Worker {
        Worker(std::uint32_t index, Sink& sink)
            : shard(index, 100, 5),
              outlet({&sink.queue(index)}, false) {
            outlet.attach(released);
        }
        void emit(std::uint32_t first, std::uint32_t behind) {
            for (std::uint32_t i = first; i < behind; ++i) {
                refused += outlet.emit(shard.records[i % 100]) ? 0U : 1U;
            }
        }

        ShardRecords shard;
        CountingShard released;
        QueueOutlet outlet;
        std::uint64_t refused = 0;
    };

    Sink sink_;
    std::vector<std::unique_ptr<Worker>> workers_;
};

// Reads until told to stop. Returns how often.
std::uint64_t check_readings(const Hammered& line, const std::atomic<bool>& done) {
    SinkReading before;
    std::uint64_t readings = 0;
    for (; !done || readings == 0; ++readings) {
        const SinkReading now = line.read();
        EXPECT_EQ(
            now.records_in, now.records_acknowledged + now.dropped.total() + now.records_queued
        );
        // A difference below zero would be huge.
        EXPECT_LE(now.records_queued, Hammered::kWorkers * std::uint64_t{Hammered::kRecords});
        EXPECT_GE(now.records_in, before.records_in);
        EXPECT_GE(now.records_acknowledged, before.records_acknowledged);
        for (std::size_t i = 0; i < kRecordLossCount; ++i) {
            EXPECT_GE(now.dropped.records[i], before.dropped.records[i]);
        }
        EXPECT_EQ(now.queue_capacity, 64 * Hammered::kWorkers);
        before = now;
    }
    return readings;
}

TEST(SinkLasting, NumbersAddUpAtEveryMoment) {
    Hammered line;
    std::atomic<bool> done{false};
    std::jthread reader([&] { EXPECT_GT(check_readings(line, done), 0U); });
    {
        std::vector<std::jthread> workers;
        for (std::size_t i = 0; i < Hammered::kWorkers; ++i) {
            workers.emplace_back([&line, i] { line.work(i); });
        }
    }
    EXPECT_TRUE(line.sink().join().has_value());
    done = true;
    reader.join();
    const SinkReading last = line.read();
    EXPECT_EQ(last.records_in, Hammered::kWorkers * std::uint64_t{Hammered::kRecords});
    EXPECT_EQ(last.records_queued, 0U);
    for (const RecordLoss loss :
         {RecordLoss::kQueueFull,
          RecordLoss::kRefused,
          RecordLoss::kDiskLow,
          RecordLoss::kMaxNflows}) {
        EXPECT_GT(last.dropped[loss], 0U) << to_string(loss);
    }
    const SinkCounters& counters = line.sink().counters();
    EXPECT_EQ(counters.records_acknowledged, last.records_acknowledged);
    EXPECT_EQ(
        counters.records_dropped,
        last.dropped[RecordLoss::kRefused] + last.dropped[RecordLoss::kDiskLow]
    );
    EXPECT_EQ(counters.records_discarded, last.dropped[RecordLoss::kMaxNflows]);
}

TEST(SinkLasting, CountsWhatComesBeyondTheLimit) {
    Journal journal;
    Flow flow;
    Sink sink({.max_records = 2}, 1, parts_of(std::make_unique<JournalTransport>(journal)));
    sink.start({});
    for (Tick moment = 1; moment <= 5; ++moment) {
        ASSERT_TRUE(sink.queue(0).push({.flow = &flow, .moment = moment}));
    }
    sink.queue(0).close();
    EXPECT_TRUE(sink.join().has_value());
    const SinkNumbers numbers = sink.numbers();
    EXPECT_EQ(numbers.records_taken, 5U);
    EXPECT_EQ(numbers.records_acknowledged, 2U);
    EXPECT_EQ(numbers.dropped[RecordLoss::kMaxNflows], 3U);
    EXPECT_EQ(numbers.buffered(), 0U);
}

TEST(RecordLoss, HasTheWordsOfTheMetrics) {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < kRecordLossCount; ++i) {
        words.emplace_back(to_string(static_cast<RecordLoss>(i)));
    }
    const std::vector<std::string> expected{
        "filter",
        "queue_full",
        "spool_full",
        "spool_damaged",
        "output_failed",
        "disk_low",
        "too_long",
        "refused",
        "shutdown",
        "max_nflows"};
    EXPECT_EQ(words, expected);
}

}  // namespace
}  // namespace flowgauge
