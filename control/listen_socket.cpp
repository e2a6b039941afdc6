#include "control/listen_socket.h"

#include "core/base/format.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace flowgauge {
namespace {

constexpr int kBacklog = 64;
constexpr int kSocketType = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
constexpr mode_t kUnixSocketMode = 0660;

std::string text_of(int number) {
    return std::system_category().message(number);
}

// sockaddr has as many shapes as there are families; this is its one border.
struct Address {
    sockaddr_storage storage{};
    socklen_t length = 0;

    template <typename T>
    explicit Address(const T& shape) : length(sizeof(T)) {
        std::memcpy(&storage, &shape, sizeof(T));
    }
    [[nodiscard]] const sockaddr* get() const noexcept {
        return static_cast<const sockaddr*>(static_cast<const void*>(&storage));
    }
};

struct HostAndPort {
    std::string host;  // empty: every address
    std::uint16_t port = 0;
};

std::optional<HostAndPort> split(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view host = text.substr(0, colon);
    const std::string_view digits = text.substr(colon + 1);
    HostAndPort parts;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), parts.port);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) {
        return std::nullopt;
    }
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return std::nullopt;  // an IPv6 address without brackets
    }
    parts.host = host;
    return parts;
}

Address any_address(std::uint16_t port) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    return Address(address);
}

std::optional<Address> numeric_address(const HostAndPort& parts) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(parts.port);
    if (::inet_pton(AF_INET, parts.host.c_str(), &v4.sin_addr) == 1) {
        return Address(v4);
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(parts.port);
    if (::inet_pton(AF_INET6, parts.host.c_str(), &v6.sin6_addr) == 1) {
        return Address(v6);
    }
    return std::nullopt;
}

std::string remedy_of(int number, std::uint16_t port) {
    switch (number) {
    case EADDRINUSE:
        return format(
            "; choose another port in metrics.listen, or \"\" for none (ss -ltnp 'sport = :{}' "
            "names the process that has it)",
            port
        );
    case EADDRNOTAVAIL:
        return "; no interface has this address: metrics.listen \":9477\" takes all of them";
    case EACCES:
        return "; ports below 1024 need CAP_NET_BIND_SERVICE: choose a higher one in "
               "metrics.listen";
    default:
        return "";
    }
}

std::uint16_t port_of(int descriptor) {
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    auto* const address = static_cast<sockaddr*>(static_cast<void*>(&bound));
    if (::getsockname(descriptor, address, &length) != 0) {
        return 0;
    }
    // sin_port and sin6_port lie at the same place.
    return ntohs(std::bit_cast<sockaddr_in6>(
                     *static_cast<const sockaddr_in6*>(static_cast<const void*>(&bound))
    )
                     .sin6_port);
}

// Zero, or the number of the error.
int bind_and_listen(int descriptor, const Address& address) {
    const int on = 1;
    const int off = 0;
    const int family = address.storage.ss_family;
    bool good = ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0;
    if (family == AF_INET6) {
        good = good && ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0;
    }
    good = good && ::bind(descriptor, address.get(), address.length) == 0 &&
           ::listen(descriptor, kBacklog) == 0;
    return good ? 0 : errno;
}

Result<ListenSocket> open_socket(const std::string& where, const Address& address) {
    ListenSocket opened{
        .descriptor = FileDescriptor(::socket(address.storage.ss_family, kSocketType, 0)),
        .family = address.storage.ss_family};
    const int error = opened.descriptor ? bind_and_listen(opened.descriptor.get(), address) : errno;
    if (error != 0) {
        sockaddr_in6 shape{};
        std::memcpy(&shape, &address.storage, sizeof shape);
        return Error{
            ErrorKind::kSystem,
            format(
                "cannot listen on {}: {}{}",
                where,
                text_of(error),
                remedy_of(error, ntohs(shape.sin6_port))
            )};
    }
    opened.port = port_of(opened.descriptor.get());
    return opened;
}

bool has_ipv6() {
    return static_cast<bool>(FileDescriptor(::socket(AF_INET6, kSocketType, 0)));
}

// Whether a socket file may be replaced: nobody answers on it.
Result<void> make_room(const std::string& path, const Address& address) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) {
        return {};  // nothing there, or bind() says why not
    }
    if (!S_ISSOCK(status.st_mode)) {
        return Error{
            ErrorKind::kUsage,
            format("cannot listen on {}: a file that is no socket is there; remove it", path)};
    }
    const FileDescriptor probe(::socket(AF_UNIX, kSocketType, 0));
    const int answer = ::connect(probe.get(), address.get(), address.length) == 0 ? 0 : errno;
    if (answer == 0 || answer == EAGAIN) {  // EAGAIN: somebody is there, and busy
        return Error{
            ErrorKind::kSystem,
            format(
                "cannot listen on {}: another flowgauge answers there; stop it, or choose another "
                "control.socket",
                path
            )};
    }
    if (answer == ECONNREFUSED && ::unlink(path.c_str()) == 0) {
        return {};
    }
    return Error{
        ErrorKind::kSystem,
        format(
            "cannot replace the old socket {}: {}; remove it",
            path,
            text_of(answer == ECONNREFUSED ? errno : answer)
        )};
}

std::string path_remedy(int number, const std::string& path) {
    switch (number) {
    case ENOENT:
        return format(
            "; make the directory first: mkdir -p '{}'", path.substr(0, path.find_last_of('/'))
        );
    case EACCES:
        return "; its directory must be writable for the user that flowgauge runs as";
    default:
        return "";
    }
}

}  // namespace

Result<ListenSocket> listen_on_address(const std::string& address) {
    const std::optional<HostAndPort> parts = split(address);
    if (!parts) {
        return Error{
            ErrorKind::kUsage,
            format(
                "metrics.listen: '{}' is no address and port; write 127.0.0.1:9477, [::1]:9477 or "
                ":9477",
                address
            )};
    }
    if (parts->host.empty()) {
        HostAndPort v4 = *parts;
        v4.host = "0.0.0.0";
        return open_socket(address, has_ipv6() ? any_address(parts->port) : *numeric_address(v4));
    }
    const std::optional<Address> numeric = numeric_address(*parts);
    if (!numeric) {
        return Error{
            ErrorKind::kUsage,
            format(
                "metrics.listen: '{}' is no IP address; write it in numbers, as 127.0.0.1:9477",
                parts->host
            )};
    }
    return open_socket(address, *numeric);
}

Result<UnixListenSocket> listen_on_path(const std::string& path) {
    sockaddr_un shape{};
    shape.sun_family = AF_UNIX;
    if (path.size() >= sizeof shape.sun_path) {
        return Error{
            ErrorKind::kUsage,
            format(
                "control.socket: '{}' is too long; a unix socket has at most {} bytes",
                path,
                sizeof shape.sun_path - 1
            )};
    }
    std::memcpy(shape.sun_path, path.data(), path.size());
    const Address address(shape);
    if (Result<void> room = make_room(path, address); !room) {
        return std::move(room).error();
    }
    ListenSocket opened{
        .descriptor = FileDescriptor(::socket(AF_UNIX, kSocketType, 0)), .family = AF_UNIX};
    const int descriptor = opened.descriptor.get();
    // On Linux bind() takes the mode from the descriptor, so the file is never open to others, not
    // even before chmod() adds what the umask took away.
    const bool good = descriptor >= 0 && ::fchmod(descriptor, kUnixSocketMode) == 0 &&
                      ::bind(descriptor, address.get(), address.length) == 0 &&
                      ::chmod(path.c_str(), kUnixSocketMode) == 0 &&
                      ::listen(descriptor, kBacklog) == 0;
    if (!good) {
        const int error = errno;
        return Error{
            ErrorKind::kSystem,
            format("cannot listen on {}: {}{}", path, text_of(error), path_remedy(error, path))};
    }
    return UnixListenSocket{.socket = std::move(opened), .file = UnixSocketFile(path)};
}

UnixSocketFile::UnixSocketFile(std::string path) : path_(std::move(path)) {
    struct stat status {};
    if (::lstat(path_.c_str(), &status) != 0) {
        path_.clear();
        return;
    }
    device_ = status.st_dev;
    inode_ = status.st_ino;
}

UnixSocketFile::UnixSocketFile(UnixSocketFile&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      device_(other.device_),
      inode_(other.inode_) {}

UnixSocketFile& UnixSocketFile::operator=(UnixSocketFile&& other) noexcept {
    if (this != &other) {
        remove();
        path_ = std::exchange(other.path_, {});
        device_ = other.device_;
        inode_ = other.inode_;
    }
    return *this;
}

void UnixSocketFile::remove() noexcept {
    struct stat status {};
    if (!path_.empty() && ::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ &&
        status.st_ino == inode_) {
        ::unlink(path_.c_str());
    }
}

}  // namespace flowgauge
