#include "tests/unit/visibility/sockets/other_namespace.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

namespace flowgauge::test {
namespace {

std::string reason(const char* what) {
    return std::string(what) + ": " + std::system_category().message(errno);
}

// Calls `what` on a thread of its own once `prepare` said nothing there.
std::string run_prepared(
    const std::function<std::string()>& prepare, const std::function<void()>& what
) {
    std::string refused;
    std::thread([&] {
        refused = prepare();
        if (refused.empty()) {
            what();
        }
    }).join();
    return refused;
}

bool bind_to(int socket, const sockaddr* address, socklen_t size) {
    return socket >= 0 && ::bind(socket, address, size) == 0;
}

// In the child: nothing that allocates. The descriptors stay open until its end.
bool make_sockets() {
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(OtherNamespace::kPort);
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(OtherNamespace::kPort);
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int datagrams = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return bind_to(listener, reinterpret_cast<const sockaddr*>(&four), sizeof four) &&
           ::listen(listener, 8) == 0 &&
           bind_to(datagrams, reinterpret_cast<const sockaddr*>(&six), sizeof six);
}

[[noreturn]] void live(int told, int life) {
    std::uint32_t inode = 0;
    struct stat status {};
    if (::unshare(CLONE_NEWNET) == 0 && bring_loopback_up() && make_sockets() &&
        ::stat("/proc/self/ns/net", &status) == 0) {
        inode = static_cast<std::uint32_t>(status.st_ino);
    }
    char end = 0;
    if (::write(told, &inode, sizeof inode) == sizeof inode) {
        while (::read(life, &end, 1) < 0 && errno == EINTR) {}
    }
    ::_exit(0);
}

}  // namespace

bool bring_loopback_up() {
    const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::memcpy(request.ifr_name, "lo", 3);
    request.ifr_flags = IFF_UP;
    return socket && ::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0;
}

std::string run_in_new_namespace(const std::function<void()>& what) {
    return run_prepared(
        [] {
            const bool is_there = ::unshare(CLONE_NEWNET) == 0 && bring_loopback_up();
            return is_there ? std::string() : reason("a new network namespace");
        },
        what
    );
}

std::string run_without_capability(int capability, const std::function<void()>& what) {
    return run_prepared(
        [capability] {
            __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
            std::array<__user_cap_data_struct, 2> sets{};
            if (::syscall(SYS_capget, &header, sets.data()) != 0) {
                return reason("capget");
            }
            const auto number = static_cast<unsigned>(capability);
            sets.at(number / 32).effective &= ~(1U << number % 32);
            sets.at(number / 32).permitted &= ~(1U << number % 32);
            sets.at(number / 32).inheritable &= ~(1U << number % 32);
            return ::syscall(SYS_capset, &header, sets.data()) == 0 ? std::string()
                                                                    : reason("capset");
        },
        what
    );
}

std::string run_without_netlink(const std::function<void()>& what) {
    return run_prepared(
        [] {
            std::array<sock_filter, 6> program{{
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
            }};
            const sock_fprog filter{.len = program.size(), .filter = program.data()};
            const bool is_set = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                                ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
            return is_set ? std::string() : reason("a seccomp filter");
        },
        what
    );
}

OtherNamespace::OtherNamespace() {
    std::array<int, 2> told{};
    std::array<int, 2> life{};
    if (::pipe2(told.data(), O_CLOEXEC) != 0 || ::pipe2(life.data(), O_CLOEXEC) != 0) {
        return;
    }
    pid_ = ::fork();
    if (pid_ == 0) {
        ::close(life[1]);
        live(told[1], life[0]);
    }
    ::close(told[1]);
    ::close(life[0]);
    life_ = FileDescriptor(life[1]);
    const FileDescriptor reading(told[0]);
    std::uint32_t inode = 0;
    if (pid_ > 0 && ::read(reading.get(), &inode, sizeof inode) == sizeof inode) {
        inode_ = inode;
    }
}

void OtherNamespace::end() {
    life_ = FileDescriptor();
    if (pid_ > 0) {
        while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {}
        pid_ = -1;
    }
}

std::uint32_t namespace_of_this_thread() {
    struct stat status {};
    return ::stat("/proc/thread-self/ns/net", &status) == 0
               ? static_cast<std::uint32_t>(status.st_ino)
               : 0;
}

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace flowgauge::test
