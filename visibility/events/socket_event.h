// What the kernel tells of sockets and processes between two looks at them.
#pragma once

#include "visibility/sockets/socket_row.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// The kernel's name of a process, TASK_COMM_LEN, zero-terminated; empty: not told.
using CommText = std::array<char, 16>;

[[nodiscard]] inline std::string_view text_of(const CommText& comm) noexcept {
    return {comm.data()};
}

// What a process runs since its last exec. Any bytes.
struct Program {
    CommText name{};        // that the kernel gave the process for it
    std::string file_name;  // longer than `name`, which it begins with; empty: there is none
    std::string path;       // absolute, as exec was given it; empty: it was not, or is too long
};

enum class SocketEventKind : std::uint8_t {
    kConnect,  // a TCP connection was asked for by this process
    kListen,   // a TCP socket listens
    kSend,     // a UDP socket sent for the first time in this process or to this end
};

// Times are CLOCK_MONOTONIC in nanoseconds.
struct SocketEvent {
    SocketKey key;                 // ends in the view of this process; of a listener no remote end
    std::int64_t time = 0;         // when the process acted, before the first packet of it
    std::int64_t ended = 0;        // when a connection failed before it was there; 0: not told
    std::int32_t pid = -1;         // of the process, not of the thread
    std::int64_t uid = -1;         // -1: not told
    std::uint64_t cookie = 0;      // as in SocketRow; 0: not told
    std::uint64_t cgroup_id = 0;   // of the process; 0: not told
    std::uint32_t name_space = 0;  // inode of the network namespace; 0: not told
    SocketEventKind kind = SocketEventKind::kConnect;
    CommText name{};  // of the process when it acted, as far as the source knows
    // Null: not told, or the process has given itself another name since.
    std::shared_ptr<const Program> program;
};

enum class ProcessEventKind : std::uint8_t {
    kFork,    // a process, not a thread
    kExec,    // runs another program from here on
    kRename,  // gave itself another name
    kExit,    // its first thread ended; as a rule the others have, too
};

struct ProcessEvent {
    std::int64_t time = 0;
    std::int32_t pid = -1;
    std::int32_t parent = -1;  // of kFork
    ProcessEventKind kind = ProcessEventKind::kExec;
    CommText name{};  // of kExec and kRename
};

// What one drain brought, each list in the order of time.
struct EventBatch {
    std::vector<SocketEvent> sockets;
    std::vector<ProcessEvent> processes;
    // CLOCK_MONOTONIC: what happened before was told, by this batch or an earlier one; a connection
    // once it was established or refused, for its port is not known before.
    std::int64_t complete = 0;
    std::uint64_t lost = 0;       // records for which the kernel found no room
    std::uint64_t forgotten = 0;  // connections that took so long that others had their place
    std::uint64_t unread = 0;     // records that made no sense

    void clear() {
        sockets.clear();
        processes.clear();
        complete = 0;
        lost = 0;
        forgotten = 0;
        unread = 0;
    }
};

// Thread: one. Cost: no wake-ups; what comes waits in memory that the kernel shares, whose size is
// fixed.
class EventSource {
public:
    virtual ~EventSource() = default;

    // Appends everything that came since the last call and that is complete, at most some fixed
    // number of records. Returns whether more is waiting. Needs no rights that opening needed.
    virtual bool drain(EventBatch& batch) = 0;

    // "perf", "bpf".
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;

    // Whether senders of UDP are told, too.
    [[nodiscard]] virtual bool tells_udp() const noexcept = 0;
};

}  // namespace flowgauge
