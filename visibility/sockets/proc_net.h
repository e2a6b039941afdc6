// The files of /proc/PID/net that list sockets: what each holds, and its lines as rows.
#pragma once

#include "visibility/sockets/socket_row.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace flowgauge {

struct ProcNetFile {
    const char* name = "";
    std::uint8_t protocol = 0;
    bool is_ipv6 = false;
    bool raw = false;  // its "local port" is the protocol
};

// Two a protocol: IPv4, IPv6.
constexpr std::array<ProcNetFile, 10> kProcNetFiles{{
    {.name = "tcp", .protocol = 6},
    {.name = "tcp6", .protocol = 6, .is_ipv6 = true},
    {.name = "udp", .protocol = 17},
    {.name = "udp6", .protocol = 17, .is_ipv6 = true},
    {.name = "udplite", .protocol = 136},
    {.name = "udplite6", .protocol = 136, .is_ipv6 = true},
    {.name = "icmp", .protocol = 1},
    {.name = "icmp6", .protocol = 58, .is_ipv6 = true},
    {.name = "raw", .raw = true},
    {.name = "raw6", .is_ipv6 = true, .raw = true},
}};

// kPassed: the header, or a connection that is in no process (is_unowned()).
enum class ProcNetLine : std::uint8_t { kRow, kPassed, kMalformed };

// Reads one line without its end into `row`, whose name_space it leaves alone. `row` is of use with
// kRow only. The kernel prints addresses as 32-bit words in the order of this machine, ports and
// state in hexadecimal (net/ipv4/tcp_ipv4.c, get_tcp4_sock()).
[[nodiscard]] ProcNetLine parse_proc_net_line(
    std::string_view line, const ProcNetFile& file, SocketRow& row
) noexcept;

struct ProcNetRead {
    std::size_t malformed = 0;  // lines
    bool full = false;          // there was a row more than `rows_max`
};

// Appends the sockets of all lines of `text` to `rows`, which has at most `rows_max` afterwards.
ProcNetRead parse_proc_net(
    std::string_view text,
    const ProcNetFile& file,
    std::uint32_t name_space,
    std::vector<SocketRow>& rows,
    std::size_t rows_max
);

}  // namespace flowgauge
