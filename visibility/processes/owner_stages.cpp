// The stages of a search, and the reading of one process.
#include "visibility/processes/owner_resolver.h"

#include <algorithm>
#include <limits>

namespace flowgauge {
namespace {

constexpr std::size_t kCgroupsMax = 16;          // of a poll
constexpr std::size_t kCgroupProcessesMax = 16;  // larger ones are left to the full search
constexpr int kAncestorsMax = 16;

}  // namespace

void OwnerResolver::search(const ProcessList& list) {
    search_hint(list);
    search_parents();
    search_recent();
    search_cgroups();
    for (Socket* socket : open_) {
        if (socket->searching && (socket->since < poll_ || socket->back_off > 0 || !counting_)) {
            eligible_.push_back(socket);
        }
    }
    if (!search_kernel()) {
        search_full();
        search_parents();
        search_threads();
    }
    conclude(list);
}

// Whether some of them are still searched for; forgets others at the end.
bool OwnerResolver::is_wanted(std::vector<Socket*>& sockets) {
    while (!sockets.empty() && !sockets.back()->searching) {
        sockets.pop_back();
    }
    return !sockets.empty();
}

// Does not stop when all are found: of several holders among these the first one counts.
void OwnerResolver::search_hint(const ProcessList& list) {
    const std::span<const std::int32_t> pids = list.pids();
    for (auto pid = pids.rbegin(); pid != pids.rend() && !is_spent(); ++pid) {
        const Process& process = processes_.at(*pid);
        if (process.changed || process.resume_at != 0) {
            static_cast<void>(scan(*pid, &OwnerCounters::scans_by_hint));
        }
    }
}

// A new process has its sockets from its parent, if they are as old as that; the parent's number of
// descriptors may be as before.
void OwnerResolver::search_parents() {
    for (std::size_t i = 0; i < fresh_.size() && !is_spent(); ++i) {
        std::int32_t pid = fresh_[i];
        for (int depth = 0; depth < kAncestorsMax; ++depth) {
            pid = processes_.at(pid).parent;
            const std::uint64_t given = given_;
            if (!scan(pid, &OwnerCounters::scans_of_parents) || given == given_) {
                break;
            }
        }
    }
    fresh_.clear();
}

void OwnerResolver::search_recent() {
    const std::vector<std::int32_t> recent = recent_;
    for (const std::int32_t pid : recent) {
        if (!is_wanted(wanted_) || is_spent()) {
            return;
        }
        if (!processes_.contains(pid)) {
            std::erase(recent_, pid);
            continue;
        }
        static_cast<void>(scan(pid, &OwnerCounters::scans_recent));
    }
}

void OwnerResolver::search_cgroups() {
    if (cgroups_ == nullptr) {
        return;
    }
    std::vector<std::uint64_t> ids;
    for (const Socket* socket : open_) {
        if (socket->searching && socket->cgroup_id != 0 && ids.size() < kCgroupsMax &&
            std::ranges::find(ids, socket->cgroup_id) == ids.end()) {
            ids.push_back(socket->cgroup_id);
        }
    }
    const auto now = CgroupDirectory::Clock::now();
    for (const std::uint64_t id : ids) {
        if (!is_wanted(wanted_) || is_spent()) {
            return;
        }
        cgroups_->read_processes(id, now, kCgroupProcessesMax, members_);
        for (const std::int32_t pid : members_) {
            static_cast<void>(scan(pid, &OwnerCounters::scans_by_cgroup));
        }
    }
}

// Sees what no descriptor of /proc shows to us, too. Returns whether nothing else is to be read.
bool OwnerResolver::search_kernel() {
    asked_ = false;
    if (!options_.ask_kernel || !is_wanted(eligible_) || is_spent()) {
        return false;
    }
    ++counters_.scans_by_kernel;
    ++steps_;
    holders_.clear();
    asked_ = options_.ask_kernel(holders_);
    for (const SocketHolder& holder : holders_) {
        const auto socket = sockets_.find(holder.inode);
        const auto process = processes_.find(holder.process.pid);
        if (socket == sockets_.end() || socket->second.seen != poll_ ||
            process == processes_.end() ||
            (!socket->second.searching && socket->second.asked != counters_.scans_by_kernel)) {
            continue;
        }
        socket->second.asked = counters_.scans_by_kernel;  // the next holder may be earlier
        if (process->second.owned > 0 && process->second.start_time != holder.process.start_time) {
            note_reuse(holder.process.pid, process->second);
        }
        process->second.start_time = holder.process.start_time;
        offer(socket->second, holder.process.pid, process->second);
    }
    if (asked_) {
        for (auto& [pid, process] : processes_) {
            process.scanned = poll_;
            process.threads_scanned = poll_;
        }
    }
    return asked_;
}

void OwnerResolver::search_full() {
    if (!is_wanted(eligible_) || is_spent()) {
        return;
    }
    const Socket* last = *std::ranges::max_element(eligible_, {}, &Socket::since);
    for (const std::int32_t pid : older_than(last->since, &Process::scanned)) {
        if (!is_wanted(eligible_) || is_spent()) {
            return;
        }
        static_cast<void>(scan(pid, &OwnerCounters::scans_full));
    }
}

void OwnerResolver::search_threads() {
    const std::uint64_t covered = oldest(&Process::scanned);
    std::uint64_t since = 0;
    for (const Socket* socket : eligible_) {
        if (socket->search != OwnerSearch::kFound && socket->searching &&
            socket->since <= covered) {
            since = std::max(since, socket->since);
        }
    }
    for (const std::int32_t pid : older_than(since, &Process::threads_scanned)) {
        if (!is_wanted(eligible_) || is_spent()) {
            return;
        }
        processes_.at(pid).threads_scanned = poll_;
        if (scan_.may_have_threads(pid)) {
            ++scans_;
            scan_threads(pid, false);
        }
    }
}

// Those whose reading is older than `since`, the oldest first, the newest process first among
// equals: a search that is out of time goes on where it stopped.
std::vector<std::int32_t> OwnerResolver::older_than(
    std::uint64_t since, std::uint64_t Process::*age
) const {
    std::vector<std::int32_t> pids;
    for (const auto& [pid, process] : processes_) {
        if (process.*age < since) {
            pids.push_back(pid);
        }
    }
    std::ranges::sort(pids, [this, age](std::int32_t a, std::int32_t b) {
        const std::uint64_t age_a = processes_.at(a).*age;
        const std::uint64_t age_b = processes_.at(b).*age;
        return age_a != age_b ? age_a < age_b : a > b;
    });
    return pids;
}

std::uint64_t OwnerResolver::oldest(std::uint64_t Process::*age) const {
    std::uint64_t oldest = std::numeric_limits<std::uint64_t>::max();
    for (const auto& [pid, process] : processes_) {
        oldest = std::min(oldest, process.*age);
    }
    return oldest;
}

// Reads the descriptors of a process, or goes on reading them. Returns false if this was done in
// this poll before, or there is no such process.
bool OwnerResolver::scan(std::int32_t pid, Stage stage) {
    const auto at = processes_.find(pid);
    if (at == processes_.end() || at->second.tried == poll_) {
        return false;
    }
    Process& process = at->second;
    process.tried = poll_;
    if (process.resume_at == 0) {
        process.began = poll_;
        process.links = 0;
        process.changed = false;
    }
    ++scans_;
    ++(counters_.*stage);
    const std::uint64_t before = process.links;
    const TableScan result = scan_.read_table(
        ProcPath(pid, "fd").text(),
        process.resume_at,
        [this, pid](std::uint64_t inode, int directory) {
            found(inode, pid, directory, "../stat");
        },
        [this, before](std::uint64_t links) {
            ++steps_;
            return before + links >= options_.links_max || is_spent();
        }
    );
    ++steps_;
    process.links += result.links;
    counters_.links_read += result.links;
    if (result.resume_at != 0 && process.links < options_.links_max) {
        process.resume_at = result.resume_at;
        return true;
    }
    finish(pid, process, result);
    return true;
}

void OwnerResolver::finish(std::int32_t pid, Process& process, const TableScan& result) {
    process.resume_at = 0;
    process.scanned = process.began;
    process.denied = result.outcome == LookOutcome::kDenied;
    counters_.denied += process.denied ? 1 : 0;
    counters_.vanished += result.outcome == LookOutcome::kVanished ? 1 : 0;
    counters_.links_left_out += result.resume_at != 0 ? 1 : 0;
    const bool empty = result.outcome == LookOutcome::kRead && process.links == 0;
    if (empty && scan_.may_have_threads(pid)) {
        scan_threads(pid, true);  // its first thread has exited
    }
}

void OwnerResolver::scan_threads(std::int32_t pid, bool exited) {
    const LookOutcome listed = scan_.list_tables(pid, exited, threads_);
    counters_.denied += listed == LookOutcome::kDenied ? 1 : 0;
    counters_.vanished += listed == LookOutcome::kVanished ? 1 : 0;
    std::uint64_t links = 0;
    for (const std::int32_t thread : threads_) {
        if (links >= options_.thread_links_max) {
            ++counters_.links_left_out;
            return;
        }
        ++counters_.scans_of_threads;
        const TableScan result = scan_.read_table(
            ProcPath(pid, thread, "fd").text(),
            0,
            [this, pid](std::uint64_t inode, int directory) {
                found(inode, pid, directory, "../../../stat");
            },
            [this, links](std::uint64_t more) { return links + more >= options_.thread_links_max; }
        );
        ++steps_;
        links += result.links;
        counters_.links_read += result.links;
        counters_.denied += result.outcome == LookOutcome::kDenied ? 1 : 0;
        counters_.vanished += result.outcome == LookOutcome::kVanished ? 1 : 0;
    }
}

}  // namespace flowgauge
