#include "visibility/sockets/sock_diag.h"

#include "visibility/sockets/socket_ends.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <cstring>

namespace flowgauge {
namespace {

constexpr std::uint32_t bit(SocketState state) noexcept {
    return std::uint32_t{1} << static_cast<unsigned>(state);
}

// Of TCP without connections in no process, and without sockets that are bound and do nothing (bit
// 13, TCP_BOUND_INACTIVE): those take a walk of their own through the kernel and have no packets.
constexpr std::uint32_t kBoundInactive = 1U << 13U;
constexpr std::uint32_t kTcpStates =
    ~(bit(SocketState::kSynReceived) | bit(SocketState::kTimeWait) |
      bit(SocketState::kNewSynReceived) | kBoundInactive);
constexpr std::uint32_t kAllStates = ~std::uint32_t{0};

std::uint32_t states_of(const SockDiagDump& dump) noexcept {
    if (dump.protocol != IPPROTO_TCP) {
        return kAllStates;
    }
    switch (dump.set) {
    case SockDiagSet::kListening:
        return bit(SocketState::kListen);
    case SockDiagSet::kNone:
        return 0;
    case SockDiagSet::kAll:
        break;
    }
    return kTcpStates;
}

// The kernel may be older than its attribute: they are looked up by number.
constexpr unsigned kV6OnlyAttribute = INET_DIAG_SKV6ONLY;
constexpr unsigned kCgroupAttribute = 21;  // INET_DIAG_CGROUP_ID, from Linux 5.7 on

void read_attributes(std::span<const std::uint8_t> bytes, SocketRow& row) noexcept {
    walk_attributes(bytes, [&row](unsigned type, std::span<const std::uint8_t> body) {
        if (type == kCgroupAttribute && body.size() >= sizeof row.cgroup_id) {
            row.cgroup_id = load<std::uint64_t>(body);
        } else if (type == kV6OnlyAttribute && !body.empty()) {
            row.v6_only = body[0] != 0;
        }
    });
    // Of a socket that is bound to an IPv4 address it says nothing.
    row.v6_only = row.v6_only && row.key.ip_version == 6;
}

// Returns whether it is a socket that we want.
bool read_row(std::span<const std::uint8_t> body, std::uint8_t protocol, SocketRow& row) noexcept {
    if (body.size() < sizeof(inet_diag_msg)) {
        return false;
    }
    const auto message = load<inet_diag_msg>(body);
    const bool is_ipv6 = message.idiag_family == AF_INET6;
    if ((!is_ipv6 && message.idiag_family != AF_INET) || !is_socket_state(message.idiag_state)) {
        return false;
    }
    row.state = static_cast<SocketState>(message.idiag_state);
    if (is_unowned(protocol, row.state)) {
        return false;
    }
    SocketAddressBytes local;
    SocketAddressBytes remote;
    std::memcpy(local.data(), message.id.idiag_src, local.size());
    std::memcpy(remote.data(), message.id.idiag_dst, remote.size());
    row.key.protocol = protocol;
    set_ends(row.key, is_ipv6, local, remote);
    row.key.local_port = ntohs(message.id.idiag_sport);
    row.key.remote_port = ntohs(message.id.idiag_dport);
    row.cookie = std::uint64_t{message.id.idiag_cookie[1]} << 32U | message.id.idiag_cookie[0];
    row.inode = message.idiag_inode;
    row.uid = message.idiag_uid;
    row.cgroup_id = 0;
    row.v6_only = false;
    read_attributes(body.subspan(sizeof message), row);
    return true;
}

}  // namespace

std::vector<std::uint8_t> sock_diag_request(const SockDiagDump& dump, std::uint32_t sequence) {
    struct {
        nlmsghdr header;
        inet_diag_req_v2 body;
    } request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.header.nlmsg_seq = sequence;
    request.body.sdiag_family = dump.is_ipv6 ? AF_INET6 : AF_INET;
    request.body.sdiag_protocol = dump.protocol;
    request.body.idiag_states = states_of(dump);
    std::vector<std::uint8_t> bytes(sizeof request);
    std::memcpy(bytes.data(), &request, bytes.size());
    return bytes;
}

DumpOutcome read_sock_diag(
    std::span<const std::uint8_t> piece,
    const SockDiagContext& context,
    std::vector<SocketRow>& rows
) {
    SocketRow row;
    row.name_space = context.name_space;
    bool makes_sense = true;
    DumpOutcome outcome = walk_messages(
        piece,
        context.sequence,
        [&](std::uint16_t type, std::span<const std::uint8_t> body) {
            if (type != SOCK_DIAG_BY_FAMILY || body.size() < sizeof(inet_diag_msg)) {
                makes_sense = false;
                return true;
            }
            if (!read_row(body, context.protocol, row)) {
                return true;
            }
            if (rows.size() >= context.rows_max) {
                return false;
            }
            rows.push_back(row);
            return true;
        }
    );
    outcome.interrupted = outcome.interrupted || !makes_sense;
    return outcome;
}

}  // namespace flowgauge
