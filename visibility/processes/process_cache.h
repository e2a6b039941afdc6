// ProcessCache: one shared SocketOwner for all flows of a process, of a user's socket, or of a
// process that only events told of.
//
// Thread: one; the objects are immutable and may be read anywhere. Bounds: each kind is a map whose
// least recent entry gives way; objects live on as long as someone holds them.
#pragma once

#include "core/attribution/attribution.h"
#include "core/base/recent_map.h"
#include "visibility/processes/cgroup_directory.h"
#include "visibility/processes/proc_root.h"
#include "visibility/processes/process_reader.h"
#include "visibility/processes/user_names.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace flowgauge {

struct ProcessCacheOptions {
    bool command_lines = false;
    std::size_t processes_max = 16'384;
    std::size_t others_max = 16'384;  // of each other kind
};

// What events tell of a process, in any bytes.
struct ToldProcess {
    std::int32_t pid = -1;
    std::string_view name;
    std::string_view executable;  // path of the program; empty: not told
};

using SharedOwner = std::shared_ptr<const SocketOwner>;

class ProcessCache {
public:
    using Clock = std::chrono::steady_clock;

    // Requires: what is passed outlives this.
    ProcessCache(
        const ProcRoot& root,
        CgroupDirectory& cgroups,
        UserNames& users,
        ProcessCacheOptions options = {}
    );

    // The moment that the following calls take for now. Call it once a poll.
    void begin_poll(Clock::time_point now) noexcept { now_ = now; }

    // What is known of a process that OwnerResolver found, read if it is new. Null: it ended
    // before anything was read.
    [[nodiscard]] SharedOwner find(ProcessIdentity process);

    // What is known of the process that has this pid now, read unless it is known. Null: there is
    // none. For events: pids come from the kernel, a moment ago. Cost: reads its start.
    [[nodiscard]] SharedOwner find(std::int32_t pid);

    // Reads the name again, which exec and prctl change, and everything else if it differs. Flows
    // that took the object before keep it. Null: the process is gone.
    SharedOwner refresh(std::int32_t pid);

    // A socket whose process is not known: user, cgroup and what its path says. Never null.
    [[nodiscard]] SharedOwner owner_of_socket(std::int64_t uid, std::uint64_t cgroup_id);

    // A process that is gone and that events told of. Never null.
    [[nodiscard]] SharedOwner owner_of_event(
        const ToldProcess& told, std::int64_t uid, std::uint64_t cgroup_id
    );

    // Asks for names of users that were missing, which may block: call it after publishing. Returns
    // whether later answers may have names that earlier ones had not; objects are replaced.
    bool resolve_users();

    [[nodiscard]] std::uint64_t denied() const noexcept { return reader_.denied(); }
    [[nodiscard]] std::uint64_t vanished() const noexcept { return reader_.vanished(); }
    [[nodiscard]] std::uint64_t evicted() const noexcept {
        return processes_.evicted() + sockets_.evicted() + events_.evicted();
    }
    [[nodiscard]] std::size_t size() const noexcept {
        return processes_.size() + sockets_.size() + events_.size();
    }

private:
    struct SocketId {
        std::int64_t uid = -1;
        std::uint64_t cgroup_id = 0;
        friend bool operator==(const SocketId&, const SocketId&) = default;
    };
    struct EventId {
        SocketId socket;
        std::int32_t pid = -1;
        std::string name;
        std::string executable;
        friend bool operator==(const EventId&, const EventId&) = default;
    };
    struct Hash {
        std::size_t operator()(const ProcessIdentity& id) const noexcept;
        std::size_t operator()(const SocketId& id) const noexcept;
        std::size_t operator()(const EventId& id) const noexcept;
    };

    [[nodiscard]] SharedOwner read(std::int32_t pid, std::uint64_t start_time);
    [[nodiscard]] bool describe(const SocketId& socket, SocketOwner& owner);
    template <typename Map>
    void name_users(Map& map);

    CgroupDirectory* cgroups_;
    UserNames* users_;
    ProcessReader reader_;
    Clock::time_point now_{};
    RecentMap<ProcessIdentity, SharedOwner, Hash> processes_;
    RecentMap<SocketId, SharedOwner, Hash> sockets_;
    RecentMap<EventId, SharedOwner, Hash> events_;
};

}  // namespace flowgauge
