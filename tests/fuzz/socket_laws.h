// What holds for every socket and address that the kernel's answers are read into, whatever they
// say.
#pragma once

#include "visibility/sockets/local_addresses.h"
#include "visibility/sockets/socket_ends.h"
#include "visibility/sockets/socket_row.h"

#include <cstdlib>
#include <vector>

namespace flowgauge::test {

inline void require(bool law) {
    if (!law) {
        std::abort();
    }
}

inline void require_address(const IpAddress& address, std::uint8_t ip_version) {
    require(ip_version == 4 || ip_version == 6);
    require(ip_version == 6 || (address.high == 0 && address.low >> 32U == 0));
}

inline void require_laws(const SocketRow& row) {
    require_address(row.key.local, row.key.ip_version);
    require_address(row.key.remote, row.key.ip_version);
    require(is_socket_state(static_cast<std::uint32_t>(row.state)));
    require(row.raw || !is_unowned(row.key.protocol, row.state));
    require(!row.v6_only || row.key.ip_version == 6);
    // One mapped end makes a socket IPv4, unless the other end says that it is not.
    const auto is_ipv6 = [](const IpAddress& address) {
        return !is_ipv4_mapped(address) && address != IpAddress{};
    };
    require(
        row.key.ip_version == 4 || is_ipv6(row.key.local) || is_ipv6(row.key.remote) ||
        (row.key.local == IpAddress{} && row.key.remote == IpAddress{})
    );
}

}  // namespace flowgauge::test
