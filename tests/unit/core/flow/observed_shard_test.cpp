#include "core/flow/observed_shard.h"

#include "core/flow/flow_statistics.h"
#include "tests/support/plain_packet.h"
#include "tests/support/recording_outlet.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::icmp_packet;
using test::RecordCopy;
using test::tcp_packet;
using test::udp_packet;

constexpr Tick kSecond = 1000;  // in ticks of the default unit
constexpr const char* kA = "10.0.0.1:1111";
constexpr const char* kB = "10.0.0.2:2222";

// A shard without observers, its outlet, and time in seconds.
class Bench {
public:
    explicit Bench(const FlowOptions& flow = {}, std::uint64_t max_flows = 1000)
        : shard_(
              {.flow = flow, .max_flows = max_flows, .identity = {}}, ObserverChain<>{}, outlet_
          ) {
        outlet_.attach(shard_);
    }

    void add(const Packet& packet) { shard_.add(packet); }
    void udp(Tick second, const char* source, const char* destination, std::uint32_t bytes = 60) {
        add(udp_packet(source, destination, {.tick = second * kSecond, .bytes = bytes}));
        last_ = second;
    }
    void advance(Tick second) { shard_.advance(second * kSecond); }

    const std::vector<RecordCopy>& finish() {
        shard_.finish(last_ * kSecond, EndReason::kEndOfInput);
        return records();
    }

    [[nodiscard]] const std::vector<RecordCopy>& records() const { return outlet_.records(); }
    [[nodiscard]] FlowShard& shard() { return shard_; }
    [[nodiscard]] test::RecordingOutlet& outlet() { return outlet_; }
    [[nodiscard]] std::uint64_t expired(EndReason reason) const {
        return shard_.counters().flows_expired[static_cast<std::size_t>(reason)];
    }

private:
    test::RecordingOutlet outlet_;
    ObservedShard<ObserverChain<>> shard_;
    Tick last_ = 0;
};

// idle, active and max_flows in the order of the tests' titles.
FlowOptions timeouts(milliseconds idle, milliseconds active) {
    return {.idle_timeout = idle, .active_timeout = active};
}

TEST(ObservedShard, CountsBothDirectionsOfAFlow) {
    Bench bench;
    bench.udp(1, kA, kB, 100);
    bench.udp(2, kB, kA, 200);
    bench.udp(4, kA, kB, 300);
    ASSERT_EQ(bench.finish().size(), 1U);
    const RecordCopy& record = bench.records()[0];
    EXPECT_EQ(record.flow.source(), test::ip("10.0.0.1"));
    EXPECT_EQ(record.flow.destination(), test::ip("10.0.0.2"));
    EXPECT_EQ(record.flow.source_port(), 1111);
    EXPECT_EQ(record.flow.destination_port(), 2222);
    EXPECT_EQ(record.flow.packets, (std::array<std::uint64_t, 2>{2, 1}));
    EXPECT_EQ(record.flow.bytes, (std::array<std::uint64_t, 2>{400, 200}));
    EXPECT_EQ(record.flow.first(), 1 * kSecond);
    EXPECT_EQ(record.flow.last(), 4 * kSecond);
    EXPECT_EQ(record.flow.first_seen[1], 2 * kSecond);
    EXPECT_EQ(record.flow.last_seen[1], 2 * kSecond);
    EXPECT_EQ(record.flow.source_mac[5], 0x0a);
    EXPECT_EQ(record.flow.destination_mac[5], 0x0b);
    EXPECT_EQ(record.end_reason, EndReason::kEndOfInput);
    EXPECT_EQ(record.moment, 4 * kSecond);
}

TEST(ObservedShard, CountsTheSizeThatTheAccountingModeAsksFor) {
    struct Row {
        AccountingMode mode;
        std::uint64_t bytes;
    };
    for (const Row& row :
         {Row{AccountingMode::kLink, 100},
          Row{AccountingMode::kIp, 86},
          Row{AccountingMode::kTransport, 66},
          Row{AccountingMode::kPayload, 58}}) {
        Bench bench({.accounting_mode = row.mode});
        bench.udp(1, kA, kB, 100);
        bench.udp(2, kB, kA, 100);
        EXPECT_EQ(bench.finish().at(0).flow.bytes, (std::array{row.bytes, row.bytes}));
    }
}

// NFStream keeps sizes in 16 bits and would count 13.
TEST(ObservedShard, CountsAFrameOf65549BytesWhole) {
    Bench bench;
    bench.udp(1, kA, kB, 65549);
    EXPECT_EQ(bench.finish().at(0).flow.bytes[0], 65549U);
}

// The rows of NFStream's measured edge cases that concern flows.
TEST(ObservedShard, CountsTwoIcmpPacketsAsOneFlow) {
    Bench bench;
    bench.add(icmp_packet("10.0.0.1", "10.0.0.2"));
    bench.add(icmp_packet("10.0.0.1", "10.0.0.2"));
    ASSERT_EQ(bench.finish().size(), 1U);
    EXPECT_EQ(bench.records()[0].flow.packets[0], 2U);
    EXPECT_EQ(bench.records()[0].flow.source_port(), 0);
}

TEST(ObservedShard, TellsDirectionsOfEqualPortsApartByAddress) {
    Bench bench;
    bench.udp(1, "10.0.0.1:7", "10.0.0.2:7");
    bench.udp(2, "10.0.0.2:7", "10.0.0.1:7");
    ASSERT_EQ(bench.finish().size(), 1U);
    EXPECT_EQ(bench.records()[0].flow.packets, (std::array<std::uint64_t, 2>{1, 1}));
}

TEST(ObservedShard, TakesEqualEndsAlwaysAsSourceToDestination) {
    Bench bench;
    bench.udp(1, "10.0.0.1:7", "10.0.0.1:7");
    bench.udp(2, "10.0.0.1:7", "10.0.0.1:7");
    ASSERT_EQ(bench.finish().size(), 1U);
    EXPECT_EQ(bench.records()[0].flow.packets, (std::array<std::uint64_t, 2>{2, 0}));
}

TEST(ObservedShard, SplitsAConversationThatIsTaggedOneWay) {
    Bench bench;
    bench.add(udp_packet(kA, kB, {.tick = 1, .vlan_id = 10}));
    bench.add(udp_packet(kB, kA, {.tick = 2}));
    EXPECT_EQ(bench.finish().size(), 2U);
}

TEST(ObservedShard, FlipsSourceAndDestinationAfterACutIfTheOtherEndGoesOn) {
    Bench bench(timeouts(seconds(100), seconds(10)));
    bench.udp(1, kA, kB);
    bench.udp(2, kB, kA);
    bench.udp(11, kB, kA);
    ASSERT_EQ(bench.finish().size(), 2U);
    const RecordCopy& cut = bench.records()[0];
    EXPECT_EQ(cut.end_reason, EndReason::kActive);
    EXPECT_EQ(expiration_id(cut.end_reason), 1);
    EXPECT_EQ(cut.moment, 11 * kSecond);
    EXPECT_EQ(cut.flow.source(), test::ip("10.0.0.1"));
    EXPECT_EQ(cut.flow.packets, (std::array<std::uint64_t, 2>{1, 1}));
    const RecordCopy& rest = bench.records()[1];
    EXPECT_EQ(rest.flow.source(), test::ip("10.0.0.2"));
    EXPECT_EQ(rest.flow.source_port(), 2222);
    EXPECT_EQ(rest.flow.packets, (std::array<std::uint64_t, 2>{1, 0}));
}

TEST(ObservedShard, SplitsAtAGapOfExactlyTheIdleTimeout) {
    struct Row {
        Tick second_packet;  // in ticks; the first is at 1 s, the timeout 120 s
        std::size_t records;
    };
    for (const Row& row : {Row{120'999, 1}, Row{121'000, 2}, Row{121'001, 2}}) {
        Bench bench;
        bench.add(udp_packet(kA, kB, {.tick = 1000}));
        bench.add(udp_packet(kA, kB, {.tick = row.second_packet}));
        bench.shard().finish(row.second_packet, EndReason::kEndOfInput);
        EXPECT_EQ(bench.records().size(), row.records) << row.second_packet;
        EXPECT_EQ(bench.expired(EndReason::kIdle), row.records - 1);
        if (row.records == 2) {
            EXPECT_EQ(bench.records()[0].moment, 121'000);  // last packet and timeout
        }
    }
}

TEST(ObservedShard, CutsAtExactlyTheActiveTimeout) {
    struct Row {
        Tick third_packet;
        std::size_t records;
    };
    for (const Row& row : {Row{10'999, 1}, Row{11'000, 2}, Row{11'001, 2}}) {
        Bench bench(timeouts(seconds(100), seconds(10)));
        bench.add(udp_packet(kA, kB, {.tick = 1000}));
        bench.add(udp_packet(kA, kB, {.tick = 10'000}));
        bench.add(udp_packet(kA, kB, {.tick = row.third_packet}));
        bench.shard().finish(row.third_packet, EndReason::kEndOfInput);
        EXPECT_EQ(bench.records().size(), row.records) << row.third_packet;
        EXPECT_EQ(bench.expired(EndReason::kActive), row.records - 1);
    }
}

TEST(ObservedShard, LetsIdleWinOverActive) {
    Bench bench(timeouts(seconds(10), seconds(10)));
    bench.udp(1, kA, kB);
    bench.udp(11, kA, kB);
    ASSERT_EQ(bench.finish().size(), 2U);
    EXPECT_EQ(bench.records()[0].end_reason, EndReason::kIdle);
    EXPECT_EQ(bench.expired(EndReason::kActive), 0U);
}

TEST(ObservedShard, MakesEveryPacketAFlowWhenATimeoutIsZero) {
    struct Row {
        FlowOptions options;
        EndReason reason = EndReason::kIdle;
    };
    for (const Row& row :
         {Row{timeouts(seconds(100), seconds(0)), EndReason::kActive},
          Row{timeouts(seconds(0), seconds(100)), EndReason::kIdle},
          Row{timeouts(seconds(0), seconds(0)), EndReason::kIdle}}) {
        Bench bench(row.options);
        bench.udp(1, kA, kB);
        bench.udp(1, kB, kA);
        bench.udp(1, kA, kB);
        bench.udp(2, kA, kB);
        EXPECT_EQ(bench.finish().size(), 4U);
        EXPECT_GE(bench.expired(row.reason), 3U);
        for (const RecordCopy& record : bench.records()) {
            EXPECT_EQ(record.flow.all_packets(), 1U);
        }
        // Equal key and moment: in the order in which they ended.
        EXPECT_FALSE(bench.records()[0].flow.from_upper);
        EXPECT_TRUE(bench.records()[1].flow.from_upper);
        EXPECT_FALSE(bench.records()[2].flow.from_upper);
    }
}

TEST(ObservedShard, DoesNotCutASilentFlow) {
    Bench bench(timeouts(seconds(100), seconds(10)));
    bench.udp(1, kA, kB);
    bench.advance(50);
    EXPECT_EQ(bench.shard().active_flows(), 1U);
    bench.advance(101);
    EXPECT_EQ(bench.shard().active_flows(), 0U);
    EXPECT_EQ(bench.expired(EndReason::kIdle), 1U);
}

// NFStream keeps Y until X is cut at 200 s; the record is the same, only earlier here.
TEST(ObservedShard, LetsAShortFlowLeaveBesideALongOne) {
    Bench bench(timeouts(seconds(20), seconds(200)));
    const auto tcp = [&](Tick second) {
        bench.add(tcp_packet(kA, kB, {.tick = second * kSecond}));
    };
    tcp(0);
    bench.udp(1, "10.0.0.3:3", "10.0.0.4:4");
    for (Tick second = 10; second <= 400; second += 10) {
        tcp(second);
    }
    bench.shard().finish(400 * kSecond, EndReason::kEndOfInput);
    ASSERT_EQ(bench.records().size(), 4U);
    EXPECT_EQ(bench.records()[0].flow.key.protocol(), kProtocolUdp);
    EXPECT_EQ(bench.records()[0].moment, 21 * kSecond);
    EXPECT_EQ(bench.records()[1].moment, 200 * kSecond);
    EXPECT_EQ(bench.records()[1].flow.all_packets(), 20U);
    EXPECT_EQ(bench.records()[2].moment, 400 * kSecond);
    EXPECT_EQ(bench.records()[2].flow.all_packets(), 20U);
    EXPECT_EQ(bench.records()[3].flow.all_packets(), 1U);
}

TEST(ObservedShard, ExpiresInTheOrderOfLastPackets) {
    Bench bench(timeouts(seconds(10), seconds(1000)));
    bench.udp(1, "10.0.0.1:1", "10.0.0.9:9");
    bench.udp(2, "10.0.0.2:1", "10.0.0.9:9");
    bench.udp(3, "10.0.0.3:1", "10.0.0.9:9");
    bench.udp(4, "10.0.0.9:9", "10.0.0.1:1");  // the oldest flow speaks again, from the other end
    bench.advance(13);
    EXPECT_EQ(bench.shard().active_flows(), 1U);
    bench.advance(100);
    ASSERT_EQ(bench.records().size(), 3U);
    EXPECT_EQ(bench.records()[0].moment, 12 * kSecond);
    EXPECT_EQ(bench.records()[1].moment, 13 * kSecond);
    EXPECT_EQ(bench.records()[2].moment, 14 * kSecond);
    EXPECT_EQ(bench.records()[2].flow.packets[1], 1U);
}

TEST(ObservedShard, NeverHoldsMoreThanMaxFlowsAndEvictsTheLongestIdle) {
    Bench bench({}, 3);
    bench.udp(1, "10.0.0.1:1", "10.0.0.9:9");
    bench.udp(2, "10.0.0.2:1", "10.0.0.9:9");
    bench.udp(3, "10.0.0.3:1", "10.0.0.9:9");
    EXPECT_EQ(bench.expired(EndReason::kEvicted), 0U);
    bench.udp(4, "10.0.0.1:1", "10.0.0.9:9");
    bench.udp(5, "10.0.0.4:1", "10.0.0.9:9");  // puts out 10.0.0.2
    bench.udp(6, "10.0.0.5:1", "10.0.0.9:9");  // puts out 10.0.0.3
    EXPECT_EQ(bench.shard().active_flows(), 3U);
    EXPECT_EQ(bench.expired(EndReason::kEvicted), 2U);
    bench.udp(7, "10.0.0.6:1", "10.0.0.9:9");  // puts out 10.0.0.1
    bench.finish();
    ASSERT_EQ(bench.records().size(), 6U);
    const std::vector<const char*> order{"10.0.0.2", "10.0.0.3", "10.0.0.1"};
    for (std::size_t i = 0; i < order.size(); ++i) {
        EXPECT_EQ(bench.records()[i].flow.source(), test::ip(order[i]));
        EXPECT_EQ(bench.records()[i].end_reason, EndReason::kEvicted);
        EXPECT_EQ(bench.records()[i].moment, static_cast<Tick>(i + 5) * kSecond);
    }
}

TEST(ObservedShard, WorksWithRoomForOneFlow) {
    Bench bench({}, 1);
    for (Tick second = 1; second <= 10; ++second) {
        bench.udp(second, second % 2 == 0 ? "10.0.0.1:1" : "10.0.0.2:1", "10.0.0.9:9");
        EXPECT_EQ(bench.shard().active_flows(), 1U);
    }
    EXPECT_EQ(bench.finish().size(), 10U);
    EXPECT_EQ(bench.expired(EndReason::kEvicted), 9U);
}

TEST(ObservedShard, EndsAllFlowsInTheOrderOfKeysAtTheEnd) {
    Bench bench;
    bench.udp(1, "10.0.0.3:1", "10.0.0.9:9");
    bench.udp(2, "10.0.0.1:1", "10.0.0.9:9");
    bench.udp(3, "10.0.0.2:1", "10.0.0.9:9");
    bench.shard().finish(3 * kSecond, EndReason::kShutdown);
    ASSERT_EQ(bench.records().size(), 3U);
    EXPECT_EQ(bench.records()[0].flow.source(), test::ip("10.0.0.1"));
    EXPECT_EQ(bench.records()[1].flow.source(), test::ip("10.0.0.2"));
    EXPECT_EQ(bench.records()[2].flow.source(), test::ip("10.0.0.3"));
    EXPECT_EQ(bench.expired(EndReason::kShutdown), 3U);
    EXPECT_EQ(bench.outlet().last_reached(), kTickMax);
}

TEST(ObservedShard, SaysHowFarItIsOnlyAfterWhatEndedBefore) {
    Bench bench(timeouts(seconds(10), seconds(1000)));
    bench.udp(1, kA, kB);
    bench.advance(11);  // ends at 11 s: others may end then too
    EXPECT_TRUE(bench.records().empty());
    EXPECT_EQ(bench.shard().active_flows(), 0U);
    EXPECT_EQ(bench.outlet().last_reached(), 11 * kSecond);
    bench.advance(12);
    EXPECT_EQ(bench.records().size(), 1U);
}

TEST(ObservedShard, EmitsWhatWaitsWhenAskedTo) {
    Bench bench(timeouts(seconds(10), seconds(1000)));
    bench.udp(1, kA, kB);
    bench.advance(11);
    bench.shard().emit_waiting();
    EXPECT_EQ(bench.records().size(), 1U);
}

TEST(ObservedShard, GivesLiveFlowsIdentitiesOfProcessWorkerAndNumber) {
    test::RecordingOutlet outlet;
    ObservedShard<ObserverChain<>> shard(
        {.flow = {}, .max_flows = 10, .identity = {.live = true, .random = 0xabcd, .worker = 3}},
        ObserverChain<>{},
        outlet
    );
    outlet.attach(shard);
    shard.add(udp_packet("10.0.0.1:1", "10.0.0.9:9"));
    shard.add(udp_packet("10.0.0.2:1", "10.0.0.9:9"));
    shard.finish(0, EndReason::kShutdown);
    constexpr std::uint64_t kFirst = (std::uint64_t{0xabcd} << 44) | (std::uint64_t{3} << 34);
    EXPECT_EQ(outlet.records()[0].flow.flow_uid, kFirst);
    EXPECT_EQ(outlet.records()[1].flow.flow_uid, kFirst + 1);
}

// Two of many runs of a sensor may share the 20 bits.
TEST(ObservedShard, CountsLiveFlowsFromARandomNumber) {
    constexpr std::uint64_t kRandom = (std::uint64_t{0x3ffffffff} << 20) | 0xabcd;
    test::RecordingOutlet outlet;
    ObservedShard<ObserverChain<>> shard(
        {.flow = {}, .max_flows = 10, .identity = {.live = true, .random = kRandom, .worker = 3}},
        ObserverChain<>{},
        outlet
    );
    outlet.attach(shard);
    shard.add(udp_packet("10.0.0.1:1", "10.0.0.9:9"));
    shard.add(udp_packet("10.0.0.2:1", "10.0.0.9:9"));
    shard.finish(0, EndReason::kShutdown);
    constexpr std::uint64_t kZero = (std::uint64_t{0xabcd} << 44) | (std::uint64_t{3} << 34);
    EXPECT_EQ(outlet.records()[0].flow.flow_uid, kZero + 0x3ffffffff);
    EXPECT_EQ(outlet.records()[1].flow.flow_uid, kZero);
}

// The states of refused records are let go at once, and their slots come back.
TEST(ObservedShard, GoesOnWhenTheOutletRefuses) {
    Bench bench(timeouts(seconds(10), seconds(1000)));
    bench.outlet().accept_only(1);
    for (Tick second = 0; second < 100; second += 20) {
        bench.udp(second, kA, kB);
    }
    bench.finish();
    EXPECT_EQ(bench.records().size(), 1U);
    EXPECT_EQ(bench.outlet().refused(), 4U);
    EXPECT_EQ(bench.shard().counters().expired(), 5U);
}

}  // namespace
}  // namespace flowgauge
