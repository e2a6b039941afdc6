// CollectorSocket: the other side of a transport, in the test's own hands.
#pragma once

#include "core/base/file_descriptor.h"
#include "export/network/collector_address.h"
#include "export/network/name_lookup.h"
#include "tests/unit/export/network/numbered_units.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge::test {

// Listens on 127.0.0.1, on ::1 or on a path, for streams or datagrams.
class CollectorSocket {
public:
    explicit CollectorSocket(int type, std::string path = {}, int receive_buffer = 0)
        : type_(type),
          path_(std::move(path)),
          receive_buffer_(receive_buffer) {}

    // Begins to listen, on the same port each time. Returns whether that worked.
    bool listen(int family = AF_INET) {
        family_ = path_.empty() ? family : AF_UNIX;
        socket_ = FileDescriptor(::socket(family_, type_ | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        const int on = 1;
        (void)::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (receive_buffer_ > 0) {
            (void)::setsockopt(
                socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_, sizeof receive_buffer_
            );
        }
        return bind() && (type_ == SOCK_DGRAM || ::listen(socket_.get(), 8) == 0);
    }

    [[nodiscard]] CollectorAddress address() const {
        CollectorAddress address;
        if (path_.empty()) {
            address.host = family_ == AF_INET6 ? "::1" : "127.0.0.1";
            address.port = std::to_string(port_);
        } else {
            address.path = path_;
        }
        return address;
    }

    // Takes a connection that waits. One at a time.
    void accept() {
        if (!peer_ && socket_) {
            peer_ = FileDescriptor(
                ::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)
            );
            accepted += peer_ ? 1U : 0U;
        }
    }

    // Reads `bytes` at most of what has come; closes when the other side has. Datagrams end up in
    // `datagrams`, too.
    void read(std::size_t bytes = 1 << 20) {
        std::vector<char> buffer(type_ == SOCK_DGRAM ? 65536 : bytes);
        const int from = type_ == SOCK_DGRAM ? socket_.get() : peer_.get();
        for (;;) {
            const ssize_t got = ::recv(from, buffer.data(), buffer.size(), MSG_DONTWAIT);
            if (got < 0 || (got == 0 && type_ == SOCK_DGRAM)) {
                return;
            }
            if (got == 0) {
                hang_up();
                return;
            }
            const std::string_view text(buffer.data(), static_cast<std::size_t>(got));
            lines.add(text);
            if (type_ == SOCK_STREAM) {
                return;
            }
            datagrams.emplace_back(text);
        }
    }

    void serve() {
        accept();
        if (peer_ || type_ == SOCK_DGRAM) {
            read();
        }
    }

    // What the end of a process does: all that is unread is gone.
    void die() {
        hang_up();
        socket_ = FileDescriptor();
        if (!path_.empty()) {
            ::unlink(path_.c_str());
        }
    }

    [[nodiscard]] bool is_connected() const { return static_cast<bool>(peer_); }
    [[nodiscard]] int peer() const { return peer_.get(); }

    ArrivedLines lines;
    std::vector<std::string> datagrams;
    unsigned accepted = 0;

private:
    void hang_up() {
        peer_ = FileDescriptor();
        lines.end_session();
    }

    bool bind() {
        sockaddr_storage storage{};
        socklen_t size = 0;
        if (family_ == AF_UNIX) {
            sockaddr_un address{};
            address.sun_family = AF_UNIX;
            path_.copy(address.sun_path, sizeof address.sun_path - 1);
            std::memcpy(&storage, &address, size = sizeof address);
        } else if (family_ == AF_INET6) {
            sockaddr_in6 address{};
            address.sin6_family = AF_INET6;
            address.sin6_addr = in6addr_loopback;
            address.sin6_port = htons(port_);
            std::memcpy(&storage, &address, size = sizeof address);
        } else {
            sockaddr_in address{};
            address.sin_family = AF_INET;
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            address.sin_port = htons(port_);
            std::memcpy(&storage, &address, size = sizeof address);
        }
        auto* const bare = reinterpret_cast<sockaddr*>(&storage);
        if (::bind(socket_.get(), bare, size) != 0) {
            return false;
        }
        if (family_ != AF_UNIX) {
            size = sizeof storage;
            ::getsockname(socket_.get(), bare, &size);
            // Both families have the port at the same place.
            port_ = ntohs(reinterpret_cast<sockaddr_in*>(&storage)->sin_port);
        }
        return true;
    }

    int type_;
    std::string path_;
    int receive_buffer_;
    int family_ = AF_INET;
    std::uint16_t port_ = 0;
    FileDescriptor socket_;
    FileDescriptor peer_;
};

}  // namespace flowgauge::test
