// Flows that end because an observer wants it (EndReason::kPlugin).
#include "core/flow/observed_shard.h"
#include "tests/support/plain_packet.h"
#include "tests/support/recording_outlet.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace flowgauge {
namespace {

using std::chrono::seconds;
using test::RecordCopy;
using test::tcp_packet;
using test::udp_packet;

constexpr const char* kA = "10.0.0.1:1111";
constexpr const char* kB = "10.0.0.2:2222";
constexpr const char* kC = "10.0.0.3:3333";
constexpr std::uint32_t kLastBytes = 99;

// How often the moments of flows came.
struct Calls {
    std::uint64_t inits = 0;
    std::uint64_t updates = 0;
    std::uint64_t expires = 0;
    std::uint64_t discards = 0;
};

// Ends a flow with a frame of 99 bytes, and with the packet number `limit` if there is one.
class Slicer {
public:
    explicit Slicer(Calls& calls, std::uint64_t limit = 0) : calls_(&calls), limit_(limit) {}

    static std::size_t state_bytes() { return sizeof(std::uint64_t); }
    [[nodiscard]] bool init(std::byte* state, const FlowEvent& event) {
        ++calls_->inits;
        count(state) = 1;
        return ends(state, event);
    }
    [[nodiscard]] bool update(std::byte* state, const FlowEvent& event) {
        ++calls_->updates;
        ++count(state);
        return ends(state, event);
    }
    void expire(std::byte* state, const Flow& flow) {
        ++calls_->expires;
        EXPECT_EQ(count(state), flow.all_packets());
    }
    void discard(std::byte* /*state*/) { ++calls_->discards; }

private:
    static std::uint64_t& count(std::byte* state) {
        return *reinterpret_cast<std::uint64_t*>(state);
    }
    bool ends(std::byte* state, const FlowEvent& event) const {
        return event.packet.frame_bytes == kLastBytes || (limit_ != 0 && count(state) == limit_);
    }

    Calls* calls_;
    std::uint64_t limit_;
};

class Bench {
public:
    explicit Bench(
        std::uint64_t limit, const FlowOptions& flow = {}, std::uint64_t max_flows = 1000
    )
        : shard_(
              {.flow = flow, .max_flows = max_flows, .identity = {}},
              ObserverChain<Slicer>(Slicer(calls_, limit)),
              outlet_
          ) {
        outlet_.attach(shard_);
    }

    void udp(Tick tick, const char* source, const char* destination, std::uint32_t bytes = 60) {
        shard_.add(udp_packet(source, destination, {.tick = tick, .bytes = bytes}));
    }
    void tcp(
        Tick tick,
        const char* source,
        const char* destination,
        std::uint8_t flags,
        std::uint32_t bytes = 60
    ) {
        shard_.add(
            tcp_packet(source, destination, {.tick = tick, .bytes = bytes, .tcp_flags = flags})
        );
    }
    void add(const Packet& packet) { shard_.add(packet); }

    // "plugin@6000:2" for a flow of 2 packets, in the order of emission.
    std::string finish(Tick now) {
        shard_.finish(now, EndReason::kEndOfInput);
        outlet_.release_all();
        std::string text;
        for (const RecordCopy& record : outlet_.records()) {
            text += (text.empty() ? "" : " ") + std::string(to_string(record.end_reason)) + "@" +
                    std::to_string(record.moment) + ":" + std::to_string(record.flow.all_packets());
            packets_ += record.flow.all_packets();
        }
        return text;
    }

    // Of a bench that has finished: each packet in one record, each flow seen from end to end.
    void expect_laws(std::uint64_t packets) {
        const ShardCounters& counters = shard_.counters();
        EXPECT_EQ(counters.packets_in_flows, packets);
        EXPECT_EQ(packets_, packets);
        EXPECT_EQ(calls_.inits + calls_.updates, packets);
        EXPECT_EQ(calls_.inits, counters.flows_created);
        EXPECT_EQ(calls_.expires, counters.flows_created);
        EXPECT_EQ(calls_.discards, counters.flows_created);
        EXPECT_EQ(outlet_.records().size(), counters.flows_created);
        EXPECT_EQ(shard_.active_flows(), 0U);
    }
    [[nodiscard]] std::uint64_t expired(EndReason reason) const {
        return shard_.counters().flows_expired[static_cast<std::size_t>(reason)];
    }
    [[nodiscard]] const std::vector<RecordCopy>& records() const { return outlet_.records(); }

private:
    Calls calls_;
    test::RecordingOutlet outlet_;
    ObservedShard<ObserverChain<Slicer>> shard_;
    std::uint64_t packets_ = 0;
};

FlowOptions fin_rst() {
    return {.end_on_tcp = EndOnTcp::kFinRst};
}

TEST(FlowEnd, ComesWithThePacketAfterWhichAnObserverWantsIt) {
    Bench bench(2);
    for (const Tick tick : {0, 1, 2, 3, 4}) {
        bench.udp(tick, tick % 2 == 0 ? kA : kB, tick % 2 == 0 ? kB : kA);
    }
    EXPECT_EQ(bench.finish(4), "plugin@1:2 plugin@3:2 end_of_input@4:1");
    EXPECT_EQ(bench.expired(EndReason::kPlugin), 2U);
    bench.expect_laws(5);
}

TEST(FlowEnd, ComesWithTheFirstPacketToo) {
    Bench bench(1);
    for (int i = 0; i < 3; ++i) {
        bench.udp(7, kA, kB, 60 + static_cast<std::uint32_t>(i));
    }
    EXPECT_EQ(bench.finish(7), "plugin@7:1 plugin@7:1 plugin@7:1");
    for (std::size_t i = 0; i < 3; ++i) {  // of one moment and key: in the order of their ends
        EXPECT_EQ(bench.records().at(i).flow.bytes[0], 60 + i);
    }
    bench.expect_laws(3);
}

TEST(FlowEnd, LeavesOtherFlowsAlone) {
    Bench bench(0);
    bench.udp(0, kA, kB);
    bench.udp(1, kA, kC);
    bench.udp(2, kA, kB, kLastBytes);
    bench.udp(3, kA, kC);
    EXPECT_EQ(bench.finish(3), "plugin@2:2 end_of_input@3:2");
    bench.expect_laws(4);
}

TEST(FlowEnd, OfAFlowThatBeganWithACutLeavesBehindTheOneThatWasCut) {
    Bench bench(0, {.idle_timeout = seconds(120), .active_timeout = seconds(10)});
    bench.udp(0, kA, kB);
    bench.udp(10'000, kA, kB, kLastBytes);
    bench.udp(10'001, kA, kB);
    EXPECT_EQ(bench.finish(10'001), "active@10000:1 plugin@10000:1 end_of_input@10001:1");
    bench.expect_laws(3);
}

TEST(FlowEnd, MakesRoomInAFullTable) {
    Bench bench(2, {}, 1);
    bench.udp(0, kA, kB);
    bench.udp(1, kA, kB);  // the table is empty
    bench.udp(2, kA, kC);
    bench.udp(3, kA, kB);  // evicts
    bench.udp(4, kA, kB);
    EXPECT_EQ(bench.finish(4), "plugin@1:2 evicted@3:1 plugin@4:2");
    bench.expect_laws(5);
}

TEST(FlowEnd, OfTheFlowThatEvictedAnotherTakesNobodyElse) {
    Bench bench(1, {}, 1);
    bench.udp(0, kA, kB);
    bench.udp(0, kA, kC);
    EXPECT_EQ(bench.finish(0), "plugin@0:1 plugin@0:1");
    EXPECT_EQ(bench.expired(EndReason::kEvicted), 0U);
    bench.expect_laws(2);
}

TEST(FlowEnd, TakesAFlowThatLingersOutOfItsChain) {
    Bench bench(0, fin_rst());
    bench.tcp(0, kA, kB, kTcpRst);
    bench.tcp(1, kA, kC, kTcpRst);
    bench.tcp(2, kB, kC, kTcpRst);
    bench.tcp(1000, kA, kC, kTcpAck, kLastBytes);  // from the middle
    bench.tcp(2000, kA, kC, kTcpAck);              // a new flow, of no connection that has ended
    EXPECT_EQ(
        bench.finish(6000), "plugin@1000:2 tcp_end@5000:1 tcp_end@5002:1 end_of_input@6000:1"
    );
    bench.expect_laws(5);
}

TEST(FlowEnd, GoesBeforeTheEndOfAConnectionWithTheSamePacket) {
    Bench bench(0, fin_rst());
    bench.tcp(0, kA, kB, kTcpSyn);
    bench.tcp(1, kA, kB, kTcpRst, kLastBytes);
    bench.tcp(2, kA, kB, kTcpAck);
    EXPECT_EQ(bench.finish(9000), "plugin@1:2 end_of_input@9000:1");
    bench.expect_laws(3);
}

TEST(FlowEnd, ComesWithTheSynThatBeganAnotherConnection) {
    Bench bench(0, fin_rst());
    bench.tcp(0, kA, kB, kTcpRst);
    bench.tcp(1, kA, kB, kTcpSyn, kLastBytes);
    bench.tcp(2, kA, kB, kTcpAck);
    EXPECT_EQ(bench.finish(9000), "tcp_end@1:1 plugin@1:1 end_of_input@9000:1");
    bench.expect_laws(3);
}

TEST(FlowEnd, OfAConnectionThatWasCutWhileItLingeredEndsIt) {
    FlowOptions options = fin_rst();
    options.active_timeout = seconds(2);
    Bench bench(0, options);
    bench.tcp(0, kA, kB, kTcpRst);
    bench.tcp(2000, kA, kB, kTcpAck, kLastBytes);
    bench.tcp(2001, kA, kB, kTcpAck);
    EXPECT_EQ(bench.finish(9000), "active@2000:1 plugin@2000:1 end_of_input@9000:1");
    bench.expect_laws(3);
}

TEST(FlowEnd, KeepsTheLawsOfARandomMix) {
    for (const std::uint64_t max_flows : {1U, 3U, 1000U}) {
        Bench bench(
            7,
            {.idle_timeout = seconds(5),
             .active_timeout = seconds(20),
             .end_on_tcp = EndOnTcp::kFinRst},
            max_flows
        );
        test::PacketStream stream(11, 4, 300);
        std::mt19937 random(5);
        Tick now = 0;
        constexpr std::uint64_t kPackets = 20'000;
        for (std::uint64_t i = 0; i < kPackets; ++i) {
            Packet packet = stream.next();
            packet.frame_bytes = random() % 5 == 0 ? kLastBytes : packet.frame_bytes;
            now = packet.tick;
            bench.add(packet);
        }
        EXPECT_FALSE(bench.finish(now).empty());
        EXPECT_GT(bench.expired(EndReason::kPlugin), kPackets / 10);
        EXPECT_GT(bench.expired(EndReason::kTcpEnd) + bench.expired(EndReason::kEvicted), 0U);
        bench.expect_laws(kPackets);
    }
}

}  // namespace
}  // namespace flowgauge
