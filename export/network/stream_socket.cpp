#include "export/network/stream_socket.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>

namespace flowgauge {
namespace {

constexpr int kKeepaliveIdle = 30;  // seconds
constexpr int kKeepaliveInterval = 10;
constexpr int kKeepaliveProbes = 3;

Error system_error(int code) {
    return Error{ErrorKind::kOutput, std::generic_category().message(code)};
}

bool set(int socket, int level, int name, int value) {
    return ::setsockopt(socket, level, name, &value, sizeof value) == 0;
}

int as_option(std::int64_t value) {
    return static_cast<int>(std::min<std::int64_t>(value, std::numeric_limits<int>::max()));
}

// A peer that vanished without a word is noticed by unanswered data, or by unanswered probes when
// there is none. Blocks are collected by us already, so Nagle's waiting only costs time.
bool set_tcp_options(int socket, const StreamOptions& options) {
    return set(socket, SOL_SOCKET, SO_KEEPALIVE, 1) &&
           set(socket, IPPROTO_TCP, TCP_KEEPIDLE, kKeepaliveIdle) &&
           set(socket, IPPROTO_TCP, TCP_KEEPINTVL, kKeepaliveInterval) &&
           set(socket, IPPROTO_TCP, TCP_KEEPCNT, kKeepaliveProbes) &&
           set(socket, IPPROTO_TCP, TCP_NODELAY, 1) &&
           set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, as_option(options.user_timeout.count()));
}

}  // namespace

Result<FileDescriptor> open_stream_socket(const SocketAddress& peer, const StreamOptions& options) {
    FileDescriptor socket(::socket(peer.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) {
        return system_error(errno);
    }
    // Before connecting, so that the kernel does not grow the buffer by itself: what it holds is
    // what may be lost.
    if (!set(socket.get(), SOL_SOCKET, SO_SNDBUF, as_option(options.send_buffer))) {
        return system_error(errno);
    }
    if (peer.family() != AF_UNIX && !set_tcp_options(socket.get(), options)) {
        return system_error(errno);
    }
    if (::connect(socket.get(), peer.get(), peer.size) != 0 && errno != EINPROGRESS) {
        return system_error(errno);
    }
    return socket;
}

std::optional<int> connect_outcome(int socket) {
    pollfd ready{.fd = socket, .events = POLLOUT, .revents = 0};
    if (::poll(&ready, 1, 0) <= 0) {
        return std::nullopt;
    }
    int code = 0;
    socklen_t size = sizeof code;
    if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &size) != 0) {
        return errno;
    }
    return code;
}

std::uint64_t unconfirmed_bytes(int socket) {
    int bytes = 0;
    return ::ioctl(socket, SIOCOUTQ, &bytes) == 0 && bytes > 0 ? static_cast<std::uint64_t>(bytes)
                                                               : 0;
}

std::uint64_t send_buffer_of(int socket) {
    int bytes = 0;
    socklen_t size = sizeof bytes;
    return ::getsockopt(socket, SOL_SOCKET, SO_SNDBUF, &bytes, &size) == 0 && bytes > 0
               ? static_cast<std::uint64_t>(bytes)
               : 0;
}

std::uint64_t peer_buffer_max(int socket) {
    constexpr std::uint64_t kWindowMax = 65535;                 // RFC 9293 section 3.1
    constexpr std::uint64_t kUnknown = std::uint64_t{8} << 20;  // as if scaled by the usual 7 bits
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        (info.tcpi_options & TCPI_OPT_WSCALE) == 0) {
        return kUnknown;
    }
    return kWindowMax << info.tcpi_snd_wscale;  // RFC 7323 section 2.2
}

}  // namespace flowgauge
