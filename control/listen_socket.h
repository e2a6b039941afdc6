// Sockets that the HTTP server accepts connections on.
#pragma once

#include "core/base/file_descriptor.h"
#include "core/base/result.h"

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace flowgauge {

struct ListenSocket {
    FileDescriptor descriptor;  // listens, does not block
    int family = 0;             // AF_INET, AF_INET6, AF_UNIX
    std::uint16_t port = 0;
};

// `address` is 127.0.0.1:9477, [::1]:9477 or :9477. Names are refused: a resolver would hold the
// start up. Errors: where, why, and what to change.
[[nodiscard]] Result<ListenSocket> listen_on_address(const std::string& address);

// The file of a unix socket: its identity, so that another process's is never removed.
class UnixSocketFile {
public:
    UnixSocketFile() = default;
    explicit UnixSocketFile(std::string path);  // of the file that is there now
    UnixSocketFile(UnixSocketFile&& other) noexcept;
    UnixSocketFile& operator=(UnixSocketFile&& other) noexcept;
    UnixSocketFile(const UnixSocketFile&) = delete;
    UnixSocketFile& operator=(const UnixSocketFile&) = delete;
    ~UnixSocketFile() { remove(); }

private:
    void remove() noexcept;

    std::string path_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

struct UnixListenSocket {
    ListenSocket socket;
    UnixSocketFile file;  // removed when this ends
};

[[nodiscard]] Result<UnixListenSocket> listen_on_path(const std::string& path);

}  // namespace flowgauge
