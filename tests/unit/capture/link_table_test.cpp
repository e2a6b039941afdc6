#include "capture/link_table.h"

#include "tests/unit/capture/netlink_bytes.h"

#include <gtest/gtest.h>

#include <linux/if.h>
#include <linux/if_arp.h>

#include <random>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using test::attribute;
using test::Bytes;
using test::bytes_of;
using test::joined;
using test::link_message;
using test::LinkMessage;
using test::text;

// The changes that one datagram makes, in one line: "+eth0 ^eth0 ~eth0".
std::string changed_by(LinkTable& table, const Bytes& datagram) {
    std::vector<LinkEvent> events;
    std::span<const std::uint8_t> rest = datagram;
    while (const auto message = take_message(rest)) {
        table.apply(*message, events);
    }
    constexpr std::string_view kSigns = "+-r^vcm";
    std::string line;
    for (const LinkEvent& event : events) {
        line += line.empty() ? "" : " ";
        line += kSigns[static_cast<std::size_t>(event.change)];
        line += event.link.name;
        line += event.previous_name.empty() ? "" : "<" + event.previous_name;
    }
    return line;
}

Bytes name(std::string_view word) {
    return attribute(IFLA_IFNAME, joined({text(word), Bytes(1)}));
}

Bytes mtu(std::uint32_t bytes) {
    return attribute(IFLA_MTU, bytes_of(bytes));
}

TEST(LinkTable, FollowsOneInterface) {
    LinkTable table;
    EXPECT_EQ(
        changed_by(table, link_message({.flags = 0}, joined({name("eth0"), mtu(1500)}))), "+eth0"
    );
    EXPECT_EQ(changed_by(table, link_message({.flags = 0}, joined({name("eth0"), mtu(1500)}))), "");
    EXPECT_EQ(
        changed_by(
            table, link_message({.flags = IFF_UP | IFF_LOWER_UP}, joined({name("eth0"), mtu(9000)}))
        ),
        "^eth0 ceth0 meth0"
    );
    ASSERT_EQ(table.links().size(), 1U);
    const Link expected{
        .index = 2,
        .name = "eth0",
        .is_up = true,
        .has_carrier = true,
        .is_loopback = false,
        .hardware_type = ARPHRD_ETHER,
        .mtu = 9000};
    EXPECT_EQ(table.links()[0], expected);
    EXPECT_EQ(
        changed_by(table, link_message({.flags = IFF_UP | IFF_LOWER_UP}, name("wan"))), "rwan<eth0"
    );
    EXPECT_EQ(changed_by(table, link_message({.flags = IFF_UP}, name("wan"))), "cwan");
    EXPECT_EQ(changed_by(table, link_message({.flags = 0}, name("wan"))), "vwan");
    EXPECT_EQ(changed_by(table, link_message({.type = RTM_DELLINK}, name("wan"))), "-wan");
    EXPECT_EQ(changed_by(table, link_message({.type = RTM_DELLINK}, name("wan"))), "");
    EXPECT_TRUE(table.links().empty());
}

TEST(LinkTable, KeepsWhatAMessageLeavesOut) {
    LinkTable table;
    EXPECT_EQ(changed_by(table, link_message({}, joined({name("wlan0"), mtu(1500)}))), "+wlan0");
    EXPECT_EQ(changed_by(table, link_message({.flags = IFF_UP}, {})), "^wlan0");
    EXPECT_EQ(table.links()[0].mtu, 1500U);
}

// It would otherwise end the capture on an interface that left its bridge.
TEST(LinkTable, DoesNotRemoveWhatLeavesABridge) {
    LinkTable table;
    EXPECT_EQ(changed_by(table, link_message({}, name("eth0"))), "+eth0");
    const LinkMessage left_bridge{.type = RTM_DELLINK, .family = AF_BRIDGE};
    EXPECT_EQ(changed_by(table, link_message(left_bridge, name("eth0"))), "");
    EXPECT_EQ(table.links().size(), 1U);
}

TEST(LinkTable, TakesAnotherHardwareTypeForAnotherInterface) {
    LinkTable table;
    EXPECT_EQ(changed_by(table, link_message({}, name("wlan0"))), "+wlan0");
    const LinkMessage monitor{.hardware_type = ARPHRD_IEEE80211_RADIOTAP};
    EXPECT_EQ(changed_by(table, link_message(monitor, name("wlan0"))), "-wlan0 +wlan0");
    EXPECT_EQ(table.links()[0].hardware_type, ARPHRD_IEEE80211_RADIOTAP);
}

TEST(LinkTable, ReplacesAndTellsWhatIsDifferent) {
    LinkTable table;
    const std::vector<Link> before = {
        {.index = 7, .name = "again"},
        {.index = 3, .name = "left"},
        {.index = 5, .name = "right"},
        {.index = 4, .name = "same"},
    };
    const std::vector<Link> after = {
        {.index = 9, .name = "again"},
        {.index = 3, .name = "right"},
        {.index = 5, .name = "left"},
        {.index = 4, .name = "same"},
    };
    std::vector<LinkEvent> events;
    table.replace(before, events);
    EXPECT_EQ(events.size(), 4U);
    events.clear();
    table.replace(after, events);
    ASSERT_EQ(events.size(), 4U);
    EXPECT_EQ(events[0].change, LinkChange::kRemoved);
    EXPECT_EQ(events[0].link.index, 7);
    EXPECT_EQ(events[1].change, LinkChange::kRenamed);
    EXPECT_EQ(events[1].previous_name, "left");
    EXPECT_EQ(events[2].change, LinkChange::kRenamed);
    EXPECT_EQ(events[2].previous_name, "right");
    EXPECT_EQ(events[3].change, LinkChange::kAdded);
    EXPECT_EQ(events[3].link.index, 9);
    ASSERT_EQ(table.links().size(), 4U);
    EXPECT_EQ(table.find(9)->name, "again");
    EXPECT_EQ(table.find(7), nullptr);
}

TEST(LinkTable, HasABound) {
    LinkTable table;
    std::vector<Link> many(kLinksMax + 5);
    for (std::size_t i = 0; i < many.size(); ++i) {
        many[i].index = static_cast<int>(i) + 1;
        many[i].name = "x";
    }
    std::vector<LinkEvent> events;
    table.replace(many, events);
    EXPECT_EQ(table.links().size(), kLinksMax);
    EXPECT_EQ(events.size(), kLinksMax);
}

TEST(LinkTable, KeepsWhatTheAdministratorSaysOfAnInterface) {
    LinkTable table;
    const std::string words = "uplink to the provider, port 7";
    changed_by(
        table, link_message({}, joined({name("eth0"), attribute(IFLA_IFALIAS, text(words))}))
    );
    EXPECT_EQ(table.links()[0].alias, words);
    changed_by(table, link_message({}, mtu(9000)));  // of a driver: says nothing of it
    EXPECT_EQ(table.links()[0].alias, words);
    changed_by(table, link_message({}, name("eth0")));
    EXPECT_EQ(table.links()[0].alias, "");
    const std::string endless(300, 'x');
    changed_by(
        table, link_message({}, joined({name("eth0"), attribute(IFLA_IFALIAS, text(endless))}))
    );
    EXPECT_EQ(table.links()[0].alias, endless.substr(0, 255));
}

TEST(LinkTable, PassesOverWhatMakesNoSense) {
    LinkTable table;
    const Bytes whole = link_message({}, joined({name("eth0"), mtu(1500)}));
    EXPECT_EQ(changed_by(table, link_message({.index = 0}, name("eth0"))), "");
    EXPECT_EQ(changed_by(table, link_message({.index = -1}, name("eth0"))), "");
    EXPECT_EQ(changed_by(table, link_message({}, name(""))), "");
    EXPECT_EQ(changed_by(table, link_message({}, mtu(1500))), "");
    EXPECT_EQ(changed_by(table, test::message(RTM_NEWLINK, Bytes(15))), "");
    EXPECT_EQ(changed_by(table, test::message(RTM_NEWADDR, Bytes(64))), "");
    EXPECT_EQ(
        changed_by(table, link_message({}, joined({name("eth0"), attribute(IFLA_MTU, Bytes(3))}))),
        "+eth0"
    );
    EXPECT_EQ(table.links()[0].mtu, 0U);
    const Bytes endless = attribute(IFLA_IFNAME, text("a-name-longer-than-any-interface"));
    EXPECT_EQ(changed_by(table, link_message({.index = 3}, endless)), "+a-name-longer-t");

    // Any other bytes: nothing may be read outside of them, which the sanitizers judge.
    std::mt19937 random(1);  // the same bytes every time
    for (int round = 0; round < 20'000; ++round) {
        Bytes bytes = whole;
        bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
        bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
        bytes.resize(random() % (bytes.size() + 1));
        static_cast<void>(changed_by(table, bytes));
    }
    EXPECT_LE(table.links().size(), 20'000U);
}

}  // namespace
}  // namespace flowgauge
