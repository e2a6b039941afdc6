#include "capture/ethtool.h"

#include "capture/network_interface.h"
#include "tests/support/network_namespace.h"

#include <gtest/gtest.h>

#include <linux/capability.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace flowgauge {
namespace {

using Names = std::vector<std::string>;

TEST(SizeFalsifying, KnowsWhatMergesAndWhatIsCutLater) {
    const Names features = {
        "tx-scatter-gather",
        "tx-generic-segmentation",
        "tx-tcp-segmentation",
        "tx-tcp6-segmentation",
        "rx-gro",
        "rx-lro",
        "rx-gro-hw",
        "rx-gro-list",
        "rx-udp-gro-forwarding",
        "tx-udp-segmentation",
        "rx-checksum"};
    const Names expected = {
        "gso",
        "tso",
        "gro",
        "lro",
        "rx-gro-hw",
        "rx-gro-list",
        "rx-udp-gro-forwarding",
        "tx-udp-segmentation"};
    EXPECT_EQ(size_falsifying(features), expected);
    EXPECT_TRUE(size_falsifying({}).empty());
    EXPECT_EQ(command_against({"gro", "tso"}, "eth0"), "ethtool -K eth0 gro off tso off");
}

class DriverHere : public ::testing::Test {
protected:
    void SetUp() override {
        Result<test::NetworkNamespace> network = test::NetworkNamespace::enter();
        if (!network) {
            GTEST_SKIP() << network.error().message;
        }
        network_.emplace(std::move(network).value());
        ASSERT_TRUE(test::add_veth_pair());
    }
    std::optional<test::NetworkNamespace> network_;
};

TEST_F(DriverHere, SaysWhatItIs) {
    const Ethtool ethernet("c0");
    EXPECT_EQ(ethernet.driver(), "veth");
    EXPECT_EQ(ethernet.speed(), 10'000U);  // what veth claims
    EXPECT_GE(ethernet.receive_queues().value_or(0), 1U);
    const Names features = ethernet.active_features();
    EXPECT_NE(std::ranges::find(features, "tx-tcp-segmentation"), features.end());

    const Ethtool loopback("lo");
    EXPECT_EQ(loopback.speed(), std::nullopt);
    for (const std::string& unknown : {std::string("none0"), std::string(100, 'x')}) {
        const Ethtool nothing(unknown);
        EXPECT_EQ(nothing.driver(), "");
        EXPECT_EQ(nothing.speed(), std::nullopt);
        EXPECT_EQ(nothing.receive_queues(), std::nullopt);
        EXPECT_TRUE(nothing.active_features().empty());
    }
}

TEST_F(DriverHere, OffloadsAreGoneAfterTheCommandAgainstThem) {
    if (!test::run({"ethtool", "--version"})) {
        GTEST_SKIP() << "ethtool is not installed";
    }
    ASSERT_TRUE(test::run({"ethtool", "-K", "c0", "gro", "on", "rx-udp-gro-forwarding", "on"}));
    const Names offloads = offloads_that_falsify_sizes("c0");
    for (const char* expected :
         {"gro", "tso", "gso", "rx-udp-gro-forwarding", "tx-udp-segmentation"}) {
        EXPECT_NE(std::ranges::find(offloads, expected), offloads.end()) << expected;
    }
    const std::string command = command_against(offloads, "c0");
    std::istringstream stream(command);
    const Names words{std::istream_iterator<std::string>(stream), {}};
    ASSERT_TRUE(test::run(words)) << command;
    EXPECT_EQ(offloads_that_falsify_sizes("c0"), Names());
}

// The sensor keeps CAP_NET_RAW and no more.
TEST_F(DriverHere, AnswersWithoutPrivileges) {
    const Names expected = offloads_that_falsify_sizes("c0");
    ASSERT_FALSE(expected.empty());
    std::jthread([&] {
        __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
        std::array<__user_cap_data_struct, 2> none{};
        ASSERT_EQ(::syscall(SYS_capset, &header, none.data()), 0);  // of this thread alone
        EXPECT_LT(::socket(AF_PACKET, SOCK_RAW, 0), 0) << "no privilege is left";
        EXPECT_EQ(offloads_that_falsify_sizes("c0"), expected);
        EXPECT_EQ(Ethtool("c0").driver(), "veth");
        EXPECT_TRUE(Ethtool("c0").receive_queues());
    }).join();
}

}  // namespace
}  // namespace flowgauge
