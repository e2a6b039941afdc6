// One worker over rings in plain memory, with clocks that are moved by hand.
#include "sensor/live_worker.h"

#include "sensor/stop_request.h"
#include "tests/support/fake_ring.h"
#include "tests/support/packet_builder.h"
#include "tests/unit/sensor/hand_clock.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace flowgauge::test {
namespace {

using namespace std::chrono_literals;

FakeFrame frame(const HandClock& clock, std::uint16_t port) {
    return {
        .bytes = ethernet_frame(
            kEtherIpv4,
            ip_packet(
                {.source = "10.0.0.1", .destination = "10.0.0.2"}, udp_datagram(port, 9, text("x"))
            )
        ),
        .time = clock.stamp()};
}

// A worker on one lane, with its rows in a file.
class Rig {
public:
    explicit Rig(std::chrono::milliseconds idle) {
        settings_.meter.flow.idle_timeout = idle;
        settings_.meter.dissection.enabled = false;
        settings_.output.sink.file.path = path_;
        settings_.output.sink.columns =
            "src_port,bidirectional_packets,bidirectional_first_seen_ms,bidirectional_duration_ms,"
            "end_reason";
        line_ = std::move(ExportLine::open(settings_, 1, RowOrder::kAsTheyCome)).value();
        worker_ = std::make_unique<LiveWorker>(
            LiveWorkerSetup{.meter = settings_.meter, .ring_retire = 60ms, .flows_capacity = 100},
            board_,
            line_->lane(0),
            system_
        );
    }
    ~Rig() { static_cast<void>(stop()); }
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;

    void attach(FakeRing& ring, std::uint8_t observation_point = 0) {
        sources_.push_back(std::make_unique<RingSource>(ring.source()));
        worker_->orders().send(AttachRing{
            .ring = sources_.back().get(), .observation_point = observation_point});
    }
    void start() {
        thread_ = std::jthread([this] { worker_->run(stop_.requested, stop_.reason); });
    }

    // Rows without the header, in their order.
    std::vector<std::string> stop() {
        if (thread_.joinable()) {
            stop_.requested = true;
            // Draining waits by the steady clock.
            while (!done_) {
                static_cast<void>(until([this, turns = counters().turns](const auto& now) {
                    return now.turns > turns || is_closed();
                }));
                clock.pass(40ms);
                done_ = worker_->counters().flows_active == 0 && is_closed();
                std::this_thread::yield();
            }
            thread_.join();
            EXPECT_TRUE(line_->join());
        }
        std::vector<std::string> rows;
        std::ifstream file(path_);
        for (std::string line; std::getline(file, line);) {
            rows.push_back(line);
        }
        std::filesystem::remove(path_);
        if (!rows.empty()) {
            rows.erase(rows.begin());
        }
        return rows;
    }

    // Whether the worker has handed over its last record.
    [[nodiscard]] bool is_closed() const { return line_->sink(0).sink->queue(0).is_closed(); }

    [[nodiscard]] WorkerCounters counters() const { return worker_->counters(); }
    LiveWorker& worker() { return *worker_; }

    // Waits, for real, until the worker has got there.
    [[nodiscard]] bool until(const std::function<bool(const WorkerCounters&)>& arrived) const {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (!arrived(worker_->counters())) {
            if (std::chrono::steady_clock::now() > deadline) {
                return false;
            }
            std::this_thread::yield();
        }
        return true;
    }

    // Waits until the worker has gone through some turns with what is there now.
    [[nodiscard]] bool settle() const {
        const std::uint64_t turns = counters().turns;
        return until([turns](const WorkerCounters& now) { return now.turns > turns + 3; });
    }

    HandClock clock;

private:
    std::string path_ = testing::TempDir() + "/live_worker_" + std::to_string(::getpid()) + ".csv";
    Settings settings_;
    SystemClock system_{clock};
    HandoffBoard board_{1, 64};
    std::unique_ptr<ExportLine> line_;
    std::vector<std::unique_ptr<RingSource>> sources_;
    std::unique_ptr<LiveWorker> worker_;
    StopRequest stop_;
    bool done_ = false;
    std::jthread thread_;
};

TEST(LiveWorker, LetsIdleFlowsGoByTheClockWithinASecond) {
    FakeRing ring;
    Rig rig(2s);
    rig.attach(ring);
    rig.start();
    ASSERT_TRUE(ring.put(frame(rig.clock, 1000)));
    ASSERT_TRUE(rig.until([](const auto& now) { return now.flows_active == 1; }));
    rig.clock.pass(1900ms);
    ASSERT_TRUE(rig.settle());
    EXPECT_EQ(rig.counters().flows_active, 1U);
    rig.clock.pass(1100ms);  // 3 s in all: at most 1 s late
    EXPECT_TRUE(rig.until([](const auto& now) { return now.flows_active == 0; }));
    EXPECT_EQ(rig.stop(), std::vector<std::string>{"1000,1,1767225600000,0,\"idle\""});
}

class SteppedClock : public testing::TestWithParam<std::chrono::hours> {};

TEST_P(SteppedClock, NeitherFlushesNorFreezesTheTable) {
    FakeRing ring;
    Rig rig(2s);
    rig.attach(ring);
    rig.start();
    ASSERT_TRUE(ring.put(frame(rig.clock, 1000)));
    ASSERT_TRUE(rig.until([](const auto& now) { return now.flows_active == 1; }));
    rig.clock.pass(500ms);
    rig.clock.set_by(GetParam());
    ASSERT_TRUE(rig.settle());
    EXPECT_EQ(rig.counters().flows_active, 1U) << "a step forward must not flush";
    rig.clock.pass(500ms);
    ASSERT_TRUE(ring.put(frame(rig.clock, 1000)));
    ASSERT_TRUE(ring.put(frame(rig.clock, 2000)));
    ASSERT_TRUE(rig.until([](const auto& now) { return now.shard.packets_in_flows == 3; }));
    rig.clock.pass(1s);
    rig.clock.set_by(-GetParam());
    ASSERT_TRUE(rig.settle());
    EXPECT_EQ(rig.counters().flows_active, 2U);
    ASSERT_TRUE(rig.until([](const auto& now) { return now.clock_steps == 2; }));
    EXPECT_EQ(rig.counters().clock_offset_ms, 0) << "there and back";
    rig.clock.pass(1100ms + 900ms);
    EXPECT_TRUE(rig.until([](const auto& now) { return now.flows_active == 0; }))
        << "a step back must not freeze";
    // Each flow tells the system's time of its beginning; lengths are real ones.
    const auto set = std::to_string(
        1767225601000 + std::chrono::duration_cast<std::chrono::milliseconds>(GetParam()).count()
    );
    EXPECT_EQ(
        rig.stop(),
        (std::vector<std::string>{
            "1000,2,1767225600000,1000,\"idle\"", "2000,1," + set + ",0,\"idle\""})
    );
}

INSTANTIATE_TEST_SUITE_P(
    ForwardAndBack, SteppedClock, testing::Values(std::chrono::hours(1), std::chrono::hours(-1))
);

// Two packets of two flows each half second, for three seconds; a worker that is late sees the ring
// only then. Returns its rows, sorted.
std::vector<std::string> rows_of_three_seconds(bool late) {
    FakeRing ring;
    Rig rig(1s);
    rig.attach(ring);
    if (!late) {
        rig.start();
    }
    for (int i = 0; i < 6; ++i) {
        const FakeFrame frames[] = {
            frame(rig.clock, 1000), frame(rig.clock, static_cast<std::uint16_t>(2000 + i / 3))};
        EXPECT_TRUE(ring.put(frames));
        const std::uint64_t packets = 2 * static_cast<std::uint64_t>(i) + 2;
        const auto is_read = [packets](const auto& now) {
            return now.shard.packets_in_flows == packets;
        };
        EXPECT_TRUE(late || rig.until(is_read));
        rig.clock.pass(500ms);
    }
    if (late) {
        rig.start();
    }
    EXPECT_TRUE(rig.until([](const auto& now) { return now.shard.packets_in_flows == 12; }));
    std::vector<std::string> rows = rig.stop();
    std::sort(rows.begin(), rows.end());
    return rows;
}

// What a ring holds that was not read for three seconds gives the rows that it would have given.
TEST(LiveWorker, DoesNotSplitFlowsWhenTheRingIsReadLate) {
    const std::vector<std::string> in_time = rows_of_three_seconds(false);
    EXPECT_EQ(in_time.size(), 3U);
    EXPECT_EQ(rows_of_three_seconds(true), in_time);
}

TEST(LiveWorker, MergesTwoInterfacesByTimeAndKeepsTheirFlowsApart) {
    FakeRing first;
    FakeRing second;
    Rig rig(10s);
    rig.attach(first, 0);
    rig.attach(second, 1);
    for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE((i % 2 == 0 ? first : second).put(frame(rig.clock, 1000)));
        rig.clock.pass(100ms);
    }
    rig.start();
    rig.clock.pass(200ms);
    ASSERT_TRUE(rig.until([](const auto& now) { return now.shard.packets_in_flows == 4; }));
    EXPECT_EQ(rig.counters().flows_active, 2U);
    EXPECT_EQ(rig.counters().late_packets, 0U);
    EXPECT_EQ(
        rig.stop(),
        (std::vector<std::string>{
            "1000,2,1767225600000,200,\"shutdown\"", "1000,2,1767225600100,200,\"shutdown\""})
    );
}

TEST(LiveWorker, GoesOnWhenAnInterfaceLeavesAndComesBack) {
    FakeRing before;
    FakeRing after;
    Rig rig(3600s);
    auto gone = std::make_unique<RingSource>(before.source());
    rig.worker().orders().send(AttachRing{.ring = gone.get()});
    rig.start();
    ASSERT_TRUE(before.put(frame(rig.clock, 1000)));
    rig.worker().orders().send(RetireRing{.ring = gone.get()});
    std::vector<RingSource*> returned;
    ASSERT_TRUE(rig.until([&](const auto& /*now*/) {
        rig.clock.pass(1ms);
        returned = rig.worker().orders().take_returned();
        return !returned.empty();
    }));
    EXPECT_EQ(returned, std::vector<RingSource*>{gone.get()});
    EXPECT_TRUE(before.is_read()) << "what the ring held was read before it left";
    gone.reset();
    rig.attach(after);
    ASSERT_TRUE(after.put(frame(rig.clock, 1000)));
    ASSERT_TRUE(rig.until([](const auto& now) { return now.shard.packets_in_flows == 2; }));
    EXPECT_EQ(rig.stop().size(), 1U) << "one flow over both rings";
}

TEST(LiveWorker, AppliesOtherTimeoutsToFlowsThatLive) {
    FakeRing ring;
    Rig rig(100s);
    rig.attach(ring);
    rig.start();
    ASSERT_TRUE(ring.put(frame(rig.clock, 1000)));
    ASSERT_TRUE(rig.until([](const auto& now) { return now.flows_active == 1; }));
    rig.worker().orders().send(std::make_shared<const LiveSettings>(LiveSettings{
        .idle_timeout = 1s, .active_timeout = 5s}));
    rig.clock.pass(1500ms);
    EXPECT_TRUE(rig.until([](const auto& now) { return now.flows_active == 0; }));
    EXPECT_EQ(rig.stop(), std::vector<std::string>{"1000,1,1767225600000,0,\"idle\""});
}

TEST(LiveWorker, TellsItsLargestFlows) {
    FakeRing ring;
    Rig rig(100s);
    rig.attach(ring);
    rig.start();
    for (std::uint16_t port = 1; port <= 5; ++port) {
        for (std::uint16_t i = 0; i < port; ++i) {
            ASSERT_TRUE(rig.until([&](const auto& /*now*/) {
                return ring.put(frame(rig.clock, port));
            }));
        }
    }
    ASSERT_TRUE(rig.until([](const auto& now) { return now.shard.packets_in_flows == 15; }));
    auto request = std::make_shared<FlowsRequest>(3);
    rig.worker().orders().send(request);
    ASSERT_TRUE(rig.until([&](const auto& /*now*/) { return request->done.load(); }));
    ASSERT_EQ(request->rows.size(), 3U);
    EXPECT_EQ(request->flows_active, 5U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(request->rows[i].packets[0], 5 - i);
        EXPECT_EQ(request->rows[i].first, 1767225600000);
    }
}

TEST(LiveWorker, CountsAreAsOfOneMoment) {
    FakeRing ring;
    Rig rig(100s);
    rig.attach(ring);
    rig.start();
    for (int i = 0; i < 2000; ++i) {
        const FakeFrame frames[] = {
            frame(rig.clock, static_cast<std::uint16_t>(i)),
            {.bytes = ethernet_frame(kEtherArp, text("not ip")), .time = rig.clock.stamp()}};
        ASSERT_TRUE(rig.until([&](const WorkerCounters& now) {
            EXPECT_EQ(now.packets_read, now.shard.packets_in_flows + now.rejected.total());
            EXPECT_EQ(now.shard.flows_created, now.flows_active + now.shard.expired());
            return ring.put(frames);
        }));
    }
    EXPECT_TRUE(rig.until([](const auto& now) { return now.packets_read == 4000; }));
}

}  // namespace
}  // namespace flowgauge::test
