#include "capture/default_route.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <optional>
#include <tuple>

namespace flowgauge {
namespace {

std::optional<rtmsg> default_route_head(const NetlinkMessage& message) noexcept {
    if (message.type != RTM_NEWROUTE && message.type != RTM_DELROUTE) {
        return std::nullopt;
    }
    const auto head = load_head<rtmsg>(message.payload);
    const bool leads_everywhere = head && head->rtm_dst_len == 0 && head->rtm_src_len == 0 &&
                                  (head->rtm_family == AF_INET || head->rtm_family == AF_INET6);
    return leads_everywhere ? head : std::nullopt;
}

// The first of several ways that is not dead, or 0.
int first_way(std::span<const std::uint8_t> ways) noexcept {
    while (const auto way = load_head<rtnexthop>(ways)) {
        if ((way->rtnh_flags & RTNH_F_DEAD) == 0) {
            return way->rtnh_ifindex;
        }
        const std::size_t bytes = RTNH_ALIGN(way->rtnh_len);
        if (bytes < sizeof(rtnexthop) || bytes > ways.size()) {
            return 0;
        }
        ways = ways.subspan(bytes);
    }
    return 0;
}

}  // namespace

bool is_about_default_route(const NetlinkMessage& message) noexcept {
    return default_route_head(message).has_value();
}

void append_default_route(const NetlinkMessage& message, std::vector<DefaultRoute>& routes) {
    const auto head = default_route_head(message);
    // The kernel lists a null route on lo as unreachable, and cached routes as cloned.
    if (!head || head->rtm_type != RTN_UNICAST ||
        (head->rtm_flags & (RTNH_F_DEAD | RTM_F_CLONED)) != 0) {
        return;
    }
    DefaultRoute route{.is_ipv6 = head->rtm_family == AF_INET6};
    std::uint32_t table = head->rtm_table;
    auto attributes = after_head<rtmsg>(message.payload);
    while (const auto attribute = take_attribute(attributes)) {
        const auto number = load_head<std::uint32_t>(attribute->payload);
        if (attribute->type == RTA_TABLE) {
            table = number.value_or(table);
        } else if (attribute->type == RTA_PRIORITY) {
            route.metric = number.value_or(0);
        } else if (attribute->type == RTA_OIF) {
            route.interface_index = static_cast<int>(number.value_or(0));
        } else if (attribute->type == RTA_MULTIPATH) {
            route.interface_index = first_way(attribute->payload);
        }
    }
    if (table == RT_TABLE_MAIN && route.interface_index > 0) {
        routes.push_back(route);
    }
}

bool is_better(const DefaultRoute& left, const DefaultRoute& right) noexcept {
    return std::tie(left.is_ipv6, left.metric) < std::tie(right.is_ipv6, right.metric);
}

}  // namespace flowgauge
