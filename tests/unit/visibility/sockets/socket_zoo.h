// SocketZoo: real sockets of every kind, and what the kernel tells their owner of them.
#pragma once

#include "core/base/file_descriptor.h"
#include "visibility/sockets/socket_row.h"

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace flowgauge::test {

// Thread: makes all sockets in the calling thread's network namespace, where loopback is up.
// Ownership: closes them when destroyed.
class SocketZoo {
public:
    explicit SocketZoo(unsigned seed) : random_(seed) {}

    // That many sockets or connections, of kinds by chance. Some connections are half closed, some
    // have one end without owner, and some are over.
    void add(int count);

    // That many UDP sockets and TCP listeners, IPv4 and IPv6, in turn.
    void add_bound(std::size_t count);

    // A listener on `::`, and an IPv6 socket connected to it through ::ffff:127.0.0.1.
    void add_dual_stack_connection();

    // The sockets that are open now as getsockname() and its like tell them; cookie, cgroup_id, uid
    // and name_space are not filled in.
    [[nodiscard]] std::vector<SocketRow> rows() const;

private:
    struct Address {
        const char* text;
        bool is_ipv6;
    };

    int made(int family, int type, int protocol = 0);
    static bool bind(int socket, const Address& address);
    static bool connect(int socket, int to, const Address& address);
    int listener(const Address& address, bool v6_only);
    void add_connection(const Address& address);
    void add_datagrams(int protocol);
    void add_raw();
    void add_ping();
    void close(int socket);
    [[nodiscard]] unsigned chance(unsigned of) { return static_cast<unsigned>(random_() % of); }

    std::mt19937 random_;
    std::vector<FileDescriptor> sockets_;
};

[[nodiscard]] std::string describe(const SocketRow& row);

}  // namespace flowgauge::test
