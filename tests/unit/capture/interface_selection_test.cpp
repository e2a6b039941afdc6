#include "capture/interface_selection.h"

#include <gtest/gtest.h>

#include <linux/if_arp.h>

#include <optional>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

Link ethernet(int index, const std::string& name, bool is_up = true) {
    return {.index = index, .name = name, .is_up = is_up, .hardware_type = ARPHRD_ETHER};
}

const std::vector<Link>& links() {
    static const std::vector<Link> kLinks = {
        {.index = 1,
         .name = "lo",
         .is_up = true,
         .is_loopback = true,
         .hardware_type = ARPHRD_LOOPBACK},
        ethernet(2, "eth0"),
        ethernet(3, "eth1"),
        ethernet(4, "wan0", false),
        ethernet(5, "odd[0]"),
        {.index = 6, .name = "can0", .is_up = true, .hardware_type = ARPHRD_CAN},
    };
    return kLinks;
}

std::string selected(
    std::string_view wanted, const std::optional<std::string>& default_route = std::nullopt
) {
    std::string names;
    for (const Link& link : select(wanted, links(), default_route)) {
        names += names.empty() ? "" : " ";
        names += link.name;
    }
    return names;
}

TEST(InterfaceSelection, TakesTheOneOfThatName) {
    EXPECT_EQ(selected("eth1"), "eth1");
    EXPECT_EQ(selected("wan0"), "wan0") << "down: it may come up";
    EXPECT_EQ(selected("lo"), "lo");
    EXPECT_EQ(selected("can0"), "can0") << "so that opening it says why it cannot be";
    EXPECT_EQ(selected("odd[0]"), "odd[0]") << "a name goes before a glob";
    EXPECT_EQ(selected("eth"), "");
    EXPECT_EQ(selected(""), "");
}

TEST(InterfaceSelection, TakesWhatMatchesAGlob) {
    EXPECT_EQ(selected("eth*"), "eth0 eth1");
    EXPECT_EQ(selected("*0"), "eth0 wan0");
    EXPECT_EQ(selected("eth[1-9]"), "eth1");
    EXPECT_EQ(selected("?o"), "lo");
    EXPECT_EQ(selected("*"), "lo eth0 eth1 wan0 odd[0]");
    EXPECT_EQ(selected("x*"), "");
    EXPECT_EQ(selected("["), "");
}

TEST(InterfaceSelection, AutoIsTheDefaultRouteElseWhatIsUp) {
    EXPECT_EQ(selected("auto", "eth1"), "eth1");
    EXPECT_EQ(selected("auto"), "eth0 eth1 odd[0]");
    EXPECT_EQ(selected("auto", "gone0"), "eth0 eth1 odd[0]");
    EXPECT_EQ(selected("auto", "can0"), "eth0 eth1 odd[0]");
    EXPECT_TRUE(select("auto", {}, "eth0").empty());
}

TEST(InterfaceSelection, SaysWhatThereIsInstead) {
    EXPECT_EQ(
        why_none("eth9", links()),
        "no interface eth9; known: lo, eth0, eth1, wan0, odd[0], can0; did you mean eth0?"
    );
    EXPECT_EQ(
        why_none("vlan17", links()),
        "no interface vlan17; known: lo, eth0, eth1, wan0, odd[0], can0"
    );
    EXPECT_EQ(
        why_none("x*", links()),
        "no interface matches x*; known: lo, eth0, eth1, wan0, odd[0], can0"
    );
    EXPECT_EQ(
        why_none("auto", {links()[0]}),
        "no default route, and no interface but loopback is up; known: lo"
    );
    EXPECT_EQ(why_none("eth0", {}), "no interface eth0; known: none");
    EXPECT_EQ(why_none(std::string(100'000, 'x'), links()).find("did you mean"), std::string::npos);
    const std::vector<Link> many(25, ethernet(1, "eth"));
    EXPECT_NE(why_none("nope", many).find(" and 5 more"), std::string::npos);
}

}  // namespace
}  // namespace flowgauge
