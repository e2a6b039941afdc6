// A sink whose output does not keep up, does not work, or does not want every record.
#include "export/sink/queue_outlet.h"
#include "export/sink/sink.h"
#include "tests/unit/export/sink/counting_shard.h"
#include "tests/unit/export/sink/scripted_parts.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;
using test::CountingShard;
using test::ScriptedStore;
using test::ScriptedTransport;
using test::ShardRecords;

// Rows of 64 KiB, so that few fill a queue; the record of each thousandth packet does not fit.
class WideEncoder final : public RecordEncoder {
public:
    static constexpr std::size_t kRowBytes = std::size_t{64} << 10;

    [[nodiscard]] bool encode(const RecordView& view, Block& out) override {
        if (view.record.slot % 1000 == 999) {
            return false;
        }
        out.bytes.append(kRowBytes, 'a');
        out.end_unit(1);
        return true;
    }
};

class SlotFilter final : public RecordFilter {
public:
    explicit SlotFilter(std::uint32_t modulus) : modulus_(modulus) {}
    [[nodiscard]] bool wants(const RecordView& view) override {
        return view.record.slot % modulus_ == 0;
    }

private:
    std::uint32_t modulus_;
};

// A sink on the thread of its worker, so that nothing depends on time: 16 rows fit its memory.
class Line {
public:
    explicit Line(SinkOptions options, bool with_store = false)
        : sink_(wide(std::move(options)), 1, parts(with_store)) {
        outlet_.connect({&sink_.queue(0)});
        outlet_.attach(shard_);
    }

    void start() { sink_.start({}); }
    void emit(std::uint32_t count) {
        for (std::uint32_t i = 0; i < count; ++i) {
            EXPECT_TRUE(outlet_.emit(records_.records[emitted_++ % records_.records.size()]));
        }
        outlet_.turn();
        sink_.flush();
    }
    [[nodiscard]] Result<void> end() {
        outlet_.close();
        return sink_.join();
    }
    Sink& sink() { return sink_; }
    [[nodiscard]] std::uint64_t lost(RecordLoss loss) const {
        return sink_.numbers().dropped[loss];
    }
    [[nodiscard]] std::uint64_t acknowledged() const {
        return sink_.numbers().records_acknowledged;
    }

    ScriptedTransport::Script transport;
    ScriptedStore::Script store;

private:
    static SinkOptions wide(SinkOptions options) {
        options.thread = SinkThread::kWorker;
        options.outbox.memory = 16 * WideEncoder::kRowBytes;
        options.patience = milliseconds(1);
        return options;
    }
    SinkParts parts(bool with_store) {
        return {
            .filter = nullptr,
            .encoder = std::make_unique<WideEncoder>(),
            .transport = std::make_unique<ScriptedTransport>(transport),
            .store = with_store ? std::make_unique<ScriptedStore>(store) : nullptr};
    }

    ShardRecords records_{1, 500, 1};
    CountingShard shard_;
    QueueOutlet outlet_{true};
    std::uint32_t emitted_ = 0;
    Sink sink_;
};

TEST(SinkPolicy, DropsTheNewestOfALiveSensor) {
    Line line({});
    line.transport.room = 0;
    line.start();
    line.emit(100);
    EXPECT_EQ(line.lost(RecordLoss::kQueueFull), 84U);
    line.transport.room = 1000;
    EXPECT_TRUE(line.end().has_value());
    EXPECT_EQ(line.acknowledged(), 16U);
    EXPECT_EQ(line.sink().state(), Sink::State::kOpen);
}

TEST(SinkPolicy, NamesTheFailedOutput) {
    Line line({});
    line.transport.room = 0;
    line.transport.working = 0;
    line.start();
    line.emit(100);
    EXPECT_EQ(line.lost(RecordLoss::kOutputFailed), 84U);
    EXPECT_EQ(line.sink().numbers().output.working, 0U);
    line.transport.room = 1000;
    EXPECT_TRUE(line.end().has_value());
}

TEST(SinkPolicy, SpoolsWhatMemoryCannotHold) {
    Line line({.outbox = {.when_full = WhenFull::kSpool}}, true);
    line.transport.room = 0;
    line.start();
    line.emit(100);
    EXPECT_EQ(line.sink().numbers().dropped.total(), 0U);
    EXPECT_GE(line.sink().numbers().records_stored, 84U);
    EXPECT_TRUE(line.end().has_value());  // the transport never has room: the rest is for later
    EXPECT_EQ(line.sink().counters().records_stored, 100U);
    EXPECT_EQ(line.sink().counters().records_dropped, 0U);
}

// The next run must not send again what came out in this one.
TEST(SinkPolicy, LeavesItsSpoolDurablyEmptyWhenAllCameOut) {
    Line line({.outbox = {.when_full = WhenFull::kSpool}}, true);
    line.transport.room = 0;
    line.start();
    line.emit(100);
    line.transport.room = 1000;
    EXPECT_TRUE(line.end().has_value());
    EXPECT_EQ(line.acknowledged(), 100U);
    EXPECT_GE(line.store.acknowledged.size(), 10U);
    EXPECT_EQ(line.store.acknowledged_durably, line.store.acknowledged.size());
}

// The transport has room again while the worker waits for it.
TEST(SinkPolicy, WaitsWithFilesAsLongAsItTakes) {
    Line line({.waits = true});
    line.transport.room = 0;
    line.start();
    // Turns are the worker's own, so the script changes under its feet, once.
    std::jthread later([&] {
        std::this_thread::sleep_for(milliseconds(50));
        line.sink().post([&](Sink& /*sink*/) { line.transport.room = 1000; });
    });
    line.emit(100);
    EXPECT_TRUE(line.end().has_value());
    EXPECT_EQ(line.acknowledged(), 100U);
}

TEST(SinkPolicy, GivesUpAnOutputThatHoldsUpAReader) {
    Line line({.waits = true, .gives_up = true});
    line.transport.room = 0;
    line.start();
    line.emit(100);
    EXPECT_EQ(line.sink().state(), Sink::State::kFailed);
    Result<void> ended = line.end();
    ASSERT_FALSE(ended.has_value());
    EXPECT_EQ(ended.error().kind, ErrorKind::kOutput);
    EXPECT_EQ(line.lost(RecordLoss::kOutputFailed), 100U);
}

TEST(SinkPolicy, WaitsNoLongerThanItsPatienceOnceItDrains) {
    Line line({});
    line.transport.room = 0;
    line.start();
    line.sink().drain();
    line.emit(100);
    EXPECT_EQ(line.lost(RecordLoss::kShutdown), 84U);
    EXPECT_TRUE(line.end().has_value());
    EXPECT_EQ(line.lost(RecordLoss::kShutdown), 100U);
    EXPECT_EQ(line.sink().counters().records_dropped, 100U);
}

TEST(SinkPolicy, CountsWhatItsFilterDoesNotWant) {
    Line line({});
    line.sink().change_filter(std::make_shared<SlotFilter>(5));
    line.start();
    line.emit(100);
    line.sink().change_filter(nullptr);
    line.sink().flush();
    line.emit(10);
    EXPECT_TRUE(line.end().has_value());
    EXPECT_EQ(line.acknowledged(), 20U + 10U);
    EXPECT_EQ(line.lost(RecordLoss::kFilter), 80U);
    EXPECT_EQ(line.sink().counters().records_filtered, 80U);
    EXPECT_EQ(line.sink().counters().records_dropped, 0U);
}

TEST(SinkPolicy, CountsWhatDoesNotFitTheFormat) {
    ScriptedTransport::Script script;
    Flow flow;
    Sink sink(
        {.thread = SinkThread::kWorker},
        1,
        {.filter = nullptr,
         .encoder = std::make_unique<WideEncoder>(),
         .transport = std::make_unique<ScriptedTransport>(script),
         .store = nullptr}
    );
    sink.start({});
    for (const std::uint32_t slot : {1U, 999U, 2U}) {
        ASSERT_TRUE(sink.queue(0).push({.flow = &flow, .slot = slot}));
    }
    sink.queue(0).close();
    EXPECT_TRUE(sink.join().has_value());
    EXPECT_EQ(sink.numbers().dropped[RecordLoss::kTooLong], 1U);
    EXPECT_EQ(sink.numbers().records_acknowledged, 2U);
}

// An encoder that would keep all to the end gives them out when it is time.
class KeepingEncoder final : public RecordEncoder {
public:
    [[nodiscard]] bool encode(const RecordView& /*view*/, Block& /*out*/) override {
        ++kept_;
        return true;
    }
    void finish(Block& out) override {
        if (kept_ != 0) {
            out.bytes += 'k';
            out.end_unit(std::exchange(kept_, 0));
        }
    }

private:
    std::uint32_t kept_ = 0;
};

TEST(SinkPolicy, GivesOutWhatItsEncoderKeepsBack) {
    for (const bool timely : {true, false}) {
        ScriptedTransport::Script script;
        Flow flow;
        Sink sink(
            {.thread = SinkThread::kWorker, .keep_back_max = milliseconds(timely ? 1 : 0)},
            1,
            {.filter = nullptr,
             .encoder = std::make_unique<KeepingEncoder>(),
             .transport = std::make_unique<ScriptedTransport>(script),
             .store = nullptr}
        );
        sink.start({});
        ASSERT_TRUE(sink.queue(0).push({.flow = &flow, .slot = 1}));
        sink.queue(0).wake_sink();
        std::this_thread::sleep_for(milliseconds(2));
        sink.flush();
        EXPECT_EQ(sink.numbers().records_acknowledged, timely ? 1U : 0U);
        EXPECT_EQ(sink.numbers().buffered(), timely ? 0U : 1U);
        sink.queue(0).close();
        EXPECT_TRUE(sink.join().has_value());
        EXPECT_EQ(sink.numbers().records_acknowledged, 1U);
    }
}

// A record that comes alone waits a little for others, and no longer.
TEST(SinkPolicy, LingersForMoreRecords) {
    ScriptedTransport::Script script;
    Flow flow;
    Sink sink(
        {.linger = milliseconds(20)},
        1,
        {.filter = nullptr,
         .encoder = std::make_unique<WideEncoder>(),
         .transport = std::make_unique<ScriptedTransport>(script),
         .store = nullptr}
    );
    sink.start({});
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(sink.queue(0).push({.flow = &flow, .slot = 1}));
    sink.queue(0).wake_sink();
    while (sink.numbers().records_acknowledged == 0) {
        ASSERT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
        std::this_thread::yield();
    }
    EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(20));
    sink.queue(0).close();
    EXPECT_TRUE(sink.join().has_value());
}

}  // namespace
}  // namespace flowgauge
