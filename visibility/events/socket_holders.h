// SocketHolders: every socket that a process holds, of all network namespaces, in one pass of the
// kernel (BPF iterator over tasks and their files); instead of a socket table and a scan of
// descriptors.
#pragma once

#include "visibility/events/socket_event.h"
#include "visibility/sockets/socket_row.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge {

// A socket in the hand of one process. A socket that several processes share is several of these.
struct HeldSocket {
    SocketRow row;
    std::int32_t pid = -1;
    std::uint64_t start_ticks = 0;  // of the process, as field 22 of /proc/PID/stat
    std::uint64_t cgroup_id = 0;    // of the process; row.cgroup_id is of the socket
    std::uint32_t uid = 0;          // of the process; row.uid is of the socket
    CommText name{};                // of the process
};

// Thread: one. Does not see: sockets that no descriptor shows (not accepted yet, orphaned, in
// flight, of an io_uring alone); for those there is the table.
class SocketHolders {
public:
    virtual ~SocketHolders() = default;

    // Null: not built in, or the host does not allow it; `notes` then has a sentence more.
    // Rights: CAP_BPF and CAP_PERFMON, only here.
    [[nodiscard]] static std::unique_ptr<SocketHolders> open(std::vector<std::string>& notes);

    // Replaces `rows` by what is held now, at most kRowsMax. Returns false, with what was read so
    // far, where the kernel refused to go on or the bound was reached.
    [[nodiscard]] virtual bool read(std::vector<HeldSocket>& rows) = 0;

    static constexpr std::size_t kRowsMax = 1'000'000;
};

}  // namespace flowgauge
