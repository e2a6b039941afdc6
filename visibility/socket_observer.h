// SocketObserver: looks at sockets and processes, hears events, and makes a snapshot of it all.
#pragma once

#include "core/base/result.h"
#include "visibility/event_owners.h"
#include "visibility/events/event_source.h"
#include "visibility/events/socket_holders.h"
#include "visibility/history.h"
#include "visibility/processes/cgroup_directory.h"
#include "visibility/processes/namespace_list.h"
#include "visibility/processes/owner_resolver.h"
#include "visibility/processes/proc_root.h"
#include "visibility/processes/process_cache.h"
#include "visibility/processes/process_list.h"
#include "visibility/processes/user_names.h"
#include "visibility/snapshot.h"
#include "visibility/sockets/socket_table.h"
#include "visibility/visibility_numbers.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

namespace flowgauge {

struct ObserverOptions {
    std::string proc_root = "/proc";
    SocketSource table = SocketSource::kAuto;
    EventMode events = EventMode::kAuto;
    bool own_namespace_only = false;
    bool command_lines = false;
    std::size_t sockets_max = 262'144;
    std::chrono::milliseconds retention{125'000};  // how long flows may ask for what is gone

    // Shard time in nanoseconds. Thread: any.
    std::function<LookTime()> clock;
};

// Thread: one, in whose network namespace it was opened. Bounds: those of its parts.
class SocketObserver {
public:
    // Errors: there is no procfs. What else the host does not allow is in notes().
    [[nodiscard]] static Result<std::unique_ptr<SocketObserver>> open(ObserverOptions options);

    // One look at everything; the snapshot covers it. `search_budget_ns`: of this thread's time,
    // for finding owners; 0: no bound. `period`: until the next look, about.
    [[nodiscard]] std::shared_ptr<const Snapshot> look(
        std::int64_t search_budget_ns, std::chrono::nanoseconds period
    );

    // What events have told since the last call is noted, for the next snapshot.
    void drain();

    // What may block and is not urgent: names of users. After a snapshot was published.
    void tidy_up();

    [[nodiscard]] bool has_events() const noexcept { return events_ != nullptr; }
    void set_retention(std::chrono::milliseconds retention);

    // Numbers of this; those of time are the caller's.
    [[nodiscard]] const PollerCounters& counters() const noexcept { return counters_; }
    [[nodiscard]] VisibilityState state() const;

private:
    SocketObserver(ObserverOptions options, ProcRoot root, SocketTable table);

    [[nodiscard]] std::unique_ptr<SocketHolders> open_holders();
    [[nodiscard]] std::function<bool(std::vector<SocketHolder>&)> holder_question();
    void read_table();
    void find_owners(std::int64_t search_budget_ns);
    [[nodiscard]] FoundOwner owner_of(
        std::uint64_t inode, std::uint32_t uid, std::uint64_t cgroup_id
    );
    void follow_processes();
    void tell(const SocketEvent& event, LookTime ahead);
    [[nodiscard]] std::shared_ptr<const Snapshot> publish();
    void count();

    ObserverOptions options_;
    ProcRoot root_;
    SocketTable table_;
    CgroupDirectory cgroups_;
    UserNames users_;
    ProcessCache cache_;
    ProcessList processes_;
    NamespaceList name_spaces_;
    std::vector<std::string> event_notes_;
    std::unique_ptr<EventSource> events_;
    std::unique_ptr<SocketHolders> holders_;  // null without BPF
    std::vector<HeldSocket> held_;
    OwnerResolver resolver_;
    EventOwners event_owners_;
    History history_;
    EventBatch batch_;
    std::vector<SocketRow> rows_;
    std::vector<SocketInode> inodes_;
    std::unordered_set<std::int32_t> fresh_;    // processes found in this look
    std::unordered_set<std::int32_t> changed_;  // that run another program since the last look
    SocketTableNumbers table_numbers_;
    LookTime told_since_ = kStillThere;
    LookTime told_until_ = 0;
    PollerCounters counters_;
    SnapshotParts parts_;
    std::size_t name_spaces_known_ = 1;
    bool must_replace_ = false;  // owners have got names
};

}  // namespace flowgauge
