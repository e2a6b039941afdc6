// NameLookup: the socket addresses of a collector, without waiting for a name server.
#pragma once

#include "core/base/file_descriptor.h"
#include "core/base/result.h"
#include "export/network/collector_address.h"

#include <sys/socket.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace flowgauge {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] int family() const noexcept { return storage.ss_family; }
    [[nodiscard]] const sockaddr* get() const noexcept {
        // sockaddr_storage is made to be read as any of them.
        return reinterpret_cast<const sockaddr*>(&storage);
    }
};

using SocketAddresses = std::vector<SocketAddress>;

// Asks for the addresses of a host, and may wait. `socket_type` is SOCK_STREAM or SOCK_DGRAM.
using ResolveHost =
    std::function<Result<SocketAddresses>(const CollectorAddress& address, int socket_type)>;

// With getaddrinfo(3): the hosts file, DNS, whatever nsswitch.conf says.
[[nodiscard]] Result<SocketAddresses> resolve_host(
    const CollectorAddress& address, int socket_type
);

// A name is asked for by a thread of its own, at most one at a time, which nobody waits for: what a
// name server answers after the lookup is gone is thrown away. Numeric addresses and unix sockets
// need no thread. Thread: one.
class NameLookup {
public:
    explicit NameLookup(ResolveHost resolve = resolve_host);

    // Asks, unless an earlier question is still open: its answer will do.
    void begin(const CollectorAddress& address, int socket_type);

    // The answer, once.
    [[nodiscard]] std::optional<Result<SocketAddresses>> take();

    // Readable when there is an answer; -1 when nothing has been asked of a thread.
    [[nodiscard]] int descriptor() const noexcept;

private:
    struct Question;

    ResolveHost resolve_;
    std::shared_ptr<Question> open_;  // what a thread works on; shared with it
    std::optional<Result<SocketAddresses>> answer_;
};

}  // namespace flowgauge
