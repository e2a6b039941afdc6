#include "visibility/sockets/netlink_socket.h"

#include <sys/socket.h>
#include <sys/time.h>

namespace flowgauge {

NetlinkSocket NetlinkSocket::open(int protocol) noexcept {
    NetlinkSocket opened;
    FileDescriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
    if (!socket) {
        return opened;
    }
    constexpr timeval kPatience{.tv_sec = 1, .tv_usec = 0};
    if (::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience) != 0) {
        return opened;
    }
    opened.socket_ = std::move(socket);
    return opened;
}

DumpOutcome NetlinkSocket::send(std::span<const std::uint8_t> request) const noexcept {
    ssize_t sent = 0;
    do {
        sent = ::send(socket_.get(), request.data(), request.size(), 0);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        return {.state = DumpState::kBroken, .error = errno};
    }
    return {};
}

DumpOutcome NetlinkSocket::receive(std::span<std::uint8_t> buffer, std::size_t& size)
    const noexcept {
    sockaddr_nl sender{};
    iovec room{.iov_base = buffer.data(), .iov_len = buffer.size()};
    msghdr message{};
    message.msg_name = &sender;
    message.msg_iov = &room;
    message.msg_iovlen = 1;
    ssize_t received = 0;
    do {
        message.msg_namelen = sizeof sender;
        received = ::recvmsg(socket_.get(), &message, 0);
    } while (received < 0 && errno == EINTR);
    if (received < 0) {  // ENOBUFS: a piece is lost; EAGAIN: nothing came
        return {.state = DumpState::kBroken, .error = errno};
    }
    if ((static_cast<unsigned>(message.msg_flags) & MSG_TRUNC) != 0) {
        return {.state = DumpState::kBroken, .error = EMSGSIZE};
    }
    // Another process may write to this socket, too; only the kernel has the number 0.
    size = sender.nl_pid == 0 ? static_cast<std::size_t>(received) : 0;
    return {};
}

}  // namespace flowgauge
