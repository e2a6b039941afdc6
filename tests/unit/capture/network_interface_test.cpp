#include "capture/network_interface.h"

#include "tests/support/network_namespace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

TEST(NetworkInterfaceHere, AreThoseOfTheNamespace) {
    Result<test::NetworkNamespace> network = test::NetworkNamespace::enter();
    if (!network) {
        GTEST_SKIP() << network.error().message;
    }
    ASSERT_TRUE(test::add_veth_pair());
    std::vector<std::string> names = list_interfaces();
    EXPECT_EQ(std::count(names.begin(), names.end(), "lo"), 1);
    EXPECT_EQ(std::count(names.begin(), names.end(), "c0"), 1);

    Result<NetworkInterface> loopback = find_interface("lo");
    ASSERT_TRUE(loopback);
    EXPECT_TRUE(loopback.value().is_loopback);
    EXPECT_FALSE(loopback.value().is_up);
    EXPECT_EQ(loopback.value().hardware_type, 772);
    EXPECT_EQ(loopback.value().link_type, LinkType::kEthernet);
    Result<NetworkInterface> ethernet = find_interface("c0");
    ASSERT_TRUE(ethernet);
    EXPECT_FALSE(ethernet.value().is_loopback);
    EXPECT_TRUE(ethernet.value().is_up);
    EXPECT_EQ(ethernet.value().mtu, 1500U);
    EXPECT_GT(ethernet.value().index, 0);
    Result<NetworkInterface> unknown = find_interface("a-name-longer-than-any-interface");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().kind, ErrorKind::kUsage);
}

TEST(NetworkInterfaceHere, FindsTheDefaultRoute) {
    Result<test::NetworkNamespace> network = test::NetworkNamespace::enter();
    if (!network) {
        GTEST_SKIP() << network.error().message;
    }
    ASSERT_TRUE(test::add_veth_pair());
    Result<std::optional<std::string>> none = default_route_interface();
    ASSERT_TRUE(none);
    EXPECT_EQ(none.value(), std::nullopt);
    ASSERT_TRUE(test::run_ip("address add 192.0.2.9/24 dev c0"));
    ASSERT_TRUE(test::run_ip("route add default dev c0 metric 9"));
    Result<std::optional<std::string>> found = default_route_interface();
    ASSERT_TRUE(found);
    EXPECT_EQ(found.value(), "c0");
}

TEST(DefaultRoute, IsTheUsableOneOfLowestMetric) {
    const std::string head =
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
    const std::string rejecting = "bad0\t00000000\t00000000\t0201\t0\t0\t1\t00000000\t0\t0\t0\n";
    const std::string network = "lan0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
    const std::string second = "eth1\t00000000\t0100A8C0\t0003\t0\t0\t200\t00000000\t0\t0\t0\n";
    const std::string first = "eth0\t00000000\t0100A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n";
    const std::string zeros(32, '0');
    const std::string ipv6_null =
        zeros + " 00 " + zeros + " 00 " + zeros + " ffffffff 00000001 00000000 00200200       lo\n";
    const std::string ipv6_default =
        zeros + " 00 " + zeros + " 00 " + zeros + " 00000400 00000001 00000000 00000003     eth6\n";
    EXPECT_EQ(default_route_interface(head + rejecting + network + second + first, ""), "eth0");
    EXPECT_EQ(default_route_interface(head + first, ipv6_null + ipv6_default), "eth0");
    EXPECT_EQ(default_route_interface(head + network, ipv6_null + ipv6_default), "eth6");
    EXPECT_EQ(default_route_interface(head, ipv6_null), std::nullopt);
    EXPECT_EQ(default_route_interface("", "short line\n"), std::nullopt);
}

}  // namespace
}  // namespace flowgauge
