#include "extension/features/feature.h"

#include "core/record/packet_field.h"
#include "tests/support/plain_packet.h"
#include "tests/unit/extension/features/feature_run.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using test::feature_of;
using test::FeatureRun;

// A client asks, a server answers twice, the client ends. Payloads: 0, 100, 1400, 0.
std::vector<Packet> conversation() {
    const char* const client = "10.0.0.1:40000";
    const char* const server = "10.0.0.2:443";
    std::vector<Packet> packets{
        test::tcp_packet(client, server, {.tick = 1000, .bytes = 54, .tcp_flags = kTcpSyn}),
        test::tcp_packet(server, client, {.tick = 1010, .bytes = 154, .tcp_flags = kTcpAck}),
        test::tcp_packet(server, client, {.tick = 1040, .bytes = 1454, .tcp_flags = kTcpAck}),
        test::tcp_packet(client, server, {.tick = 1100, .bytes = 54, .tcp_flags = kTcpFin})};
    static const std::array<std::uint8_t, 40> kCaptured{};
    packets[0].ip = kCaptured;
    return packets;
}

struct Row {
    const char* expression;
    const char* outcome;
};

void expect(const std::vector<Row>& rows) {
    const std::vector<Packet> packets = conversation();
    for (const Row& row : rows) {
        EXPECT_EQ(feature_of(row.expression, packets), row.outcome) << row.expression;
    }
}

TEST(Feature, AggregatesOverPackets) {
    expect({
        {"count()", "4"},
        {"count(packet.payload_size > 0)", "2"},
        {"count(where packet.direction == dst2src)", "2"},
        {"count(packet.payload_size > 0 where packet.direction == src2dst)", "0"},
        {"count(true)", "4"},
        {"count(false)", "0"},
        {"sum(packet.payload_size)", "1500"},
        {"sum(packet.payload_size where packet.direction == src2dst) / count()", "0"},
        {"sum(packet.payload_size / 2)", "750"},
        {"min(packet.raw_size)", "54"},
        {"max(packet.raw_size)", "1454"},
        {"max(packet.raw_size / 4)", "363.5"},
        {"mean(packet.raw_size)", "429"},
        {"mean(packet.raw_size where packet.number <= 2)", "104"},
        {"stddev(packet.payload_size where packet.direction == dst2src)", "919.2388155425118"},
        {"stddev(packet.payload_size where packet.number == 1)", "0"},
        {"first(packet.payload_size where packet.payload_size > 0)", "100"},
        {"last(packet.payload_size)", "0"},
        {"last(packet.payload_size where packet.payload_size > 0)", "1400"},
        {"any(packet.rst == 1)", "0"},
        {"any(packet.fin == 1)", "1"},
        {"all(packet.protocol == 6)", "1"},
        {"all(packet.payload_size > 0)", "0"},
        {"all(packet.payload_size > 0 where packet.direction == dst2src)", "1"},
        {"any(true)", "1"},
        {"all(false)", "0"},
    });
}

TEST(Feature, IsAnExpressionAfterTheEnd) {
    expect({
        {"bidirectional_packets", "4"},
        {"dst2src_packets / bidirectional_packets", "0.5"},
        {"end_reason", "'end_of_input'"},
        {"end_reason == 'end_of_input' and count(packet.syn == 1) == 1", "1"},
        {"if(count() > 3, 'long', 'short')", "'long'"},
        {"max(count(packet.syn == 1), count(packet.ack == 1))", "2"},
        {"min(bidirectional_packets, 3)", "3"},
        {"src_ip", "'10.0.0.1'"},
        {"src_mac", "'02:00:00:00:00:0a'"},
        {"src_oui", "'02:00:00'"},
        {"lower('ABC')", "'abc'"},
        {"1 - 5", "-4"},
        {"18446744073709551615 + 1", "9223372036854775807"},
    });
}

TEST(Feature, LooksAtTheFlowSoFar) {
    expect({
        {"count(packet.raw_size == 54 and bidirectional_packets == 4)", "1"},
        {"max(bidirectional_packets where packet.direction == src2dst)", "4"},
        {"first(bidirectional_bytes where packet.number == 2)", "208"},
        {"mean(dst2src_packets where true)", "1.25"},
    });
}

TEST(Feature, KnowsTheFieldsOfPackets) {
    expect({
        {"first(packet.time)", "1000"},
        {"last(packet.time) - first(packet.time)", "100"},
        {"max(packet.delta_time)", "60"},
        {"max(packet.direction_delta_time)", "100"},
        {"last(packet.direction)", "0"},
        {"first(packet.ip_size)", "40"},
        {"first(packet.transport_size)", "20"},
        {"first(packet.src_ip)", "'10.0.0.1'"},
        {"first(packet.src_ip where packet.direction == dst2src)", "'10.0.0.2'"},
        {"last(packet.dst_ip where packet.direction == dst2src)", "'10.0.0.1'"},
        {"first(packet.src_mac where packet.direction == dst2src)", "'02:00:00:00:00:0a'"},
        {"first(packet.dst_mac)", "'02:00:00:00:00:0b'"},
        {"first(packet.src_oui) == '02:00:00'", "1"},
        {"last(packet.dst_oui)", "'02:00:00'"},
        {"first(packet.src_port)", "40000"},
        {"first(packet.dst_port)", "443"},
        {"count(packet.src_ip in '10.0.0.2/32')", "2"},
        {"first(packet.ip_version)", "4"},
        {"first(packet.vlan_id) + first(packet.tunnel_id)", "0"},
        {"sum(packet.syn)", "1"},
        {"sum(packet.ack)", "2"},
        {"sum(packet.cwr + packet.ece + packet.urg + packet.psh + packet.rst)", "0"},
        {"last(packet.tcp_flags)", "1"},
        {"sum(packet.size) == bidirectional_bytes", "1"},
        {"first(packet.captured_size)", "40"},
    });
}

TEST(Feature, IsAbsentWithoutPacketsOrNumber) {
    expect({
        {"first(packet.raw_size where packet.raw_size == 1)", "absent"},
        {"last(packet.src_ip where false)", "absent"},
        {"min(packet.raw_size where false) + 1", "absent"},
        {"max(packet.raw_size / 2 where false)", "absent"},
        {"mean(packet.raw_size where false)", "absent"},
        {"sum(packet.raw_size where false)", "0"},
        {"stddev(packet.raw_size where false)", "0"},
        {"any(packet.syn == 1 where false)", "0"},
        {"all(packet.syn == 2 where false)", "1"},
        {"count() / count(where false)", "absent"},
        {"sqrt(0 - count())", "absent"},
        {"first(packet.raw_size where false) == 1", "0"},
        {"first(packet.syn == 1 where false)", "absent"},
        {"not first(packet.syn == 1 where false)", "1"},
        {"if(first(packet.syn == 1 where false), 1, 2)", "2"},
        {"default(first(packet.raw_size where false), -1)", "-1"},
        {"mean(packet.ip_size / packet.payload_size)", "1.2142857142857142"},
        {"first(packet.ip_size / packet.payload_size)", "1.4"},
    });
}

TEST(Feature, SaysWhereItsTextIsWrong) {
    expect({
        {"", "features.it: at column 1: the expression is empty"},
        {"packet.raw_size",
         "features.it: at column 1: packet.raw_size is a field of packets; it stands in an "
         "aggregate: first(packet.raw_size)"},
        {"count() + packet.raw_size",
         "features.it: at column 11: packet.raw_size is a field of packets; it stands in an "
         "aggregate: first(packet.raw_size)"},
        {"sum(packet.raw_size + count())",
         "features.it: at column 23: count stands in another aggregate; one looks at each packet "
         "alone"},
        {"sum(max(packet.raw_size))",
         "features.it: at column 5: max stands in another aggregate; one looks at each packet "
         "alone"},
        {"sum(packet.raw_sise)",
         "features.it: at column 5: unknown column \"packet.raw_sise\" (did you mean "
         "packet.raw_size?)"},
        {"cout(packet.syn == 1)",
         "features.it: at column 1: unknown function \"cout\" (did you mean count?)"},
        {"count(payload_size > 0)",
         "features.it: at column 7: unknown column \"payload_size\" (did you mean "
         "packet.payload_size?)"},
        {"mean(splt_ps)", "features.it: at column 6: column splt_ps needs splt_analysis"},
        {"syn_ratio",
         "features.it: at column 1: unknown column \"syn_ratio\"; `flowgauge fields` "
         "lists them, and text stands in quotes"},
        {"id",
         "features.it: at column 1: id is the position in an output, which features cannot "
         "know"},
        {"last(end_reason)",
         "features.it: at column 6: end_reason is known when the flow has ended, not with each "
         "packet"},
        {"count(packet.raw_size)",
         "features.it: at column 7: count takes a condition, and this is an integer"},
        {"sum(packet.src_ip)",
         "features.it: at column 5: sum takes numbers, and this is an address"},
        {"sum(packet.raw_size where packet.syn)",
         "features.it: at column 27: where takes a condition, and this is an integer"},
        {"first()", "features.it: at column 1: first needs something to look at: first(..)"},
        {"first(where true)",
         "features.it: at column 1: first needs something to look at: first(..)"},
        {"first(packet.syn, packet.ack)",
         "features.it: at column 17: ) expected at the end of first, not \",\""},
        {"count(packet.syn == 1 where)", "features.it: at column 28: a value expected, not \")\""},
        {"count(packet.syn == 1",
         "features.it: at column 22: ) expected at the end of count, not "
         "the end"},
        {"count() where true", "features.it: at column 9: an operator is missing before \"where\""},
        {"{direction}_packets",
         "features.it: at column 1: {direction} stands in expressions of features whose name has "
         "it"},
    });
}

TEST(Feature, HasThreeColumnsWithDirectionInItsName) {
    FeatureRun run;
    ASSERT_EQ(run.add("{direction}_small", "count(packet.raw_size < 100)"), "");
    ASSERT_EQ(run.add("share_{direction}", "sum(packet.raw_size) / {direction}_bytes"), "");
    ASSERT_EQ(run.add("top_{direction}", "max(packet.raw_size) + 0 * src2dst_packets"), "");
    ASSERT_EQ(run.columns().size(), 9U);
    EXPECT_EQ(run.columns()[0].name, "udps.bidirectional_small");
    EXPECT_EQ(run.columns()[1].name, "udps.src2dst_small");
    EXPECT_EQ(run.columns()[2].name, "udps.dst2src_small");
    EXPECT_EQ(run.columns()[2].meaning, "count(packet.raw_size < 100)");
    const test::FeatureValues values = run.play(conversation()).at(0).values;
    EXPECT_EQ(values.at("bidirectional_small"), "2");
    EXPECT_EQ(values.at("src2dst_small"), "2");
    EXPECT_EQ(values.at("dst2src_small"), "0");
    EXPECT_EQ(values.at("share_bidirectional"), "1");
    EXPECT_EQ(values.at("share_src2dst"), "1");
    EXPECT_EQ(values.at("share_dst2src"), "1");
    EXPECT_EQ(values.at("top_src2dst"), "54");
    EXPECT_EQ(values.at("top_dst2src"), "1454");
    // The place is one of the text that was written.
    EXPECT_EQ(
        run.add("x_{direction}", "{direction}_bytes + {direction}_byte + 1"),
        "features.x_{direction}: at column 21: unknown column \"bidirectional_byte\" (did you mean "
        "bidirectional_bytes?)"
    );
    EXPECT_EQ(
        run.add("x_{direction}", "{direction}_bytes + rest"),
        "features.x_{direction}: at column 21: unknown column \"rest\"; `flowgauge fields` lists "
        "them, and text stands in quotes"
    );
}

TEST(Feature, GivesItsColumnAType) {
    FeatureRun run;
    const std::vector<std::pair<const char*, ColumnType>> rows{
        {"count()", ColumnType::kUnsigned},
        {"count() + 1", ColumnType::kInteger},
        {"sum(packet.raw_size)", ColumnType::kInteger},
        {"sum(packet.raw_size / 2)", ColumnType::kReal},
        {"mean(packet.raw_size)", ColumnType::kReal},
        {"any(packet.syn == 1)", ColumnType::kUnsigned},
        {"first(packet.src_ip)", ColumnType::kText},
        {"dst_mac", ColumnType::kText},
        {"end_reason", ColumnType::kText},
        {"udps.f1 * 2", ColumnType::kInteger}};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        ASSERT_EQ(run.add("f" + std::to_string(i), rows[i].first), "");
        EXPECT_EQ(run.columns()[i].type, rows[i].second) << rows[i].first;
        EXPECT_TRUE(run.columns()[i].optional);
    }
    EXPECT_EQ(run.play(conversation()).at(0).values.at("f9"), "10");
    EXPECT_EQ(
        run.add("f0", "1"), "feature f0: a column udps.f0 is there already; names are used once"
    );
    EXPECT_NE(run.add("no name", "1"), "");
}

TEST(Feature, ReadsListsOfTheFlow) {
    MeterOptions options = FeatureRun::without_dissection();
    options.splt_analysis = 3;
    options.statistical_analysis = true;
    FeatureRun run(options);
    ASSERT_EQ(run.add("sizes", "splt_ps"), "");
    ASSERT_EQ(run.add("largest", "max(splt_ps)"), "");
    ASSERT_EQ(run.add("grown", "count(len(splt_ps) == 3)"), "");
    ASSERT_EQ(run.add("syn_ratio", "bidirectional_syn_packets / bidirectional_packets"), "");
    const test::FeatureValues values = run.play(conversation()).at(0).values;
    EXPECT_EQ(values.at("sizes"), "[54, 154, 1454]");
    EXPECT_EQ(values.at("largest"), "1454");
    EXPECT_EQ(values.at("grown"), "2");
    EXPECT_EQ(values.at("syn_ratio"), "0.25");
    EXPECT_NE(run.add("x", "last(splt_ps)"), "");
}

TEST(Feature, HasBounds) {
    FeatureRun run;
    std::string most = "count()";
    for (int i = 1; i < 64; ++i) {
        most += " + count()";
    }
    EXPECT_EQ(run.add("most", most), "");
    EXPECT_EQ(
        run.add("more", most + " + count()"),
        "features.more: at column 641: more than 64 aggregates"
    );
    EXPECT_NE(run.add("deep", std::string(100, '(') + "1" + std::string(100, ')')), "");
    EXPECT_EQ(run.play(conversation()).at(0).values.at("most"), "256");
}

TEST(PacketFields, HaveNamesOfTheirOwn) {
    std::vector<std::string_view> names;
    for (const Column& field : packet_fields()) {
        EXPECT_TRUE(field.name.starts_with("packet.")) << field.name;
        EXPECT_FALSE(field.meaning.empty()) << field.name;
        names.push_back(field.name);
    }
    std::ranges::sort(names);
    EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

}  // namespace
}  // namespace flowgauge
