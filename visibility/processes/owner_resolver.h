// OwnerResolver: which process holds a socket, by its inode.
//
// /proc/PID/fd is read only for inodes that are not known, and first where it pays:
//   hint     processes that are new or whose number of descriptors changed, all of them
//   recent   the 64 that sockets were found in last
//   cgroup   the processes of the cgroup that the kernel names for the socket
//   kernel   all at once, where the kernel can be asked; then the next two are not needed
//   full     all others, those first that were read longest ago, among equals the newest
//   threads  /proc/PID/task/TID/fd of threads with a descriptor table of their own
// Processes whose first thread has exited are read through their other threads at any stage. An
// inode comes to the stages from `full` on when a second poll has seen it: most that `hint` does
// not find are sockets that were closed since they were listed.
//
// Of several processes that hold a socket (fork), the one that started first owns it. Holders are
// found among all that a poll reads, and among the parents of new processes that hold it; a later
// poll that finds an earlier one corrects the answer. When the owner ends, all are read for the
// next.
//
// Inodes that no process holds are searched again when the number of descriptors of some process
// changed and a back-off of 1, 2, 4 ... 32 polls is over.
//
// Thread: one. Bounds: inodes and links of a process; processes by ProcessList.
#pragma once

#include "visibility/processes/cgroup_directory.h"
#include "visibility/processes/owner_scan.h"
#include "visibility/processes/proc_root.h"
#include "visibility/processes/process_list.h"

#include <cstddef>
#include <cstdint>
#include <functional>
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
    std::uint64_t scans_by_kernel = 0;   // of everything at once
    std::uint64_t links_read = 0;
    std::uint64_t denied = 0;
    std::uint64_t vanished = 0;         // processes and threads that ended while they were read
    std::uint64_t pids_reused = 0;      // seen
    std::uint64_t budget_spent = 0;     // polls that stopped for want of time
    std::uint64_t inodes_left_out = 0;  // beyond the bound, each poll again
    std::uint64_t links_left_out = 0;   // processes with more links than the bound
    std::uint64_t pending = 0;          // now: not searched everywhere yet
    std::uint64_t negative = 0;         // now: nobody's or denied
};

// A process that holds a socket.
struct SocketHolder {
    std::uint64_t inode = 0;
    ProcessIdentity process;
};

struct OwnerOptions {
    std::size_t inodes_max = 262'144;
    std::uint64_t links_max = 1'048'576;      // of a process in one search
    std::uint64_t thread_links_max = 16'384;  // of all threads of a process in one search
    std::int64_t (*cpu_clock)() = nullptr;    // nanoseconds; null: of the calling thread

    // Appends every holder of every socket, as the kernel knows them; false where it broke off.
    // Empty: there is none to ask.
    std::function<bool(std::vector<SocketHolder>&)> ask_kernel{};
};

class OwnerResolver {
public:
    // Requires: what is passed outlives this. `cgroups` may be null: then without that stage.
    OwnerResolver(const ProcRoot& root, CgroupDirectory* cgroups, OwnerOptions options);

    // Call once a poll, after processes.poll(). `alive`: every socket there is; others are
    // forgotten. Stops when `cpu_budget_ns` of this thread's time are spent (0: no bound), after at
    // least one step, and goes on in the next call where it stopped.
    void resolve(
        const ProcessList& processes, std::span<const SocketInode> alive, std::int64_t cpu_budget_ns
    );

    // Requires: nothing; of inodes that are not alive the answer is kPending. Cost: one look into a
    // hash table.
    [[nodiscard]] OwnerAnswer owner_of(std::uint64_t inode) const;

    [[nodiscard]] const OwnerCounters& counters() const noexcept { return counters_; }

    // What the host does not allow, with its remedy; or empty.
    [[nodiscard]] std::string note() const;

private:
    // Polls are numbered; 0 is never.
    struct Process {
        std::int64_t descriptors = -1;  // when they were counted last
        bool changed = true;            // not read since that number changed
        bool denied = false;            // when it was read last
        std::uint64_t tried = 0;        // poll of the last step of reading it
        std::uint64_t began = 0;        // poll in which the reading under way began
        std::int64_t resume_at = 0;     // where to go on; 0: no reading under way
        std::uint64_t links = 0;        // of the reading under way, or of the last one
        std::uint64_t scanned = 0;      // poll in which the last whole reading began
        std::uint64_t threads_scanned = 0;
        std::uint64_t start_time = 0;
        bool identified = false;  // start_time and parent were read
        std::int32_t parent = -1;
        std::uint32_t owned = 0;  // sockets
    };
    struct Socket {
        ProcessIdentity owner;
        std::uint64_t cgroup_id = 0;
        std::uint64_t seen = 0;                      // poll
        std::uint64_t since = 0;                     // poll in which its search began
        std::uint64_t retry_at = 0;                  // poll
        std::uint64_t asked = 0;                     // the pass of the kernel that looked for it
        std::uint32_t back_off = 0;                  // polls
        OwnerSearch search = OwnerSearch::kPending;  // what is said meanwhile
        bool searching = true;  // true when found, too, while it may be an earlier one's
        bool orphaned = false;  // its owner is gone: all others are read, found or not
    };
    using Stage = std::uint64_t OwnerCounters::*;

    void update_processes(const ProcessList& list);
    void update_sockets(std::span<const SocketInode> alive);
    void forget_sockets(std::size_t alive);
    void restart(Socket& socket);
    void disown(const Socket& socket);
    void orphan(std::span<const std::int32_t> pids);
    void note_reuse(std::int32_t pid, Process& process);
    void verify_some(const ProcessList& list);

    bool begin_searches(const ProcessList& list);
    bool count_descriptors(const ProcessList& list);
    void search(const ProcessList& list);
    void search_hint(const ProcessList& list);
    void search_recent();
    void search_cgroups();
    void search_full();
    void search_threads();
    [[nodiscard]] bool search_kernel();
    void search_parents();
    void conclude(const ProcessList& list);
    void count_open();
    [[nodiscard]] std::vector<std::int32_t> older_than(
        std::uint64_t since, std::uint64_t Process::*age
    ) const;
    [[nodiscard]] std::uint64_t oldest(std::uint64_t Process::*age) const;
    [[nodiscard]] static bool is_wanted(std::vector<Socket*>& sockets);

    bool scan(std::int32_t pid, Stage stage);
    void finish(std::int32_t pid, Process& process, const TableScan& result);
    void scan_threads(std::int32_t pid, bool exited);
    void found(std::uint64_t inode, std::int32_t pid, int directory, const char* stat_path);
    bool identify(std::int32_t pid, Process& process, int directory, const char* stat_path);
    void offer(Socket& socket, std::int32_t pid, Process& process);
    void give(Socket& socket, std::int32_t pid, Process& process);
    void touch_recent(std::int32_t pid);
    [[nodiscard]] std::int64_t spent_ns() const;
    [[nodiscard]] bool is_spent();

    const ProcRoot* root_;
    CgroupDirectory* cgroups_;
    OwnerOptions options_;
    OwnerScan scan_;
    OwnerCounters counters_;
    std::unordered_map<std::int32_t, Process> processes_;
    std::unordered_map<std::uint64_t, Socket> sockets_;
    std::vector<Socket*> wanted_;       // alive and searched for in this poll
    std::vector<Socket*> open_;         // alive, not found or not for good
    std::vector<Socket*> eligible_;     // of those: for the stages from full on
    std::vector<std::int32_t> recent_;  // the last first
    std::vector<std::int32_t> fresh_;   // new processes in which sockets were found in this poll
    std::vector<std::int32_t> members_;
    std::vector<std::int32_t> threads_;
    std::int32_t count_from_ = 0;   // pid
    std::int32_t verify_from_ = 0;  // pid
    std::uint64_t poll_ = 1;        // the first is 2, so that nothing was seen in the one before
    std::int64_t budget_ns_ = 0;
    std::int64_t began_ns_ = 0;
    std::uint64_t steps_ = 0;       // of reading, in this poll
    std::uint64_t given_ = 0;       // sockets that got another owner, ever
    std::uint64_t identified_ = 0;  // the scan for which start and parent were read last
    std::uint64_t scans_ = 0;
    std::vector<SocketHolder> holders_;
    bool asked_ = false;  // the kernel has told all holders, in this poll
    bool counting_ = false;
    bool spent_ = false;
};

}  // namespace flowgauge
