// OwnerResolver: which process holds a socket, by its inode.
//
// /proc/PID/fd is read only for inodes that are not known, and first where it pays:
//   hint     processes that are new or whose number of descriptors changed, all of them
//   recent   the 64 that sockets were found in last
//   cgroup   the processes of the cgroup that the kernel names for the socket
//   full     all others, those first that were read longest ago, among equals the newest
//   threads  /proc/PID/task/TID/fd of threads with a descriptor table of their own
// Processes whose first thread has exited are read through their other threads at any stage. An
// inode comes to the stages from `full` on when a second poll has seen it: most that `hint` does
// not find are sockets that were closed since they were listed.
//
// Of several processes that hold a socket (fork), the one that started first owns it. Holders are
// found among all that a poll reads, and among the parents of those who hold it; a later poll that
// finds an earlier one corrects the answer.
//
// Inodes that no process holds are searched again when the number of descriptors of some process
// changed and a back-off of 1, 2, 4 ... 32 polls is over.
//
// Thread: one. Bounds: inodes and links of a process; processes by ProcessList.
#pragma once

#include "visibility/processes/cgroup_directory.h"
#include "visibility/processes/proc_root.h"
#include "visibility/processes/process_list.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace flowgauge {

struct SocketInode {
    std::uint64_t inode = 0;      // 0 is skipped
    std::uint64_t cgroup_id = 0;  // 0: not known
};

enum class OwnerSearch : std::uint8_t {
    kPending,  // not searched everywhere yet
    kFound,
    kNobody,  // every process was looked at, and none holds it: in flight, the kernel's, io_uring's
    kDenied,  // no process that may be looked at holds it, and some may not
};

struct OwnerAnswer {
    OwnerSearch search = OwnerSearch::kPending;
    ProcessIdentity process;  // of kFound
};

// Since the start, unless marked.
struct OwnerCounters {
    std::uint64_t scans_by_hint = 0;  // processes whose descriptors were read, by stage
    std::uint64_t scans_recent = 0;
    std::uint64_t scans_by_cgroup = 0;
    std::uint64_t scans_of_parents = 0;
    std::uint64_t scans_full = 0;
    std::uint64_t scans_of_threads = 0;  // threads
    std::uint64_t links_read = 0;
    std::uint64_t denied = 0;
    std::uint64_t vanished = 0;         // processes and threads that ended while they were read
    std::uint64_t pids_reused = 0;      // seen
    std::uint64_t budget_spent = 0;     // polls that stopped for want of time
    std::uint64_t inodes_left_out = 0;  // beyond the bound
    std::uint64_t pending = 0;          // now: not searched everywhere yet
    std::uint64_t negative = 0;         // now: nobody's or denied
};

struct OwnerOptions {
    std::size_t inodes_max = 262'144;
    std::int64_t (*cpu_clock)() noexcept = nullptr;  // nanoseconds; null: of the calling thread
};

class OwnerResolver {
public:
    // Requires: what is passed outlives this. `cgroups` may be null: then without that stage.
    OwnerResolver(const ProcRoot& root, CgroupDirectory* cgroups, OwnerOptions options = {});
    ~OwnerResolver();
    OwnerResolver(OwnerResolver&&) noexcept;
    OwnerResolver& operator=(OwnerResolver&&) = delete;
    OwnerResolver(const OwnerResolver&) = delete;
    OwnerResolver& operator=(const OwnerResolver&) = delete;

    // Call once a poll, after processes.poll(). `alive`: every socket there is; others are
    // forgotten. Stops when `cpu_budget_ns` of this thread's time are spent (0: no bound), after at
    // least one step, and goes on in the next call where it stopped.
    void resolve(
        const ProcessList& processes, std::span<const SocketInode> alive, std::int64_t cpu_budget_ns
    );

    // Cost: one look into a hash table.
    [[nodiscard]] OwnerAnswer owner_of(std::uint64_t inode) const;

    [[nodiscard]] const OwnerCounters& counters() const noexcept;

    // What the host does not allow, with its remedy; or empty.
    [[nodiscard]] std::string note() const;

private:
    class Search;
    std::unique_ptr<Search> search_;
};

}  // namespace flowgauge
