#include "export/terminal/table_encoder.h"

#include "export/sink/sink.h"
#include "tests/unit/export/terminal/flow_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

namespace flowgauge {
namespace {

constexpr Tick kBegin = 1'700'000'000'000;

// A TCP flow of `bytes` from 10.0.0.1:`port` to 10.0.0.2:80 that lasted 2 s.
Flow flow_of(std::uint16_t port, std::uint64_t bytes) {
    Flow flow;
    flow.key = test::key("10.0.0.1", port, "10.0.0.2", 80);
    flow.packets = {2, 1};
    flow.bytes = {bytes - 10, 10};
    flow.first_seen = {kBegin, kBegin + 1};
    flow.last_seen = {kBegin + 2'000, kBegin + 1'000};
    flow.flow_uid = port;
    return flow;
}

std::string table_of(
    std::vector<Flow> flows, const TableOptions& options, EndReason reason = EndReason::kIdle
) {
    TableEncoder encoder(options, TimeUnit::kMilliseconds);
    const RecordContext context;
    Block out;
    for (Flow& flow : flows) {
        const FlowRecord record{.flow = &flow, .end_reason = reason};
        EXPECT_TRUE(encoder.encode({.record = record, .context = context}, out));
    }
    EXPECT_EQ(out.bytes, "");
    encoder.finish(out);
    EXPECT_EQ(out.records, flows.size());
    return out.bytes;
}

TEST(TableEncoder, SumsUpAndListsTheTop) {
    EXPECT_EQ(
        table_of({flow_of(1000, 5'000), flow_of(1001, 20'000), flow_of(1002, 100)}, {.rows = 2}),
        "3 flows, 9 packets, 24.5 KiB\n"
        "2023-11-14 22:13:20 to 2023-11-14 22:13:22 UTC, 2.00s\n"
        "\n"
        "Top 2 flows by bytes, of 3\n"
        "PROTO  SOURCE         DESTINATION  PKTS     BYTES   TIME\n"
        "TCP    10.0.0.1:1001  10.0.0.2:80     3  19.5 KiB  2.00s\n"
        "TCP    10.0.0.1:1000  10.0.0.2:80     3  4.88 KiB  2.00s\n"
        "\n"
        "Protocols and ports by bytes\n"
        "PROTOCOL, LOWER PORT                    FLOWS          PACKETS     BYTES   SHARE\n"
        "TCP 80                                      3                9  24.5 KiB  100.0%\n"
    );
}

TEST(TableEncoder, SaysThatThereAreNoFlows) {
    EXPECT_EQ(table_of({}, {}), "no flows\n");
    EXPECT_EQ(
        table_of({}, {.notes = {"only packets that match: port 9\x1b"}}),
        "no flows\nonly packets that match: port 9\\x1b\n"
    );
}

TEST(TableEncoder, SaysWhatItCovers) {
    const std::string cut = table_of(
        {flow_of(1000, 100), flow_of(1001, 100)},
        {.records_max = 2, .notes = {std::string(200, 'f')}},
        EndReason::kShutdown
    );
    EXPECT_NE(
        cut.find(
            "UTC, 2.00s\n"
            "only the first 2 flows that ended (--max-nflows)\n"
            "stopped before the end of the input, which cut 2 flows\n" +
            std::string(39, 'f') + ".." + std::string(39, 'f') + "\n\nFlows by bytes\n"
        ),
        std::string::npos
    ) << cut;
    const std::string live =
        table_of({flow_of(1000, 100)}, {.live = true, .records_max = 2}, EndReason::kShutdown);
    EXPECT_NE(live.find("1 flow, 3 packets, 100 B\n"), std::string::npos) << live;
    EXPECT_NE(live.find("UTC, 2.00s\n\nFlows by bytes\n"), std::string::npos) << live;
}

TEST(TableEncoder, WritesHeadingsBoldIfAsked) {
    const std::string table = table_of({flow_of(1000, 100)}, {.bold = true});
    EXPECT_TRUE(table.starts_with("\x1b[1m1 flow, 3 packets, 100 B\x1b[0m\n2023")) << table;
    EXPECT_NE(table.find("\x1b[1mPROTO  SOURCE"), std::string::npos) << table;
    EXPECT_NE(table.find("\nTCP    10.0.0.1:1000"), std::string::npos) << table;
}

TEST(TableEncoder, GivesTheSameTableForAnyOrder) {
    std::vector<Flow> flows;
    for (std::uint16_t i = 0; i < 10'000; ++i) {
        flows.push_back(flow_of(static_cast<std::uint16_t>(10'000 + i), 100 + i / 100));
        const std::uint64_t upper_port = i % 50;
        FlowKey& key = flows.back().key;
        key.rest = (key.rest & ~(std::uint64_t{0xffff} << 32)) | upper_port << 32;
    }
    const std::string table = table_of(flows, {});
    EXPECT_EQ(std::ranges::count(table, '\n'), 2 + 1 + 2 + 20 + 1 + 2 + 20 + 1);
    std::ranges::shuffle(flows, std::mt19937(1));
    EXPECT_EQ(table_of(flows, {}), table);
}

}  // namespace
}  // namespace flowgauge
