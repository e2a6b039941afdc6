#include "command/interface_report.h"

#include "capture/network_interface.h"
#include "command/interfaces_command.h"
#include "tests/support/network_namespace.h"

#include <gtest/gtest.h>

#include <linux/if_arp.h>

#include <optional>
#include <sstream>
#include <string>
#include <utility>

namespace flowgauge {
namespace {

Link up_link(int index, const std::string& name, std::uint16_t hardware_type) {
    return {
        .index = index,
        .name = name,
        .is_up = true,
        .is_loopback = hardware_type == ARPHRD_LOOPBACK,
        .hardware_type = hardware_type,
        .mtu = 1500};
}

HostReport host() {
    HostReport host;
    host.default_route = "eth0";
    host.interfaces.resize(5);
    Link& loopback = host.interfaces[0].link;
    loopback = up_link(1, "lo", ARPHRD_LOOPBACK);
    loopback.has_carrier = true;
    loopback.mtu = 65536;

    InterfaceReport& first = host.interfaces[1];
    first.link = up_link(2, "eth0", ARPHRD_ETHER);
    first.link.has_carrier = true;
    first.driver = "igb";
    first.speed = 10'000;
    first.receive_queues = 8;
    first.numa_node = 1;
    first.offloads = {"gro", "tso"};
    first.is_automatic = true;

    InterfaceReport& second = host.interfaces[2];
    second.link = up_link(3, "eth1", ARPHRD_ETHER);
    second.link.is_up = false;
    second.driver = "a-driver-of-a-long-name";
    second.speed = 2'500;
    second.offloads = {"gro"};

    host.interfaces[3].link = up_link(4, "wg0", ARPHRD_NONE);
    host.interfaces[4].link = up_link(5, "can0", ARPHRD_CAN);
    return host;
}

TEST(InterfaceReport, IsATableAndHints) {
    EXPECT_EQ(
        interfaces_text(host()),
        "  NAME             STATE       LINK        DRIVER                  SPEED    MTU  QUEUES  "
        "NODE\n"
        "  lo               up          loopback    -                           -  65536       -   "
        "  -\n"
        "* eth0             up          Ethernet    igb                 10 Gbit/s   1500       8   "
        "  1\n"
        "  eth1             down        Ethernet    a-drive..ng-name  2500 Mbit/s   1500       -   "
        "  -\n"
        "  wg0              no carrier  bare IP     -                           -   1500       -   "
        "  -\n"
        "  can0             no carrier  unreadable  -                           -   1500       -   "
        "  -\n"
        "\n"
        "* what `auto` takes: the interface of the default route\n"
        "\n"
        "eth0: offloads (gro tso) falsify counts and sizes of packets; turn them off:\n"
        "    ethtool -K eth0 gro off tso off\n"
        "eth1: is down; capture begins when it comes up:\n"
        "    ip link set eth1 up\n"
        "wg0: has no carrier: no cable, or nobody at its other end\n"
        "can0: cannot be captured: hardware type 280 is neither Ethernet nor 802.11 nor bare IP\n"
    );
}

TEST(InterfaceReport, SaysWhatAutoTakesAndWhatIsMissing) {
    HostReport changed = host();
    changed.default_route.reset();
    EXPECT_NE(interfaces_text(changed).find("every interface that is up"), std::string::npos);
    changed.no_automatic = "nothing is up";
    changed.no_right = "needs CAP_NET_RAW";
    const std::string text = interfaces_text(changed);
    EXPECT_NE(text.find("`auto` takes none: nothing is up\n"), std::string::npos);
    EXPECT_NE(text.find("This user may not capture: needs CAP_NET_RAW\n"), std::string::npos);
}

TEST(InterfaceReport, FitsAndSteersNothing) {
    HostReport hostile = host();
    hostile.interfaces.resize(2);
    InterfaceReport& report = hostile.interfaces[1];
    report.link.name = "\x1b[2J';reboot;'";
    report.driver = "\x1b]0;x\x07";
    report.offloads = {
        "gro",
        "lro",
        "tso",
        "gso",
        "rx-gro-hw",
        "rx-gro-list",
        "rx-udp-gro-forwarding",
        "tx-udp-segmentation",
        "ufo"};
    hostile.no_automatic = "known: \x1b[0m";
    const std::string text = interfaces_text(hostile);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\x07'), std::string::npos);
    std::istringstream lines(text);
    std::string joined;
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(line.size(), 100U) << line;
        joined += line.ends_with('\\') ? line.substr(0, line.size() - 1) : line + '\n';
    }
    EXPECT_NE(text.find(" \\\n"), std::string::npos) << "the command goes on in the next line";
    EXPECT_NE(joined.find("ethtool -K $'\\x1b[2J\\';reboot;\\'' gro off"), std::string::npos)
        << joined;
    EXPECT_EQ(interfaces_json(hostile).find('\x1b'), std::string::npos);
}

TEST(InterfaceReport, IsOneJsonObject) {
    HostReport two = host();
    two.interfaces.erase(two.interfaces.begin() + 2, two.interfaces.end());
    EXPECT_EQ(
        interfaces_json(two),
        R"({"interfaces":[{"name":"lo","index":1,"state":"up","up":true,"carrier":true,)"
        R"("loopback":true,"hardware_type":772,"link_type":1,"driver":null,"speed_mbps":null,)"
        R"("mtu":65536,"receive_queues":null,"numa_node":null,"offloads":[],"auto":false,)"
        R"("hints":[]},{"name":"eth0","index":2,"state":"up","up":true,"carrier":true,)"
        R"("loopback":false,"hardware_type":1,"link_type":1,"driver":"igb","speed_mbps":10000,)"
        R"("mtu":1500,"receive_queues":8,"numa_node":1,"offloads":["gro","tso"],"auto":true,)"
        R"("hints":[{"text":"offloads (gro tso) falsify counts and sizes of packets; )"
        R"(turn them off:","command":"ethtool -K eth0 gro off tso off"}]}],)"
        R"("default_route":"eth0","no_automatic":null,"no_right":null})"
        "\n"
    );
}

TEST(InterfacesCommand, ShowsThisHost) {
    Result<test::NetworkNamespace> network = test::NetworkNamespace::enter();
    if (!network) {
        GTEST_SKIP() << network.error().message;
    }
    ASSERT_TRUE(test::add_veth_pair());
    ASSERT_TRUE(test::run_ip("address add 192.0.2.9/24 dev c0"));
    ASSERT_TRUE(test::run_ip("route add default dev c0"));
    ::testing::internal::CaptureStdout();
    EXPECT_EQ(show_interfaces(false), ExitStatus::kDone);
    const std::string text = ::testing::internal::GetCapturedStdout();
    EXPECT_NE(text.find("\n* c0               up          Ethernet    veth "), std::string::npos)
        << text;
    EXPECT_NE(text.find("\n  g0               up          Ethernet    veth "), std::string::npos)
        << text;
    EXPECT_NE(text.find("\n    ethtool -K c0 "), std::string::npos) << text;
    ::testing::internal::CaptureStdout();
    EXPECT_EQ(show_interfaces(true), ExitStatus::kDone);
    const std::string json = ::testing::internal::GetCapturedStdout();
    EXPECT_NE(json.find(R"("default_route":"c0")"), std::string::npos) << json;
    EXPECT_NE(json.find(R"("driver":"veth")"), std::string::npos) << json;
}

}  // namespace
}  // namespace flowgauge
