// CgroupDirectory: the path of a cgroup by the number that the kernel gives it, with no process
// needed.
//
// The number is the inode of its directory in the cgroup2 mount (kernfs). It is opened by handle
// where that is allowed (CAP_DAC_READ_SEARCH), else found by a walk over the mount, at most once in
// ten seconds. Thread: one. Bounds: cached paths, directories of a walk.
#pragma once

#include "core/base/file_descriptor.h"
#include "core/base/recent_map.h"
#include "visibility/processes/proc_root.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flowgauge {

class CgroupDirectory {
public:
    using Clock = std::chrono::steady_clock;

    static constexpr std::size_t kPathsMax = 16'384;  // cached, and seen by a walk
    static constexpr std::chrono::seconds kWalkEvery{10};

    // `mount`: where cgroup2 is mounted. Empty: as /proc/self/mounts says; every answer is
    // "unknown" where it is not mounted at all.
    explicit CgroupDirectory(std::string mount = {});

    struct Answer {
        std::string path;      // "/system.slice/ssh.service"; empty: unknown
        bool settled = false;  // asking again will not tell more
    };

    [[nodiscard]] Answer path_of(std::uint64_t id, Clock::time_point now);

    // Replaces `pids` by the processes of a cgroup, none if they are more than `pids_max` or not
    // known.
    void read_processes(
        std::uint64_t id,
        Clock::time_point now,
        std::size_t pids_max,
        std::vector<std::int32_t>& pids
    );

    [[nodiscard]] const std::string& mount() const noexcept { return mount_; }
    [[nodiscard]] std::uint64_t walks() const noexcept { return walks_; }

private:
    // Nothing where the kernel refuses handles.
    [[nodiscard]] std::optional<std::string> path_by_handle(std::uint64_t id);
    void walk();

    std::string mount_;
    FileDescriptor descriptor_;
    DirectoryNames names_;
    std::string text_;
    RecentMap<std::uint64_t, std::string> paths_{kPathsMax};  // empty: it had none when asked
    std::optional<Clock::time_point> walked_;
    std::uint64_t walks_ = 0;
    bool by_handle_ = false;  // cgroup2, and the kernel has not refused yet
};

}  // namespace flowgauge
