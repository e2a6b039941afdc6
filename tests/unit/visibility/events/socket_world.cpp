#include "tests/unit/visibility/events/socket_world.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <system_error>

namespace flowgauge::test {
namespace {

sockaddr_storage v6_storage(const in6_addr& address, std::uint16_t port) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_addr = address;
    v6.sin6_port = htons(port);
    sockaddr_storage storage{};
    std::memcpy(&storage, &v6, sizeof v6);
    return storage;
}

sockaddr_storage v4_storage(std::uint32_t address, std::uint16_t port) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(address);
    v4.sin_port = htons(port);
    sockaddr_storage storage{};
    std::memcpy(&storage, &v4, sizeof v4);
    return storage;
}

const sockaddr* plain(const sockaddr_storage& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

std::optional<std::string> failed(const char* what) {
    return std::string(what) + ": " + std::generic_category().message(errno);
}

bool raise_loopback() {
    const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    return ::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0;
}

}  // namespace

sockaddr_storage loopback(int family, std::uint16_t port) {
    return family == AF_INET ? v4_storage(INADDR_LOOPBACK, port)
                             : v6_storage(in6addr_loopback, port);
}

sockaddr_storage mapped_loopback(std::uint16_t port) {
    in6_addr address{};
    ::inet_pton(AF_INET6, "::ffff:127.0.0.1", &address);
    return v6_storage(address, port);
}

sockaddr_storage any_address(int family, std::uint16_t port) {
    return family == AF_INET ? v4_storage(INADDR_ANY, port) : v6_storage(in6addr_any, port);
}

socklen_t length_of(const sockaddr_storage& address) {
    return address.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

std::uint16_t port_of(int socket) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
        return 0;
    }
    std::uint16_t port = 0;  // at the same place for both families
    std::memcpy(&port, reinterpret_cast<const char*>(&address) + 2, sizeof port);
    return ntohs(port);
}

std::optional<std::string> enter_socket_world() {
    if (::unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) {
        return failed("new namespaces");
    }
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
        return failed("mounts of its own");
    }
    if (!raise_loopback()) {
        return failed("lo up");
    }
    if (::access("/sys/kernel/tracing/events", F_OK) != 0 &&
        ::mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, nullptr) != 0) {
        return failed("mounting tracefs");
    }
    return std::nullopt;
}

Listener listen_on(const sockaddr_storage& address) {
    Listener listener;
    listener.socket =
        FileDescriptor(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP));
    if (::bind(listener.socket.get(), plain(address), length_of(address)) == 0 &&
        ::listen(listener.socket.get(), 4'096) == 0) {
        listener.port = port_of(listener.socket.get());
    }
    return listener;
}

// Bound first, so that its port is known also where the other end refuses.
MadeConnect connect_once(const sockaddr_storage& to) {
    const FileDescriptor socket(::socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP));
    const sockaddr_storage from = any_address(to.ss_family, 0);
    MadeConnect made;
    made.pid = ::getpid();
    if (::bind(socket.get(), plain(from), length_of(from)) != 0) {
        return made;
    }
    made.port = port_of(socket.get());
    made.before = monotonic_now();
    made.connected = ::connect(socket.get(), plain(to), length_of(to)) == 0;
    made.after = monotonic_now();
    const linger reset{.l_onoff = 1, .l_linger = 0};
    static_cast<void>(::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset));
    return made;
}

ConnectLedger::ConnectLedger(std::size_t rows) : count_(rows) {
    void* memory = ::mmap(
        nullptr,
        rows * sizeof(MadeConnect),
        PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_ANONYMOUS,
        -1,
        0
    );
    rows_ = static_cast<MadeConnect*>(memory);
}

ConnectLedger::~ConnectLedger() {
    static_cast<void>(::munmap(rows_, count_ * sizeof(MadeConnect)));
}

pid_t start_child(const std::function<int()>& work) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(work());
    }
    return child;
}

int end_of(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool drop_capabilities(const std::vector<unsigned>& capabilities) {
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    std::array<__user_cap_data_struct, 2> data{};
    if (::syscall(SYS_capget, &header, data.data()) != 0) {
        return false;
    }
    for (const unsigned capability : capabilities) {
        const unsigned keep = ~(1U << (capability % 32));
        data.at(capability / 32).effective &= keep;
        data.at(capability / 32).permitted &= keep;
        data.at(capability / 32).inheritable &= keep;
    }
    return ::syscall(SYS_capset, &header, data.data()) == 0;
}

std::int64_t monotonic_now() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

EventBatch drain_all(EventSource& source) {
    const std::int64_t until = monotonic_now();
    EventBatch all;
    while (all.complete < until) {
        EventBatch batch;
        static_cast<void>(source.drain(batch));
        EXPECT_TRUE(std::ranges::is_sorted(batch.sockets, {}, &SocketEvent::time));
        EXPECT_TRUE(std::ranges::is_sorted(batch.processes, {}, &ProcessEvent::time));
        all.sockets.insert(all.sockets.end(), batch.sockets.begin(), batch.sockets.end());
        all.processes.insert(all.processes.end(), batch.processes.begin(), batch.processes.end());
        all.complete = batch.complete;
        all.lost += batch.lost;
        all.forgotten += batch.forgotten;
        all.unread += batch.unread;
    }
    return all;
}

}  // namespace flowgauge::test
