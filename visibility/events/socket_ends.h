// set_v6_ends(): the ends of a socket of IPv6 as packets show them.
#pragma once

#include "visibility/sockets/socket_row.h"

#include <cstdint>

namespace flowgauge {

// ::ffff:0:0/96, RFC 4291 section 2.5.5.2.
[[nodiscard]] constexpr bool is_mapped_v4(const IpAddress& address) noexcept {
    return address.high == 0 && address.low >> 32 == 0xffff;
}

// A socket of IPv6 may talk IPv4; its key then says so.
constexpr void set_v6_ends(
    SocketKey& key, const IpAddress& local, const IpAddress& remote
) noexcept {
    key.ip_version = 6;
    key.local = local;
    key.remote = remote;
    if (is_mapped_v4(local) || is_mapped_v4(remote)) {
        key.ip_version = 4;
        key.local = {.high = 0, .low = is_mapped_v4(local) ? local.low & 0xffff'ffff : 0};
        key.remote = {.high = 0, .low = is_mapped_v4(remote) ? remote.low & 0xffff'ffff : 0};
    }
}

}  // namespace flowgauge
