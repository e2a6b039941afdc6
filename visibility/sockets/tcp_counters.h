// TcpCounters: what the kernel counts of the TCP connections of a network namespace, by which a
// look at all of them can be spared.
#pragma once

#include "visibility/sockets/socket_row.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace flowgauge {

// RFC 4022, as /proc/net/snmp has them: no connection begins without the first two, nor ends
// unnoticed by the others.
struct TcpCounters {
    std::uint64_t active_opens = 0;
    std::uint64_t passive_opens = 0;
    std::uint64_t attempt_fails = 0;
    std::uint64_t established = 0;  // now, those in CLOSE_WAIT included

    friend bool operator==(const TcpCounters&, const TcpCounters&) = default;
};

// Nothing if one of them is missing.
[[nodiscard]] std::optional<TcpCounters> parse_tcp_counters(std::string_view text) noexcept;

// The TCP connections of a namespace as they were listed last.
class KnownConnections {
public:
    // The connections at the time of `counters`, if they cannot have changed since they were
    // listed. Null: they must be listed. At most kTrustedMax times in a row, should the kernel
    // count amiss.
    [[nodiscard]] const std::vector<SocketRow>* find(const TcpCounters& counters) noexcept;

    // `listed`: all TCP sockets, listed completely after `counters` were read. Keeps nothing if one
    // of them can change unnoticed: a connection that waits to be accepted, or that is closing.
    void keep(const TcpCounters& counters, std::span<const SocketRow> listed);

    void forget() noexcept { is_known_ = false; }

private:
    static constexpr unsigned kTrustedMax = 64;

    TcpCounters counters_;
    std::vector<SocketRow> rows_;
    unsigned trusted_ = 0;
    bool is_known_ = false;
};

}  // namespace flowgauge
