// Netlink sockets in network namespaces of other processes.
#pragma once

#include "visibility/sockets/netlink_socket.h"
#include "visibility/sockets/socket_table.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace flowgauge {

// The sockets that one namespace is asked by.
struct NetlinkPair {
    NetlinkSocket diag;
    NetlinkSocket route;
};

struct OpenedNamespace {
    std::uint32_t name_space = 0;
    NetlinkPair sockets;
    int error = 0;          // errno, if there are none
    bool vanished = false;  // its process is gone or lives elsewhere
};

// The sockets of the calling thread's namespace; an empty one where the kernel has none for us.
[[nodiscard]] NetlinkPair open_netlink_pair() noexcept;

// Opens sockets in each of `namespaces`, in the same order. Nothing comes back if no thread could
// be started.
//
// Only a thread inside of a namespace can make a socket there. It is a thread that ends with this
// call: the way back into the own namespace may be refused, and a thread that is gone cannot be
// left in a foreign one. It inherits the capabilities of the calling thread; needs CAP_SYS_ADMIN.
[[nodiscard]] std::vector<OpenedNamespace> open_in_namespaces(
    const std::string& proc_root, std::span<const NamespaceProcess> namespaces
);

// The namespace that /proc/PID/ns/net names, seen from the open directory /proc/PID. 0: not told,
// see errno.
[[nodiscard]] std::uint32_t network_namespace_of(int process_directory) noexcept;

}  // namespace flowgauge
