#include "capture/network_interface.h"

#include "tests/support/network_namespace.h"

#include <gtest/gtest.h>

#include <algorithm>
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

TEST(ShellWord, IsPlainOrQuoted) {
    EXPECT_EQ(shell_word("eth0.10"), "eth0.10");
    EXPECT_EQ(shell_word("br-lan_2@x"), "br-lan_2@x");
    EXPECT_EQ(shell_word(""), "$''");
    EXPECT_EQ(shell_word("a;b"), "$'a;b'");
    EXPECT_EQ(shell_word("it's\\"), "$'it\\'s\\\\'");
    EXPECT_EQ(shell_word("\x1b[0m\x7f\xc3"), "$'\\x1b[0m\\x7f\\xc3'");
}

}  // namespace
}  // namespace flowgauge
