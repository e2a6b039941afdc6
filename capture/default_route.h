// DefaultRoutes: finds the interface of the default route in the kernel's answer to RTM_GETROUTE.
#pragma once

#include "capture/netlink_message.h"

#include <cstdint>
#include <vector>

namespace flowgauge {

// A route that leads everywhere, in the main table.
struct DefaultRoute {
    bool is_ipv6 = false;
    std::uint32_t metric = 0;
    int interface_index = 0;
};

// Whether `message` adds, changes or removes a route that leads everywhere.
[[nodiscard]] bool is_about_default_route(const NetlinkMessage& message) noexcept;

// Appends the route of an RTM_NEWROUTE, if it is a usable default route; of one with several ways
// the first that is alive.
void append_default_route(const NetlinkMessage& message, std::vector<DefaultRoute>& routes);

// Whether `left` goes before `right`: IPv4 before IPv6, then the lower metric.
[[nodiscard]] bool is_better(const DefaultRoute& left, const DefaultRoute& right) noexcept;

}  // namespace flowgauge
