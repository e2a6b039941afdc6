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

// What SOCK_RAW delivers on interfaces of this type (ARPHRD_*); nothing where decode() cannot read
// it.
[[nodiscard]] std::optional<LinkType> link_type_of(std::uint16_t hardware_type) noexcept;

// Returns the interface, or an error: kUsage for a name that does not exist (with those that do)
// and for a kind of link that decode() cannot read.
[[nodiscard]] Result<NetworkInterface> find_interface(const std::string& name);

// Names of all interfaces, in the order of their index.
[[nodiscard]] std::vector<std::string> list_interfaces();

// Which offloads are on with which the kernel shows frames merged or not yet cut, so that packet
// counts and sizes are not those of the wire: gro, lro, tso and gso, and others by the names that
// `ethtool -K` takes. Needs no privilege.
[[nodiscard]] std::vector<std::string> offloads_that_falsify_sizes(const std::string& name);

// Whether this process may capture: it tries. Errors: kSystem, with the remedy.
[[nodiscard]] Result<void> may_capture();

// `name` as one word of a shell, quoted where it must be; it steers neither shell nor terminal.
[[nodiscard]] std::string shell_word(std::string_view name);

// The command that turns `offloads` of the interface off: "ethtool -K eth0 gro off".
[[nodiscard]] std::string command_against(
    const std::vector<std::string>& offloads, const std::string& name
);

}  // namespace flowgauge
