// SocketWorld: a network namespace with lo for the test's process, and what its children do there.
//
// Events are of the whole machine: tests look for their own ports and pids alone.
#pragma once

#include "core/base/file_descriptor.h"
#include "visibility/events/event_source.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge::test {

// An address of lo and a port; "" is the address that stands for all.
[[nodiscard]] sockaddr_storage loopback(int family, std::uint16_t port);
[[nodiscard]] sockaddr_storage mapped_loopback(std::uint16_t port);
[[nodiscard]] sockaddr_storage any_address(int family, std::uint16_t port);
[[nodiscard]] socklen_t length_of(const sockaddr_storage& address);
[[nodiscard]] std::uint16_t port_of(int socket);

// Moves the process into new namespaces for network and mounts, with lo up and tracefs mounted.
// Returns what the host refused.
[[nodiscard]] std::optional<std::string> enter_socket_world();

struct Listener {
    FileDescriptor socket;
    std::uint16_t port = 0;
};
[[nodiscard]] Listener listen_on(const sockaddr_storage& address);

// What one connect() of a child was.
struct MadeConnect {
    std::int64_t before = 0;  // CLOCK_MONOTONIC around the call
    std::int64_t after = 0;
    std::int32_t pid = 0;
    std::uint16_t port = 0;  // its own
    bool connected = false;
};
[[nodiscard]] MadeConnect connect_once(const sockaddr_storage& to);

// Memory that children share with the test.
class ConnectLedger {
public:
    explicit ConnectLedger(std::size_t rows);
    ConnectLedger(const ConnectLedger&) = delete;
    ConnectLedger& operator=(const ConnectLedger&) = delete;
    ~ConnectLedger();

    [[nodiscard]] MadeConnect& at(std::size_t row) const { return rows_[row]; }
    [[nodiscard]] std::size_t size() const { return count_; }

private:
    std::size_t count_;
    MadeConnect* rows_;
};

// Runs `work` in a forked child; its return value is the exit status of the child.
[[nodiscard]] pid_t start_child(const std::function<int()>& work);
[[nodiscard]] int end_of(pid_t child);

// Gives up these capabilities in all sets of the calling thread.
[[nodiscard]] bool drop_capabilities(const std::vector<unsigned>& capabilities);

[[nodiscard]] std::int64_t monotonic_now();

// Drains until everything that happened before this call has been told.
[[nodiscard]] EventBatch drain_all(EventSource& source);

}  // namespace flowgauge::test
