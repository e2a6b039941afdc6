// What the kernel knows about a network interface that matters to capture.
//
// All functions look into the network namespace of the calling thread, and none of them changes it.
#pragma once

#include "core/base/result.h"
#include "core/packet/link_type.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

struct NetworkInterface {
    std::string name;
    int index = 0;                    // of the kernel; a re-created interface gets another one
    std::uint16_t hardware_type = 0;  // ARPHRD_*
    LinkType link_type = LinkType::kEthernet;  // what SOCK_RAW delivers there
    bool is_loopback = false;
    bool is_up = false;     // set up by the administrator; says nothing about the cable
    std::uint32_t mtu = 0;  // bytes
};

// Returns the interface, or an error: kUsage for a name that does not exist (with those that do)
// and for a kind of link that decode() cannot read.
[[nodiscard]] Result<NetworkInterface> find_interface(const std::string& name);

// Names of all interfaces, in the order of their index.
[[nodiscard]] std::vector<std::string> list_interfaces();

// The interface of the default route with the lowest metric, IPv4 before IPv6; nothing when there
// is no default route.
[[nodiscard]] Result<std::optional<std::string>> default_route_interface();

// The same from the text of /proc/net/route and /proc/net/ipv6_route.
[[nodiscard]] std::optional<std::string> default_route_interface(
    std::string_view ipv4_routes, std::string_view ipv6_routes
);

// Which of gro, lro, tso and gso (ethtool's names) are on. With them the kernel shows frames merged
// or not yet cut, so that packet counts and sizes are not those of the wire.
[[nodiscard]] std::vector<std::string> offloads_that_falsify_sizes(const std::string& name);

}  // namespace flowgauge
