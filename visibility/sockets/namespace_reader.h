// NamespaceReader: the sockets and addresses of one network namespace, by netlink or from files.
#pragma once

#include "core/base/file_descriptor.h"
#include "visibility/sockets/line_file.h"
#include "visibility/sockets/namespace_sockets.h"
#include "visibility/sockets/proc_net.h"
#include "visibility/sockets/sock_diag.h"
#include "visibility/sockets/socket_notes.h"
#include "visibility/sockets/socket_table.h"
#include "visibility/sockets/tcp_counters.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flowgauge {

// How one namespace is read.
struct ReadableNamespace {
    NamespaceProcess process;  // pid -1: it is that of the calling thread
    NetlinkPair sockets;       // may be empty
    bool refused = false;      // there are no sockets to be had there
    std::uint64_t listed = 0;  // at which read() it was listed last
    KnownConnections known;

    [[nodiscard]] bool is_own() const noexcept { return process.pid < 0; }
};

// Thread: one. Ownership: outlived by `options` and `notes`.
class NamespaceReader {
public:
    NamespaceReader(const SocketTableOptions& options, SocketNotes& notes);

    // Appends the sockets and counts what happened, the rows not.
    void read(ReadableNamespace& from, std::vector<SocketRow>& rows, SocketTableNumbers& numbers);

    // Appends as many as there is room for.
    void read_local(ReadableNamespace& from, std::vector<LocalAddress>& list);

    // Asks whether netlink would list TCP sockets. Returns 0 or why not (errno).
    int probe(ReadableNamespace& from);

    [[nodiscard]] bool has_handler(std::uint8_t protocol) const noexcept {
        return !without_handler_[protocol];
    }

private:
    // One read() of one namespace.
    struct Reading {
        ReadableNamespace& from;
        int directory;  // /proc/PID, or -1
        std::vector<SocketRow>& rows;
        SocketTableNumbers& numbers;
    };

    [[nodiscard]] FileDescriptor directory_of(const ReadableNamespace& from) const;
    bool is_there(const ReadableNamespace& from, int directory, SocketTableNumbers& numbers);
    void read_table(const Reading& reading, const ProcNetFile& file);

    void read_tcp(const Reading& reading);

    // Appends listening TCP sockets. Returns whether netlink gave all.
    bool read_listeners(ReadableNamespace& from, std::vector<SocketRow>& rows);
    [[nodiscard]] std::optional<TcpCounters> tcp_counters(const Reading& reading);

    // Whether the table needs no other source any more.
    bool read_diag(const Reading& reading, const ProcNetFile& file);
    void read_text(const Reading& reading, const ProcNetFile& file);
    DumpOutcome dump(
        ReadableNamespace& from, const SockDiagDump& what, std::vector<SocketRow>& rows
    );
    void refuse(std::uint8_t protocol, int error);
    void read_local_text(const ReadableNamespace& from, std::vector<LocalAddress>& list);

    const SocketTableOptions& options_;
    SocketNotes& notes_;
    std::vector<char> buffer_;
    std::array<bool, 256> without_handler_{};  // by protocol
};

}  // namespace flowgauge
