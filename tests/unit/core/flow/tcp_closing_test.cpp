#include "core/flow/tcp_closing.h"

#include "core/flow/observed_shard.h"
#include "tests/support/plain_packet.h"
#include "tests/support/recording_outlet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {
namespace {

using std::chrono::seconds;
using test::RecordCopy;
using test::tcp_packet;
using test::udp_packet;

constexpr std::uint8_t kFinAck = kTcpFin | kTcpAck;
constexpr std::uint8_t kSynAck = kTcpSyn | kTcpAck;
constexpr std::uint32_t kHeaders = 54;  // of a frame without payload

// A segment from A or from B.
struct Segment {
    char from;
    Tick tick;  // milliseconds
    std::uint8_t flags;
    std::uint32_t sequence = 0;
    std::uint32_t acknowledgment = 0;
    std::uint32_t payload = 0;
};

Packet packet_of(
    const Segment& segment, const char* a = "10.0.0.1:1111", const char* b = "10.0.0.2:80"
) {
    return tcp_packet(
        segment.from == 'A' ? a : b,
        segment.from == 'A' ? b : a,
        {.tick = segment.tick,
         .bytes = kHeaders + segment.payload,
         .tcp_flags = segment.flags,
         .tcp_sequence = segment.sequence,
         .tcp_acknowledgment = segment.acknowledgment}
    );
}

class Bench {
public:
    explicit Bench(const FlowOptions& flow, std::uint64_t max_flows = 1000)
        : shard_(
              {.flow = flow, .max_flows = max_flows, .identity = {}}, ObserverChain<>{}, outlet_
          ) {
        outlet_.attach(shard_);
    }

    void add(const Packet& packet) { shard_.add(packet); }
    [[nodiscard]] FlowShard& shard() { return shard_; }

    // "tcp_end@6000:2 idle@7000:1" for flows of 2 packets and of 1, in the order of emission.
    std::string finish(Tick now) {
        shard_.finish(now, EndReason::kEndOfInput);
        std::string text;
        for (const RecordCopy& record : outlet_.records()) {
            text += (text.empty() ? "" : " ") + std::string(to_string(record.end_reason)) + "@" +
                    std::to_string(record.moment) + ":" + std::to_string(record.flow.all_packets());
        }
        return text;
    }
    [[nodiscard]] const std::vector<RecordCopy>& records() const { return outlet_.records(); }

private:
    test::RecordingOutlet outlet_;
    ObservedShard<ObserverChain<>> shard_;
};

FlowOptions fin_rst(seconds idle = seconds(120), seconds active = seconds(1800)) {
    return {.idle_timeout = idle, .active_timeout = active, .end_on_tcp = EndOnTcp::kFinRst};
}

struct Row {
    const char* why;
    std::vector<Segment> segments;
    const char* records;
    FlowOptions options = fin_rst();
};

// The input ends 20 s after the last segment unless a row is about that.
void expect_rows(const std::vector<Row>& rows) {
    constexpr Tick kAfter = 20'000;
    for (const Row& row : rows) {
        Bench bench(row.options);
        for (const Segment& segment : row.segments) {
            bench.add(packet_of(segment));
        }
        EXPECT_EQ(bench.finish(row.segments.back().tick + kAfter), row.records) << row.why;
    }
}

TEST(TcpClosing, EndsAFlowFiveSecondsAfterAnRst) {
    expect_rows({
        {"RST", {{'A', 0, kTcpSyn}, {'B', 1000, kTcpRst}}, "tcp_end@6000:2"},
        {"RST+ACK in the first packet", {{'B', 1000, kTcpRst | kTcpAck}}, "tcp_end@6000:1"},
        {"segments meanwhile belong to it",
         {{'A', 0, kTcpRst}, {'B', 4000, kTcpAck}, {'A', 4999, kTcpPsh}},
         "tcp_end@5000:3"},
        {"one after exactly that time does not",
         {{'A', 0, kTcpRst}, {'B', 5000, kTcpAck}},
         "tcp_end@5000:1 end_of_input@25000:1"},
        {"a second RST does not prolong it",
         {{'A', 0, kTcpRst}, {'A', 3000, kTcpRst}},
         "tcp_end@5000:2"},
        {"RST after a FIN",
         {{'A', 0, kFinAck, 10, 50}, {'B', 1000, kTcpAck, 50, 11}, {'A', 2000, kTcpRst}},
         "tcp_end@7000:3"},
        {"RST after the close",
         {{'A', 0, kFinAck, 10, 50},
          {'B', 1000, kFinAck, 50, 11},
          {'A', 2000, kTcpAck, 11, 51},
          {'B', 3000, kTcpRst}},
         "tcp_end@7000:4"},
    });
}

TEST(TcpClosing, EndsAFlowFiveSecondsAfterBothFinsWereAcknowledged) {
    expect_rows({
        {"four segments",
         {{'A', 0, kFinAck, 10, 50},
          {'B', 1000, kTcpAck, 50, 11},
          {'B', 2000, kFinAck, 50, 11},
          {'A', 3000, kTcpAck, 11, 51}},
         "tcp_end@8000:4"},
        {"three: FIN and acknowledgment in one",
         {{'A', 0, kFinAck, 10, 50}, {'B', 1000, kFinAck, 50, 11}, {'A', 2000, kTcpAck, 11, 51}},
         "tcp_end@7000:3"},
        {"both at one time",
         {{'A', 0, kFinAck, 10, 50},
          {'B', 1, kFinAck, 50, 10},
          {'A', 1000, kTcpAck, 11, 51},
          {'B', 2000, kTcpAck, 51, 11}},
         "tcp_end@7000:4"},
        {"sent again",
         {{'A', 0, kFinAck, 10, 50},
          {'A', 500, kFinAck, 10, 50},
          {'B', 1000, kFinAck, 50, 11},
          {'A', 1200, kFinAck, 10, 50},
          {'B', 1500, kFinAck, 50, 11},
          {'A', 2000, kTcpAck, 11, 51},
          {'A', 2500, kFinAck, 10, 50}},
         "tcp_end@7000:7"},
        {"half closed, with data going on",
         {{'A', 0, kFinAck, 10, 50},
          {'B', 1000, kTcpAck, 50, 11},
          {'B', 100'000, kTcpAck, 50, 11, 100},
          {'A', 200'000, kTcpAck, 11, 150},
          {'B', 300'000, kFinAck, 150, 11, 100},
          {'A', 300'001, kTcpAck, 11, 251}},
         "tcp_end@305001:6"},
        {"numbers that wrap",
         {{'A', 0, kFinAck, 0xffffffff, 50},
          {'B', 1000, kFinAck, 0xfffffff0, 0, 20},
          {'A', 2000, kTcpAck, 0, 5}},
         "tcp_end@7000:3"},
        {"a FIN whose acknowledgment was not captured, covered by a later one",
         {{'A', 0, kFinAck, 10, 50},
          {'B', 1000, kTcpFin, 50},
          {'A', 2000, kTcpAck, 11, 51},
          {'B', 3000, kTcpAck, 51, 11}},
         "tcp_end@8000:4"},
        {"SYN and FIN in one",
         {{'A', 0, kTcpSyn | kTcpFin, 10},
          {'B', 1, kSynAck | kTcpFin, 50, 12},
          {'A', 2, kTcpAck, 12, 52}},
         "tcp_end@5002:3"},
    });
}

TEST(TcpClosing, LeavesAFlowToTheTimeoutsUntilThen) {
    expect_rows({
        {"one direction captured",
         {{'A', 0, kTcpSyn, 9}, {'A', 1000, kFinAck, 10, 50}, {'A', 2000, kTcpAck, 11, 51}},
         "end_of_input@22000:3"},
        {"no acknowledgment of the second FIN",
         {{'A', 0, kFinAck, 10, 50}, {'B', 1000, kFinAck, 50, 11}},
         "end_of_input@21000:2"},
        {"no acknowledgment of the first FIN",
         {{'A', 0, kFinAck, 10, 50}, {'B', 1000, kFinAck, 50, 10}, {'A', 2000, kTcpAck, 11, 51}},
         "end_of_input@22000:3"},
        {"one before its end",
         {{'A', 0, kFinAck, 10, 50, 100}, {'B', 1, kFinAck, 50, 110}, {'A', 2, kTcpAck, 111, 51}},
         "end_of_input@20002:3"},
        {"numbers without the flag ACK",
         {{'A', 0, kFinAck, 10, 50}, {'B', 1, kTcpFin, 50, 11}, {'A', 2, kTcpPsh, 11, 51}},
         "end_of_input@20002:3"},
        {"a FIN elsewhere, after the first was acknowledged",
         {{'A', 0, kFinAck, 10, 50},
          {'B', 1, kTcpAck, 50, 11},
          {'A', 2, kFinAck, 70, 50},
          {'B', 3, kFinAck, 50, 11},
          {'A', 4, kTcpAck, 71, 51}},
         "end_of_input@20004:5"},
        {"FINs of a connection before the SYN",
         {{'A', 0, kFinAck, 10, 50},
          {'B', 1, kTcpAck, 50, 11},
          {'A', 2, kTcpSyn, 900},
          {'B', 3, kFinAck, 50, 901},
          {'A', 4, kTcpAck, 901, 51}},
         "end_of_input@20004:5"},
    });
}

TEST(TcpClosing, BeginsAFlowAtASynWithoutAcknowledgment) {
    expect_rows({
        {"SYN",
         {{'A', 0, kTcpRst}, {'A', 3000, kTcpSyn}, {'B', 4000, kSynAck}},
         "tcp_end@3000:1 end_of_input@24000:2"},
        {"SYN with further flags",
         {{'A', 0, kTcpRst}, {'A', 0, kTcpSyn | kTcpEce | kTcpCwr}},
         "tcp_end@0:1 end_of_input@20000:1"},
        {"one connection after the other",
         {{'A', 0, kTcpRst}, {'A', 1000, kTcpSyn}, {'B', 2000, kTcpRst}, {'A', 6000, kTcpSyn}},
         "tcp_end@1000:1 tcp_end@6000:2 end_of_input@26000:1"},
        {"a late SYN+ACK belongs to the flow",
         {{'A', 0, kTcpSyn}, {'A', 1000, kTcpRst}, {'B', 1001, kSynAck}},
         "tcp_end@6000:3"},
        {"SYN+RST begins nothing",
         {{'A', 0, kTcpRst}, {'A', 1000, kTcpSyn | kTcpRst}},
         "tcp_end@5000:2"},
        {"SYN before the connection is over",
         {{'A', 0, kFinAck, 10, 50}, {'B', 1000, kFinAck, 50, 11}, {'A', 2000, kTcpSyn, 900}},
         "end_of_input@22000:3"},
    });
    Bench bench(fin_rst());
    bench.add(packet_of({'A', 0, kTcpRst}));
    bench.add(packet_of({'B', 1, kTcpSyn}));
    bench.finish(10);
    EXPECT_EQ(bench.records().at(1).flow.source(), test::ip("10.0.0.2"));
}

TEST(TcpClosing, LeavesTheTimeoutsInForce) {
    expect_rows({
        {"idle before",
         {{'A', 0, kTcpRst}, {'A', 1000, kTcpAck}},
         "idle@4000:2",
         fin_rst(seconds(3))},
        {"idle before, then the rest of the connection",
         {{'A', 0, kTcpRst}, {'A', 3000, kTcpAck}, {'A', 5500, kTcpAck}},
         "idle@3000:1 idle@8500:2",
         fin_rst(seconds(3))},
        {"idle at the same moment", {{'A', 0, kTcpRst}}, "tcp_end@5000:1", fin_rst(seconds(5))},
        {"idle just before",
         {{'A', 0, kTcpRst}},
         "idle@4999:1",
         {.idle_timeout = std::chrono::milliseconds(4999), .end_on_tcp = EndOnTcp::kFinRst}},
        {"cut while it lingers: the moment stays",
         {{'A', 0, kTcpSyn}, {'B', 2000, kTcpRst}, {'A', 3000, kTcpAck}, {'A', 4000, kTcpAck}},
         "active@3000:2 tcp_end@7000:2",
         fin_rst(seconds(120), seconds(3))},
        {"cut by each packet",
         {{'A', 0, kTcpRst}, {'B', 1000, kTcpAck}, {'A', 2000, kTcpAck}, {'A', 3000, kTcpSyn}},
         "active@1000:1 active@2000:1 tcp_end@3000:1 end_of_input@23000:1",
         fin_rst(seconds(120), seconds(0))},
        {"cut between the FINs, by the other end",
         {{'A', 0, kFinAck, 10, 50},
          {'B', 1000, kTcpAck, 50, 11},
          {'B', 3000, kFinAck, 50, 11},
          {'A', 4000, kTcpAck, 11, 51}},
         "active@3000:2 tcp_end@9000:2",
         fin_rst(seconds(120), seconds(3))},
        {"SYN when it is to be cut: the connection was over",
         {{'A', 0, kTcpRst}, {'A', 3000, kTcpSyn}},
         "tcp_end@3000:1 end_of_input@23000:1",
         fin_rst(seconds(120), seconds(3))},
        {"every packet idle at once",
         {{'A', 0, kTcpRst}, {'A', 0, kTcpSyn}},
         "idle@0:1 idle@0:1",
         fin_rst(seconds(0))},
    });
}

TEST(TcpClosing, DoesNothingUnlessAskedTo) {
    EXPECT_EQ(TcpClosing::state_bytes(EndOnTcp::kNone), 0U);
    expect_rows(
        {{"none",
          {{'A', 0, kFinAck, 10, 50},
           {'B', 1000, kFinAck, 50, 11},
           {'A', 2000, kTcpAck, 11, 51},
           {'A', 2500, kTcpRst},
           {'A', 3000, kTcpSyn},
           {'A', 9000, kTcpAck}},
          "end_of_input@29000:6",
          {}}}
    );
}

TEST(TcpClosing, KeepsFiveSecondsInAnyUnit) {
    FlowOptions options = fin_rst();
    options.time_unit = TimeUnit::kNanoseconds;
    Bench bench(options);
    bench.add(packet_of({'A', 1, kTcpRst}));
    bench.add(packet_of({'A', 5'000'000'000, kTcpAck}));
    EXPECT_EQ(bench.finish(5'000'000'001), "tcp_end@5000000001:2");
}

TEST(TcpClosing, LetsFlowsLeaveWithoutAPacket) {
    Bench bench(fin_rst());
    bench.add(packet_of({'A', 0, kTcpRst}));
    bench.shard().advance(4999);
    EXPECT_EQ(bench.shard().active_flows(), 1U);
    bench.shard().advance(5000);
    EXPECT_EQ(bench.shard().active_flows(), 0U);
    bench.shard().advance(5001);
    EXPECT_EQ(bench.records().size(), 1U);
}

// A TCP flow kept from idling by its own packets, UDP flows that are due before and after it.
TEST(TcpClosing, TakesItsTurnAmongFlowsThatAreIdle) {
    Bench bench(fin_rst(seconds(4)));
    bench.add(packet_of({'A', 0, kTcpRst}));
    bench.add(udp_packet("10.0.0.3:3", "10.0.0.4:4", {.tick = 999}));
    bench.add(udp_packet("10.0.0.3:5", "10.0.0.4:4", {.tick = 1000}));
    bench.add(udp_packet("10.0.0.3:6", "10.0.0.4:4", {.tick = 1001}));
    bench.add(packet_of({'A', 3000, kTcpAck}));
    bench.shard().advance(100'000);
    EXPECT_EQ(bench.finish(100'000), "idle@4999:1 tcp_end@5000:2 idle@5000:1 idle@5001:1");
}

// Whichever of the flows that linger leaves early, the others keep their moments.
TEST(TcpClosing, TakesFlowsOutOfAnyPlaceOfTheChain) {
    constexpr const char* kEnds[] = {"10.0.0.1:1", "10.0.0.1:2", "10.0.0.1:3"};
    constexpr const char* kB = "10.0.0.2:80";
    const std::string expected[] = {
        "tcp_end@3000:1 tcp_end@6000:1 tcp_end@7000:1 end_of_input@7500:1",
        "tcp_end@3000:1 tcp_end@5000:1 tcp_end@7000:1 end_of_input@7500:1",
        "tcp_end@3000:1 tcp_end@5000:1 tcp_end@6000:1 end_of_input@7500:1"};
    for (std::size_t reused = 0; reused < 3; ++reused) {
        Bench bench(fin_rst());
        for (std::size_t i = 0; i < 3; ++i) {
            bench.add(packet_of({'A', static_cast<Tick>(i) * 1000, kTcpRst}, kEnds[i], kB));
        }
        bench.add(packet_of({'A', 3000, kTcpSyn}, kEnds[reused], kB));
        EXPECT_EQ(bench.finish(7500), expected[reused]);
    }
}

// As above, but the flow goes on in another slot.
TEST(TcpClosing, KeepsThePlaceInTheChainOverACut) {
    constexpr const char* kEnds[] = {"10.0.0.1:1", "10.0.0.1:2", "10.0.0.1:3"};
    constexpr const char* kB = "10.0.0.2:80";
    for (const char* cut : kEnds) {
        Bench bench(fin_rst(seconds(120), seconds(4)));
        bench.add(packet_of({'A', 0, kTcpSyn}, cut, kB));
        for (std::size_t i = 0; i < 3; ++i) {
            bench.add(packet_of({'A', static_cast<Tick>(i + 1) * 1000, kTcpRst}, kEnds[i], kB));
        }
        bench.add(packet_of({'B', 4000, kTcpAck}, cut, kB));
        EXPECT_EQ(bench.finish(9000), "active@4000:2 tcp_end@6000:1 tcp_end@7000:1 tcp_end@8000:1");
    }
}

TEST(TcpClosing, GivesWayToMaxFlowsAndLeavesTheNextFlowOfItsSlotAlone) {
    Bench bench(fin_rst(), 1);
    bench.add(packet_of({'A', 0, kTcpRst}));
    bench.add(udp_packet("10.0.0.3:3", "10.0.0.4:4", {.tick = 1000}));
    bench.add(packet_of({'A', 1500, kTcpSyn}));
    bench.add(packet_of({'B', 1600, kTcpRst}));
    bench.shard().advance(2000);  // slots come back
    bench.add(udp_packet("10.0.0.3:3", "10.0.0.4:4", {.tick = 3000}));
    bench.add(udp_packet("10.0.0.3:3", "10.0.0.4:4", {.tick = 9000}));
    EXPECT_EQ(
        bench.finish(9000), "evicted@1000:1 evicted@1500:1 evicted@3000:2 end_of_input@9000:2"
    );
}

TEST(TcpClosing, EndsWithTheInputWhatStillLingers) {
    Bench bench(fin_rst());
    bench.add(packet_of({'A', 0, kTcpRst}));
    bench.add(packet_of({'A', 1000, kTcpRst}, "10.0.0.1:2"));
    EXPECT_EQ(bench.finish(5999), "tcp_end@5000:1 end_of_input@5999:1");
}

}  // namespace
}  // namespace flowgauge
