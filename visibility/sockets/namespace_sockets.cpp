#include "visibility/sockets/namespace_sockets.h"

#include "core/base/file_descriptor.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <system_error>
#include <thread>

namespace flowgauge {
namespace {

// Moves the calling thread. Returns whether it is in the namespace now; says why not in `opened`.
bool enter(const std::string& proc_root, const NamespaceProcess& process, OpenedNamespace& opened) {
    const std::string path = proc_root + "/" + std::to_string(process.pid) + "/ns/net";
    const FileDescriptor target(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!target) {
        opened.error = errno;
        opened.vanished = errno == ENOENT || errno == ESRCH;
        return false;
    }
    struct stat status {};
    if (::fstat(target.get(), &status) != 0 || status.st_ino != process.name_space) {
        opened.vanished = true;
        return false;
    }
    if (::setns(target.get(), CLONE_NEWNET) != 0) {
        opened.error = errno;
        return false;
    }
    return true;
}

void open_all(
    const std::string& proc_root,
    std::span<const NamespaceProcess> namespaces,
    std::vector<OpenedNamespace>& all
) {
    for (const NamespaceProcess& process : namespaces) {
        OpenedNamespace opened;
        opened.name_space = process.name_space;
        if (enter(proc_root, process, opened)) {
            opened.sockets = open_netlink_pair();
            opened.error = opened.sockets.diag ? 0 : errno;
        }
        all.push_back(std::move(opened));
    }
}

}  // namespace

NetlinkPair open_netlink_pair() noexcept {
    NetlinkPair pair;
    pair.route = NetlinkSocket::open(NETLINK_ROUTE);
    pair.diag = NetlinkSocket::open(NETLINK_SOCK_DIAG);  // last: errno is its
    return pair;
}

std::vector<OpenedNamespace> open_in_namespaces(
    const std::string& proc_root, std::span<const NamespaceProcess> namespaces
) {
    std::vector<OpenedNamespace> all;
    all.reserve(namespaces.size());
    try {
        std::jthread([&] { open_all(proc_root, namespaces, all); }).join();
    } catch (const std::system_error&) {
        // No thread: the files are read this time.
        all.clear();
    }
    return all;
}

std::uint32_t network_namespace_of(int process_directory) noexcept {
    constexpr std::string_view kBefore = "net:[";
    std::array<char, 64> target{};
    const ssize_t size = ::readlinkat(process_directory, "ns/net", target.data(), target.size());
    if (size <= 0) {
        return 0;
    }
    const std::string_view text(target.data(), static_cast<std::size_t>(size));
    std::uint32_t inode = 0;
    if (!text.starts_with(kBefore)) {
        errno = EINVAL;
        return 0;
    }
    const auto [end, error] =
        std::from_chars(text.data() + kBefore.size(), text.data() + text.size(), inode);
    return error == std::errc() && end != text.data() + text.size() && *end == ']' ? inode : 0;
}

}  // namespace flowgauge
