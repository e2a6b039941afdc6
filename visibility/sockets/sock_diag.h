// What NETLINK_SOCK_DIAG is asked, and its answers as rows.
#pragma once

#include "visibility/sockets/netlink_messages.h"
#include "visibility/sockets/socket_row.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace flowgauge {

// Which sockets of TCP. kNone costs next to nothing, and tells whether the kernel would answer.
enum class SockDiagSet : std::uint8_t { kAll, kListening, kNone };

// One dump: the sockets of one protocol and one version of IP.
struct SockDiagDump {
    std::uint8_t protocol = 6;
    bool is_ipv6 = false;
    SockDiagSet set = SockDiagSet::kAll;
};

// The request, as it is to be sent.
[[nodiscard]] std::vector<std::uint8_t> sock_diag_request(
    const SockDiagDump& dump, std::uint32_t sequence
);

struct SockDiagContext {
    std::uint8_t protocol = 6;
    std::uint32_t name_space = 0;
    std::uint32_t sequence = 0;
    std::size_t rows_max = 0;
};

// Appends the sockets of one piece of an answer to `rows`, which has at most `rows_max` afterwards.
[[nodiscard]] DumpOutcome read_sock_diag(
    std::span<const std::uint8_t> piece,
    const SockDiagContext& context,
    std::vector<SocketRow>& rows
);

}  // namespace flowgauge
