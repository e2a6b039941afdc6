// SocketRow: one socket of a network namespace, as the kernel listed it.
#pragma once

#include "core/base/ip_address.h"

#include <cstdint>

namespace flowgauge {

// The two ends of a socket as packets show them: IPv4-mapped IPv6 addresses are IPv4 here. An end
// that is not bound or connected has address and port 0.
struct SocketKey {
    IpAddress local;
    IpAddress remote;
    std::uint16_t local_port = 0;
    std::uint16_t remote_port = 0;
    std::uint8_t protocol = 0;    // of IP: 6 TCP, 17 UDP, 1 ping, any for raw sockets
    std::uint8_t ip_version = 0;  // 4 or 6; a socket of `::` that takes both says 6

    friend bool operator==(const SocketKey&, const SocketKey&) = default;
};

// What the kernel calls the states of TCP (include/net/tcp_states.h); other protocols use the first
// and the seventh for connected and not.
enum class SocketState : std::uint8_t {
    kEstablished = 1,
    kSynSent = 2,
    kSynReceived = 3,
    kFinWait1 = 4,
    kFinWait2 = 5,
    kTimeWait = 6,
    kClose = 7,
    kCloseWait = 8,
    kLastAck = 9,
    kListen = 10,
    kClosing = 11,
    kNewSynReceived = 12,
};

struct SocketRow {
    SocketKey key;
    std::uint64_t inode = 0;       // of sockfs; 0: in no process (not accepted yet, orphaned)
    std::uint64_t cookie = 0;      // names the socket as long as the machine runs; 0: not told
    std::uint64_t cgroup_id = 0;   // inode of its cgroup v2 directory; 0: not told
    std::uint32_t uid = 0;         // of who made it
    std::uint32_t name_space = 0;  // inode of its network namespace
    SocketState state = SocketState::kClose;
    bool v6_only = false;  // a socket of `::` that takes IPv6 alone; false where that is not told
    bool raw = false;  // of /proc/net/raw: sees packets beside others, and `protocol` may be any
};

}  // namespace flowgauge
