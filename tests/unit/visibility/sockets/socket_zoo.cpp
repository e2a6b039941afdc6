#include "tests/unit/visibility/sockets/socket_zoo.h"

#include "visibility/sockets/socket_ends.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>

namespace flowgauge::test {
namespace {

// An address of either version as the socket calls want it.
struct Name {
    sockaddr_storage bytes{};
    socklen_t size = sizeof bytes;

    [[nodiscard]] sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&bytes); }
    [[nodiscard]] bool is_ipv6() const noexcept { return bytes.ss_family == AF_INET6; }
    [[nodiscard]] sockaddr_in four() const noexcept {
        sockaddr_in address{};
        std::memcpy(&address, &bytes, sizeof address);
        return address;
    }
    [[nodiscard]] sockaddr_in6 six() const noexcept {
        sockaddr_in6 address{};
        std::memcpy(&address, &bytes, sizeof address);
        return address;
    }
    [[nodiscard]] std::uint16_t port() const noexcept {
        return ntohs(is_ipv6() ? six().sin6_port : four().sin_port);
    }
    [[nodiscard]] SocketAddressBytes address() const noexcept {
        SocketAddressBytes out{};
        if (is_ipv6()) {
            std::memcpy(out.data(), six().sin6_addr.s6_addr, out.size());
        } else {
            const in_addr_t word = four().sin_addr.s_addr;
            std::memcpy(out.data(), &word, sizeof word);
        }
        return out;
    }
};

Name name_of(const char* text, bool is_ipv6, std::uint16_t port) {
    Name name;
    if (is_ipv6) {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(port);
        EXPECT_EQ(::inet_pton(AF_INET6, text, &address.sin6_addr), 1);
        std::memcpy(&name.bytes, &address, sizeof address);
        name.size = sizeof address;
    } else {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        EXPECT_EQ(::inet_pton(AF_INET, text, &address.sin_addr), 1);
        std::memcpy(&name.bytes, &address, sizeof address);
        name.size = sizeof address;
    }
    return name;
}

int option(int socket, int level, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(socket, level, name, &value, &size) == 0 ? value : -1;
}

SocketState state_of(int socket, int protocol, bool is_connected) {
    if (protocol != IPPROTO_TCP) {
        return is_connected ? SocketState::kEstablished : SocketState::kClose;
    }
    tcp_info info{};
    socklen_t size = sizeof info;
    EXPECT_EQ(::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size), 0);
    return static_cast<SocketState>(info.tcpi_state);
}

SocketRow row_of(int socket) {
    Name local;
    Name remote;
    EXPECT_EQ(::getsockname(socket, local.get(), &local.size), 0);
    const bool is_connected = ::getpeername(socket, remote.get(), &remote.size) == 0;
    const int type = option(socket, SOL_SOCKET, SO_TYPE);
    const int protocol = option(socket, SOL_SOCKET, SO_PROTOCOL);
    SocketRow row;
    row.raw = type == SOCK_RAW;
    row.state = state_of(socket, row.raw ? int{IPPROTO_RAW} : protocol, is_connected);
    row.key.protocol = static_cast<std::uint8_t>(protocol);
    set_ends(row.key, local.is_ipv6(), local.address(), remote.address());
    const bool is_ping = protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
    if (!row.raw) {
        row.key.local_port = local.port();
        row.key.remote_port = is_ping ? std::uint16_t{0} : remote.port();
    }
    const bool tells_v6_only =
        !row.raw && !is_ping && row.key.ip_version == 6 &&
        (row.state == SocketState::kListen || row.state == SocketState::kClose);
    row.v6_only = tells_v6_only && option(socket, IPPROTO_IPV6, IPV6_V6ONLY) == 1;
    struct stat status {};
    EXPECT_EQ(::fstat(socket, &status), 0);
    row.inode = status.st_ino;
    return row;
}

}  // namespace

int SocketZoo::made(int family, int type, int protocol) {
    FileDescriptor socket(::socket(family, type | SOCK_CLOEXEC, protocol));
    EXPECT_TRUE(socket) << family << " " << type << " " << protocol << ": "
                        << std::system_category().message(errno);
    if (family == AF_INET6) {
        const int both = 0;
        static_cast<void>(::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &both, sizeof both)
        );
    }
    sockets_.push_back(std::move(socket));
    return sockets_.back().get();
}

bool SocketZoo::bind(int socket, const Address& address) {
    Name name = name_of(address.text, address.is_ipv6, 0);
    return ::bind(socket, name.get(), name.size) == 0;
}

// To the port of the socket `to`, which is of this namespace.
bool SocketZoo::connect(int socket, int to, const Address& address) {
    Name target;
    if (::getsockname(to, target.get(), &target.size) != 0) {
        return false;
    }
    Name name = name_of(address.text, address.is_ipv6, target.port());
    return ::connect(socket, name.get(), name.size) == 0;
}

int SocketZoo::listener(const Address& address, bool v6_only) {
    const int socket = made(address.is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM);
    if (address.is_ipv6) {
        const int only = v6_only ? 1 : 0;
        EXPECT_EQ(::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only), 0);
    }
    EXPECT_TRUE(bind(socket, address));
    EXPECT_EQ(::listen(socket, 16), 0);
    return socket;
}

void SocketZoo::close(int socket) {
    std::erase_if(sockets_, [socket](const FileDescriptor& one) { return one.get() == socket; });
}

// Then perhaps: closed at one end or both, or for one direction; or never accepted.
void SocketZoo::add_connection(const Address& address) {
    const bool through_any = chance(2) == 0;
    const Address any{address.is_ipv6 ? "::" : "0.0.0.0", address.is_ipv6};
    const int listening = listener(through_any ? any : address, false);
    const int client = made(address.is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM);
    EXPECT_TRUE(connect(client, listening, address));
    const unsigned then = chance(6);
    if (then == 5) {
        return;
    }
    sockets_.emplace_back(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC));
    const int server = sockets_.back().get();
    EXPECT_GE(server, 0);
    if (then == 1) {
        close(client);
    } else if (then == 2) {
        EXPECT_EQ(::shutdown(client, SHUT_WR), 0);
    } else if (then == 3) {
        close(client);
        close(server);
    }
}

void SocketZoo::add_dual_stack_connection() {
    const int listening = listener({"::", true}, false);
    const int client = made(AF_INET6, SOCK_STREAM);
    EXPECT_TRUE(connect(client, listening, {"::ffff:127.0.0.1", true}));
    sockets_.emplace_back(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC));
}

void SocketZoo::add_datagrams(int protocol) {
    constexpr std::array<Address, 6> kAddresses{
        {{"0.0.0.0", false},
         {"127.0.0.9", false},
         {"::", true},
         {"::1", true},
         {"::ffff:127.0.0.9", true},
         {"::", true}}};
    const unsigned which = chance(kAddresses.size());
    const Address& address = kAddresses.at(which);
    const int socket = made(address.is_ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM, protocol);
    if (which == 5) {
        const int only = 1;
        EXPECT_EQ(::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only), 0);
    }
    EXPECT_TRUE(bind(socket, address));
    if (chance(2) == 0) {
        constexpr std::array<const char*, 6> kTo{
            "127.0.0.1", "127.0.0.1", "::ffff:127.0.0.1", "::1", "::ffff:127.0.0.1", "::1"};
        EXPECT_TRUE(connect(socket, socket, {kTo.at(which), address.is_ipv6}));
    }
}

void SocketZoo::add_raw() {
    constexpr std::array<int, 3> kProtocols{IPPROTO_ICMP, IPPROTO_TCP, 89};
    const bool is_ipv6 = chance(2) == 0;
    const int socket =
        made(is_ipv6 ? AF_INET6 : AF_INET, SOCK_RAW, kProtocols.at(chance(kProtocols.size())));
    if (chance(2) == 0) {
        EXPECT_TRUE(bind(socket, {is_ipv6 ? "::1" : "127.0.0.1", is_ipv6}));
    }
}

void SocketZoo::add_ping() {
    std::ofstream("/proc/sys/net/ipv4/ping_group_range") << "0 0" << std::flush;
    const bool is_ipv6 = chance(2) == 0;
    const int socket = made(
        is_ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM, is_ipv6 ? int{IPPROTO_ICMPV6} : int{IPPROTO_ICMP}
    );
    EXPECT_TRUE(bind(socket, {is_ipv6 ? "::1" : "127.0.0.1", is_ipv6}));
    if (chance(2) == 0) {
        EXPECT_TRUE(connect(socket, socket, {is_ipv6 ? "::1" : "127.0.0.1", is_ipv6}));
    }
}

void SocketZoo::add(int count) {
    for (int i = 0; i < count; ++i) {
        switch (chance(12)) {
        case 0:
            listener({"127.0.0.7", false}, false);
            break;
        case 1:
            listener({"::", true}, true);
            break;
        case 2:
            listener({"::ffff:127.0.0.7", true}, false);
            break;
        case 3:
        case 4:
            add_connection({"127.0.0.3", false});
            break;
        case 5:
            add_connection({"::1", true});
            break;
        case 6:
            add_connection({"::ffff:127.0.0.4", true});
            break;
        case 7:
            add_raw();
            break;
        case 8:
            add_ping();
            break;
        case 9:
            add_datagrams(IPPROTO_UDPLITE);
            break;
        default:
            add_datagrams(IPPROTO_UDP);
            break;
        }
    }
}

void SocketZoo::add_bound(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        const bool is_ipv6 = i % 2 != 0;
        const Address address{is_ipv6 ? "::1" : "127.0.0.1", is_ipv6};
        if (i % 4 < 2) {
            EXPECT_TRUE(bind(made(is_ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM), address));
        } else {
            listener(address, false);
        }
    }
}

std::vector<SocketRow> SocketZoo::rows() const {
    std::vector<SocketRow> rows;
    rows.reserve(sockets_.size());
    for (const FileDescriptor& socket : sockets_) {
        rows.push_back(row_of(socket.get()));
    }
    return rows;
}

std::string describe(const SocketRow& row) {
    const auto text = [&row](const IpAddress& address) {
        std::array<char, kIpTextMax> out{};
        return std::string(out.data(), write_ip(out.data(), address, row.key.ip_version));
    };
    std::ostringstream out;
    out << "protocol " << int{row.key.protocol} << (row.raw ? " raw " : " ") << text(row.key.local)
        << " " << row.key.local_port << " to " << text(row.key.remote) << " " << row.key.remote_port
        << " state " << static_cast<int>(row.state) << " inode " << row.inode << " uid " << row.uid
        << " in " << row.name_space << (row.v6_only ? " v6 only" : "");
    return out.str();
}

}  // namespace flowgauge::test
