#include "plugins/builtin.h"
#include "tests/support/packet_builder.h"
#include "tests/support/plugin_host.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using test::Bytes;
using test::PluginHost;
using test::PluginValue;

using Integers = std::vector<std::int64_t>;
const PluginValue kAbsent;

struct Option {
    std::uint8_t code = 0;
    Bytes value;
};

Bytes message(const std::vector<Option>& options, Bytes client_address = {0, 0, 0, 0}) {
    Bytes bytes(240);
    bytes[0] = 1;
    bytes[2] = 6;
    std::copy(client_address.begin(), client_address.end(), bytes.begin() + 12);
    const Bytes mac = {0x00, 0x0b, 0x82, 0x01, 0xfc, 0x42};
    std::copy(mac.begin(), mac.end(), bytes.begin() + 28);
    const Bytes cookie = {0x63, 0x82, 0x53, 0x63};
    std::copy(cookie.begin(), cookie.end(), bytes.begin() + 236);
    for (const Option& option : options) {
        bytes = test::joined(
            {bytes,
             Bytes{option.code, static_cast<std::uint8_t>(option.value.size())},
             option.value}
        );
    }
    bytes.push_back(255);
    return bytes;
}

// From a client that has an address.
bool send(PluginHost& host, const Bytes& payload, const std::string& source = "10.0.0.7") {
    const Bytes bytes = test::ip_packet(
        {.source = source, .destination = "10.0.0.1"}, test::udp_datagram(68, 67, payload)
    );
    return host.packet(test::plugin_packet(bytes));
}

PluginValue text(const std::string& value) {
    return value;
}

TEST(Dhcp, SaysWhatTheClientSaysInEachMessageAndInRequests) {
    PluginHost host(*find_builtin_plugin("dhcp"));
    const std::vector<Option> options = {
        {0, {}},  // two bytes of padding
        {12, test::text("laptop")},
        {50, {192, 168, 0, 10}},
        {55, {1, 3, 6, 42}},
        {57, {5, 220}},
        {60, test::text("MSFT 5.0")},
        {77, {}},
        {99, {1}}};
    std::vector<Option> discover = options;
    discover.push_back({53, {1}});
    std::vector<Option> request = options;
    request.insert(request.begin(), {53, {3}});
    EXPECT_FALSE(send(host, message(discover)));
    EXPECT_FALSE(send(host, message(request, {10, 0, 0, 7})));
    EXPECT_TRUE(send(host, message({{53, {5}}})));
    host.end();
    EXPECT_EQ(host.value("dhcp_12"), text("laptop"));
    EXPECT_EQ(host.value("dhcp_50"), text("192.168.0.10"));
    EXPECT_EQ(host.value("dhcp_55"), text("1,3,6,42"));
    EXPECT_EQ(host.value("dhcp_57"), PluginValue(std::uint64_t{1500}));
    EXPECT_EQ(host.value("dhcp_60"), text("MSFT 5.0"));
    EXPECT_EQ(host.value("dhcp_77"), text(""));
    EXPECT_EQ(host.value("dhcp_options"), PluginValue(Integers{53, 12, 50, 55, 57, 60, 77, 99}));
    EXPECT_EQ(host.value("dhcp_addr"), text("10.0.0.7"));
    EXPECT_EQ(host.value("dhcp_msg_type"), text("MsgType.DISCOVER"));
    EXPECT_EQ(host.value("dhcp_oui"), text("00:0b:82"));
}

TEST(Dhcp, KeepsWhatOnlyRequestsSayAbsentWithoutOne) {
    PluginHost host(*find_builtin_plugin("dhcp"));
    EXPECT_FALSE(send(host, message({{53, {1}}, {50, {1, 2, 3, 4}}, {55, {1}}}, {10, 0, 0, 7})));
    host.end();
    for (const char* column : {"dhcp_50", "dhcp_55", "dhcp_addr", "dhcp_oui", "dhcp_12"}) {
        EXPECT_EQ(host.value(column), kAbsent) << column;
    }
    EXPECT_EQ(host.value("dhcp_options"), PluginValue(Integers()));
}

TEST(Dhcp, LetsALaterRequestTakeThePlaceOfAnEarlierOne) {
    PluginHost host(*find_builtin_plugin("dhcp"));
    EXPECT_FALSE(send(host, message({{53, {3}}, {50, {1, 2, 3, 4}}, {55, {1}}}, {10, 0, 0, 7})));
    EXPECT_FALSE(send(host, message({{53, {3}}})));
    host.end();
    EXPECT_EQ(host.value("dhcp_50"), kAbsent);
    EXPECT_EQ(host.value("dhcp_55"), kAbsent);
    EXPECT_EQ(host.value("dhcp_options"), PluginValue(Integers{53}));
    EXPECT_EQ(host.value("dhcp_addr"), text("10.0.0.7"));
}

TEST(Dhcp, EndsTheFlowWithTheTransaction) {
    for (std::uint8_t type = 0; type <= 9; ++type) {
        PluginHost host(*find_builtin_plugin("dhcp"));
        const bool ends = type == 4 || type == 5 || type == 6 || type == 8;
        EXPECT_EQ(send(host, message({{53, {type}}})), ends) << int{type};
        host.end();
        EXPECT_TRUE(send(host, message({{53, {type}}}), "0.0.0.0")) << int{type};
    }
}

TEST(Dhcp, TakesNoTypeThatItDoesNotKnow) {
    PluginHost host(*find_builtin_plugin("dhcp"));
    EXPECT_FALSE(send(host, message({})));
    EXPECT_FALSE(send(host, message({{53, {200}}})));
    EXPECT_FALSE(send(host, message({{53, {}}})));
    EXPECT_FALSE(send(host, message({{53, {2}}})));
    host.end();
    EXPECT_EQ(host.value("dhcp_msg_type"), text("MsgType.OFFER"));
}

TEST(Dhcp, LeavesOutWhatTheMessageCuts) {
    Bytes cut = message({{53, {3}}, {12, test::text("laptop")}});
    cut.resize(cut.size() - 3);
    PluginHost host(*find_builtin_plugin("dhcp"));
    EXPECT_FALSE(send(host, cut));
    Bytes other = message({{12, test::text("x")}});
    other[236] = 0;  // no cookie
    EXPECT_FALSE(send(host, other));
    EXPECT_FALSE(send(host, Bytes(239)));
    host.end();
    EXPECT_EQ(host.value("dhcp_12"), kAbsent);
    EXPECT_EQ(host.value("dhcp_msg_type"), text("MsgType.REQUEST"));
}

TEST(Dhcp, LooksAtItsPortOverIpv4Only) {
    PluginHost host(*find_builtin_plugin("dhcp"));
    const Bytes payload = message({{53, {5}}});
    const Bytes other_port = test::ip_packet({}, test::udp_datagram(68, 69, payload));
    EXPECT_FALSE(host.packet(test::plugin_packet(other_port)));
    host.end();
    const Bytes ipv6 = test::ip_packet(
        {.source = "::1", .destination = "::2"}, test::udp_datagram(68, 67, payload)
    );
    EXPECT_FALSE(host.packet(test::plugin_packet(ipv6)));
    host.end();
    EXPECT_EQ(host.value("dhcp_msg_type"), kAbsent);
    EXPECT_EQ(host.value("dhcp_options"), PluginValue(Integers()));
}

}  // namespace
}  // namespace flowgauge
