// SocketTable: lists the sockets and addresses of this machine, namespace by namespace.
//
// NETLINK_SOCK_DIAG where the kernel has it, else the files of /proc/PID/net; raw and ping sockets
// always from those. What the host does not allow costs completeness and is a note, never an error.
#pragma once

#include "core/base/result.h"
#include "visibility/sockets/local_addresses.h"
#include "visibility/sockets/namespace_process.h"
#include "visibility/sockets/socket_row.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

enum class SocketSource : std::uint8_t {
    kAuto,     // netlink where it works, else text
    kNetlink,  // nothing else, but for raw and ping sockets
    kText,     // hosts without sock_diag
};

struct SocketTableOptions {
    std::string proc_root = "/proc";
    bool own_namespace_only = false;
    SocketSource source = SocketSource::kAuto;
    std::size_t rows_max = 262'144;
    std::size_t namespaces_max = 1024;  // besides the own
};

// What one read() gave.
struct SocketTableNumbers {
    std::uint64_t tcp = 0;
    std::uint64_t udp = 0;
    std::uint64_t other = 0;
    std::uint64_t namespaces = 0;           // read, the own one included
    std::uint64_t namespaces_skipped = 0;   // beyond the bound, or not to be read
    std::uint64_t namespaces_vanished = 0;  // gone, or their process is, before they were read
    std::uint64_t inconsistent = 0;  // tables that changed or broke off while they were read:
                                     // sockets may be missing
    std::uint64_t cut = 0;           // tables not read to the end, for want of room
    std::uint64_t unchanged = 0;     // namespaces whose TCP connections needed no look
};

// Thread: one; it reads the namespace in which open() was called, and may be in no other later.
// Ownership: one or two descriptors for each network namespace of the last read().
class SocketTable {
public:
    // Errors: `source` is kNetlink and the kernel has none for us.
    [[nodiscard]] static Result<SocketTable> open(SocketTableOptions options);

    SocketTable(SocketTable&&) noexcept;
    SocketTable& operator=(SocketTable&&) noexcept;
    SocketTable(const SocketTable&) = delete;
    SocketTable& operator=(const SocketTable&) = delete;
    ~SocketTable();

    // Replaces `rows` with all sockets of the own namespace and of those listed. The own one may be
    // listed or not; a process that is gone, or lives elsewhere by now, is passed over. What of a
    // namespace was held open is closed when it is not listed any more, so that nothing outlives
    // its last process for long.
    // Cost: about 1 us a socket and 0.4 ms a namespace with netlink; no allocation for each row.
    SocketTableNumbers read(
        std::span<const NamespaceProcess> namespaces, std::vector<SocketRow>& rows
    );

    // The addresses of the namespaces of the last read(), looked up again when a second has passed
    // or that list has changed. The same object for as long as it is the same. `now` is
    // CLOCK_MONOTONIC in nanoseconds.
    [[nodiscard]] std::shared_ptr<const LocalAddresses> local_addresses(std::int64_t now);

    [[nodiscard]] std::uint32_t own_namespace() const noexcept;

    // What TCP sockets of the own namespace are read from: "sock_diag", "proc".
    [[nodiscard]] std::string_view source() const noexcept;

    // What the host does not allow: a sentence each, once, in the order of appearance.
    [[nodiscard]] const std::vector<std::string>& notes() const noexcept;

private:
    class Reader;
    explicit SocketTable(std::unique_ptr<Reader> reader) noexcept;

    std::unique_ptr<Reader> reader_;
};

}  // namespace flowgauge
