// The two ends of a socket as the kernel keeps them, made into those that packets show.
#pragma once

#include "visibility/sockets/socket_row.h"

#include <array>
#include <cstdint>

namespace flowgauge {

// 16 bytes in network order, an IPv4 address in the first four.
using SocketAddressBytes = std::array<std::uint8_t, 16>;

// ::ffff:0:0/96 (RFC 4291 section 2.5.5.2).
[[nodiscard]] constexpr bool is_ipv4_mapped(const IpAddress& address) noexcept {
    return address.high == 0 && address.low >> 32U == 0xffff;
}

// What the kernel knows of a socket wherever it tells of it.
[[nodiscard]] constexpr bool is_socket_state(std::uint32_t state) noexcept {
    return state >= 1 && state <= static_cast<std::uint32_t>(SocketState::kNewSynReceived);
}

// Connections that are not a process's yet, or no more: without inode, and without number under a
// flood, so they are asked for nowhere.
[[nodiscard]] constexpr bool is_unowned(std::uint8_t protocol, SocketState state) noexcept {
    return protocol == 6 &&
           (state == SocketState::kSynReceived || state == SocketState::kTimeWait ||
            state == SocketState::kNewSynReceived);
}

// An IPv6 socket that speaks IPv4 has one mapped end at least; its other end is mapped, too, or
// `::`, which is 0.0.0.0 then.
constexpr void set_ipv6_ends(
    SocketKey& key, const IpAddress& local, const IpAddress& remote
) noexcept {
    key.ip_version = 6;
    key.local = local;
    key.remote = remote;
    const auto speaks_ipv4 = [](const IpAddress& address) {
        return is_ipv4_mapped(address) || address == IpAddress{};
    };
    const bool one_is_mapped = is_ipv4_mapped(local) || is_ipv4_mapped(remote);
    if (one_is_mapped && speaks_ipv4(local) && speaks_ipv4(remote)) {
        key.ip_version = 4;
        key.local.low &= 0xffffffff;
        key.remote.low &= 0xffffffff;
    }
}

// Sets addresses and version of `key`.
inline void set_ends(
    SocketKey& key, bool is_ipv6, const SocketAddressBytes& local, const SocketAddressBytes& remote
) noexcept {
    if (is_ipv6) {
        set_ipv6_ends(key, ipv6_address(local.data()), ipv6_address(remote.data()));
        return;
    }
    key.ip_version = 4;
    key.local = ipv4_address(local.data());
    key.remote = ipv4_address(remote.data());
}

}  // namespace flowgauge
