#include "capture/default_route.h"

#include "tests/unit/capture/netlink_bytes.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace flowgauge {
namespace {

using test::attribute;
using test::Bytes;
using test::bytes_of;
using test::joined;

Bytes number(std::uint16_t type, std::uint32_t value) {
    return attribute(type, bytes_of(value));
}

rtmsg head() {
    rtmsg head{};
    head.rtm_family = AF_INET;
    head.rtm_table = RT_TABLE_MAIN;
    head.rtm_type = RTN_UNICAST;
    return head;
}

std::vector<DefaultRoute> routes_of(const rtmsg& head, const Bytes& attributes) {
    const Bytes bytes = test::message(RTM_NEWROUTE, joined({bytes_of(head), attributes}));
    std::span<const std::uint8_t> rest = bytes;
    std::vector<DefaultRoute> routes;
    append_default_route(*take_message(rest), routes);
    return routes;
}

TEST(DefaultRoute, IsReadWithItsMetric) {
    const auto routes = routes_of(head(), joined({number(RTA_OIF, 4), number(RTA_PRIORITY, 100)}));
    ASSERT_EQ(routes.size(), 1U);
    EXPECT_FALSE(routes[0].is_ipv6);
    EXPECT_EQ(routes[0].metric, 100U);
    EXPECT_EQ(routes[0].interface_index, 4);
}

TEST(DefaultRoute, IsOnlyWhatLeadsEverywhereAndIsUsable) {
    struct Row {
        const char* why;
        void (*change)(rtmsg&);
    };
    const Row rows[] = {
        {"to a network",
         [](rtmsg& h) {
             h.rtm_dst_len = 8;
         }},
        {"from a network",
         [](rtmsg& h) {
             h.rtm_src_len = 8;
         }},
        {"unreachable",
         [](rtmsg& h) {
             h.rtm_type = RTN_UNREACHABLE;
         }},
        {"dead",
         [](rtmsg& h) {
             h.rtm_flags = RTNH_F_DEAD;
         }},
        {"cached",
         [](rtmsg& h) {
             h.rtm_flags = RTM_F_CLONED;
         }},
        {"of another table",
         [](rtmsg& h) {
             h.rtm_table = RT_TABLE_LOCAL;
         }},
        {"of another family",
         [](rtmsg& h) {
             h.rtm_family = AF_UNIX;
         }},
    };
    for (const Row& row : rows) {
        rtmsg changed = head();
        row.change(changed);
        EXPECT_TRUE(routes_of(changed, number(RTA_OIF, 4)).empty()) << row.why;
    }
    EXPECT_TRUE(routes_of(head(), {}).empty());
    EXPECT_TRUE(routes_of(head(), joined({number(RTA_OIF, 4), number(RTA_TABLE, 1000)})).empty());
    EXPECT_TRUE(routes_of(head(), attribute(RTA_OIF, Bytes(2))).empty());
}

TEST(DefaultRoute, GoesTheFirstWayThatIsAlive) {
    const auto way = [](int index, std::uint8_t flags, std::uint16_t length = sizeof(rtnexthop)) {
        return bytes_of(rtnexthop{
            .rtnh_len = length, .rtnh_flags = flags, .rtnh_hops = 0, .rtnh_ifindex = index});
    };
    const auto first_of = [](const Bytes& ways) {
        const auto routes = routes_of(head(), attribute(RTA_MULTIPATH, ways));
        return routes.empty() ? 0 : routes[0].interface_index;
    };
    EXPECT_EQ(first_of(joined({way(5, 0), way(6, 0)})), 5);
    EXPECT_EQ(first_of(joined({way(5, RTNH_F_DEAD), way(6, 0)})), 6);
    EXPECT_EQ(first_of(way(5, RTNH_F_DEAD)), 0);
    EXPECT_EQ(first_of(joined({way(5, RTNH_F_DEAD, 0), way(6, 0)})), 0);
    EXPECT_EQ(first_of(joined({way(5, RTNH_F_DEAD, 0xFFFF), way(6, 0)})), 0);
}

TEST(DefaultRoute, GoesByFamilyThenMetric) {
    const DefaultRoute cheap4{.metric = 1};
    const DefaultRoute dear4{.metric = 9};
    const DefaultRoute cheap6{.is_ipv6 = true, .metric = 0};
    EXPECT_TRUE(is_better(cheap4, dear4));
    EXPECT_TRUE(is_better(dear4, cheap6));
    EXPECT_FALSE(is_better(cheap6, cheap4));
    EXPECT_FALSE(is_better(cheap4, cheap4));
}

}  // namespace
}  // namespace flowgauge
