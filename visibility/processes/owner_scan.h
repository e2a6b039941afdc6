// Reads which sockets are in the descriptor tables of one process, in steps if need be.
#pragma once

#include "visibility/processes/proc_root.h"
#include "visibility/processes/process_text.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// What one look at a descriptor table brought.
struct TableScan {
    LookOutcome outcome = LookOutcome::kRead;
    std::int64_t resume_at = 0;  // not 0: it was left there, and goes on there
    std::uint64_t links = 0;
};

// Thread: one.
class OwnerScan {
public:
    static constexpr std::uint64_t kLinksBetweenChecks = 256;

    // Requires: `root` outlives this.
    explicit OwnerScan(const ProcRoot& root) : root_(&root) {}

    // Calls found(inode, directory) for each socket of the table that `path` lists; `directory` is
    // the open table, which stays that of the process. Asks stop(links) every kLinksBetweenChecks.
    template <typename Found, typename Stop>
    TableScan read_table(const char* path, std::int64_t resume_at, Found&& found, Stop&& stop) {
        TableScan scan;
        const FileDescriptor directory = open_directory(root_->descriptor(), path, scan.outcome);
        if (!directory) {
            return scan;
        }
        DirectoryNames::Entry entry;
        for (names_.begin(directory.get(), resume_at); names_.next(entry);) {
            if (entry.name[0] == '.') {
                continue;
            }
            if (read_descriptor(directory.get(), entry.name, found) == LookOutcome::kDenied) {
                scan.outcome = LookOutcome::kDenied;
                return scan;
            }
            if (++scan.links % kLinksBetweenChecks == 0 && stop(scan.links)) {
                scan.resume_at = entry.next_offset;
                return scan;
            }
        }
        scan.outcome = names_.outcome();
        return scan;
    }

    // How a process's threads could be listed: one thread for each descriptor table beside that of
    // /proc/PID/fd, as far as it can be told which share one (kcmp), else all of them.
    LookOutcome list_tables(std::int32_t pid, bool exited, std::vector<std::int32_t>& threads);

    // Whether a process may have other threads than its first, also such as have exited.
    [[nodiscard]] bool may_have_threads(std::int32_t pid) const noexcept;

    // Start and parent of the process; nothing when it has ended. `directory`: the open table, or
    // the root; `path`: its stat from there.
    std::optional<ProcessStat> read_stat(int directory, const char* path);

private:
    static constexpr std::size_t kThreadsMax = 1'024;
    static constexpr std::size_t kTablesMax = 16;  // of one process that are told apart

    template <typename Found>
    LookOutcome read_descriptor(int directory, const char* name, Found& found) {
        std::array<char, 64> room;  // NOLINT(cppcoreguidelines-pro-type-member-init): written below
        std::string_view link;
        const LookOutcome outcome = read_link(directory, name, room, link);
        if (outcome == LookOutcome::kRead && link.starts_with("socket:[")) {
            if (const std::uint64_t inode = inode_of_link(link, "socket"); inode != 0) {
                found(inode, directory);
            }
        }
        return outcome;  // kVanished: it was closed meanwhile
    }

    const ProcRoot* root_;
    DirectoryNames names_;
    std::string text_;
};

}  // namespace flowgauge
