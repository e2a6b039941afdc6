#include "plugins/builtin.h"

#include "tests/support/packet_builder.h"
#include "tests/support/plugin_host.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using test::Bytes;
using test::PluginHost;
using test::PluginValue;

using Integers = std::vector<std::int64_t>;

TEST(BuiltinPlugins, AreFoundByTheirNames) {
    EXPECT_EQ(builtin_plugin_names().size(), 6U);
    for (const std::string_view name : builtin_plugin_names()) {
        const flowgauge_plugin* const plugin = find_builtin_plugin(name);
        ASSERT_NE(plugin, nullptr) << name;
        EXPECT_EQ(plugin->abi_version, FLOWGAUGE_PLUGIN_ABI);
        EXPECT_EQ(plugin->size, sizeof(flowgauge_plugin));
        EXPECT_EQ(plugin->name, name);
    }
    EXPECT_EQ(find_builtin_plugin("SPLT"), nullptr);
    EXPECT_EQ(find_builtin_plugin(""), nullptr);
}

TEST(BuiltinPlugins, RefuseArgumentsWithTheReason) {
    struct Row {
        std::string plugin;
        std::map<std::string, std::string> arguments;
        std::string error;
    };
    const std::vector<Row> rows = {
        {"flow_slicer", {}, "argument 'limit' is missing"},
        {"flow_slicer",
         {{"limit", "0"}},
         "argument 'limit' is 0; it lies between 1 and 18446744073709551615"},
        {"flow_slicer",
         {{"limit", "4 packets"}},
         "argument 'limit' is '4 packets'; it is a whole number between 0 and "
         "18446744073709551615"},
        {"flow_slicer",
         {{"limit", "4"}, {"limits", "5"}},
         "argument 'limits' is not known; there are: limit"},
        {"dhcp", {{"port", "67"}}, "argument 'port' is not known; there are none"},
        {"ja4", {{"ipv6", "yes"}}, "argument 'ipv6' is 'yes'; it is true or false"},
        {"wf",
         {{"active_timeout", "a lot"}, {"levels", "3"}},
         "argument 'active_timeout' is 'a lot'; it is a number"},
        {"wf",
         {{"active_timeout", "1800"}, {"levels", "13"}},
         "argument 'levels' is 13; it lies between 1 and 12"},
        {"splt",
         {{"sequence_length", "5001"}},
         "argument 'sequence_length' is 5001; it lies between 1 and 5000"},
        {"splt",
         {{"sequence_length", "5"}, {"accounting_mode", "4"}},
         "argument 'accounting_mode' is 4; it lies between 0 and 3"}};
    for (const Row& row : rows) {
        EXPECT_EQ(PluginHost(*find_builtin_plugin(row.plugin), row.arguments).error(), row.error);
    }
}

Bytes datagram(std::size_t payload_bytes) {
    return test::ip_packet({}, test::udp_datagram(1, 2, test::pattern(payload_bytes)));
}

TEST(FlowSlicer, EndsTheFlowWithItsLastPacket) {
    const Bytes bytes = datagram(10);
    for (const int limit : {1, 2, 5}) {
        PluginHost host(*find_builtin_plugin("flow_slicer"), {{"limit", std::to_string(limit)}});
        ASSERT_EQ(host.error(), "");
        for (int packet = 1; packet <= 5; ++packet) {
            EXPECT_EQ(host.packet(test::plugin_packet(bytes)), packet == limit);
        }
    }
}

Integers list(const PluginHost& host, const char* column) {
    return std::get<Integers>(host.value(column));
}

TEST(Splt, SaysDirectionSizeAndGapOfTheFirstPackets) {
    const std::vector<Integers> sizes = {
        {14 + 38, 14 + 58}, {38, 58}, {18, 38}, {10, 30}};  // by accounting mode
    const Bytes small = datagram(10);
    const Bytes large = datagram(30);
    for (std::size_t mode = 0; mode < sizes.size(); ++mode) {
        PluginHost host(
            *find_builtin_plugin("splt"),
            {{"sequence_length", "4"}, {"accounting_mode", std::to_string(mode)}}
        );
        EXPECT_FALSE(host.packet(test::plugin_packet(small, 0, 1000)));
        EXPECT_FALSE(host.packet(test::plugin_packet(large, 1, 1007)));
        host.end();
        EXPECT_EQ(list(host, "splt_direction"), (Integers{0, 1, -1, -1}));
        EXPECT_EQ(list(host, "splt_ps"), (Integers{sizes[mode][0], sizes[mode][1], -1, -1}));
        EXPECT_EQ(list(host, "splt_piat_ms"), (Integers{0, 7, -1, -1}));
    }
}

TEST(Splt, StopsAtItsLength) {
    const Bytes bytes = datagram(1);
    PluginHost host(*find_builtin_plugin("splt"), {{"sequence_length", "2"}});
    for (std::int64_t time = 1; time < 9; ++time) {
        EXPECT_FALSE(host.packet(test::plugin_packet(bytes, 1, time)));
    }
    host.end();
    EXPECT_EQ(list(host, "splt_piat_ms"), (Integers{0, 1}));
    PluginHost longest(*find_builtin_plugin("splt"), {{"sequence_length", "5000"}});
    for (std::int64_t time = 1; time < 6000; ++time) {
        EXPECT_FALSE(longest.packet(test::plugin_packet(bytes, 1, time)));
    }
    longest.end();
    EXPECT_EQ(list(longest, "splt_direction"), Integers(5000, 1));
}

}  // namespace
}  // namespace flowgauge
