#include "visibility/processes/owner_resolver.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>
#include <tuple>

namespace flowgauge {
namespace {

constexpr std::uint32_t kBackOffMax = 32;  // polls

// Without the capabilities most processes that hold something are denied; with them still the few
// that another user namespace or a security module protects, about which the operator can do
// nothing. Kernel threads and processes that wait for their parent hold nothing and may be many.
constexpr std::size_t kFewDenied = 10;

constexpr std::size_t kDeadSocketsMax = 64;  // are remembered before all dead ones are forgotten

std::int64_t thread_clock() {
    constexpr std::int64_t kNanoseconds = 1'000'000'000;
    timespec time{};
    static_cast<void>(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time));
    return time.tv_sec * kNanoseconds + time.tv_nsec;
}

}  // namespace

OwnerResolver::OwnerResolver(const ProcRoot& root, CgroupDirectory* cgroups, OwnerOptions options)
    : root_(&root),
      cgroups_(cgroups),
      options_(options),
      scan_(root) {
    if (options_.cpu_clock == nullptr) {
        options_.cpu_clock = thread_clock;
    }
}

void OwnerResolver::resolve(
    const ProcessList& processes, std::span<const SocketInode> alive, std::int64_t cpu_budget_ns
) {
    ++poll_;
    budget_ns_ = cpu_budget_ns;
    began_ns_ = options_.cpu_clock();
    steps_ = 0;
    spent_ = false;
    counting_ = processes.counts_descriptors();
    update_processes(processes);
    verify_some(processes);
    update_sockets(alive);
    if (begin_searches(processes)) {
        search(processes);
    }
    counters_.budget_spent += spent_ ? 1 : 0;
    count_open();
    open_.clear();
    wanted_.clear();
    eligible_.clear();
    forget_sockets(alive.size());
}

OwnerAnswer OwnerResolver::owner_of(std::uint64_t inode) const {
    const auto at = sockets_.find(inode);
    if (at == sockets_.end() || at->second.seen != poll_) {
        return {};
    }
    return {.search = at->second.search, .process = at->second.owner};
}

std::string OwnerResolver::note() const {
    std::size_t denied = 0;
    std::size_t holding = 0;
    for (const auto& [pid, process] : processes_) {
        denied += process.denied ? 1 : 0;
        holding += process.denied || process.links > 0 ? 1 : 0;
    }
    if (denied * kFewDenied <= holding) {
        return {};
    }
    return "sockets of some processes cannot be told: their descriptors may be read with "
           "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH; without them flows have user and cgroup only";
}

std::int64_t OwnerResolver::spent_ns() const {
    return options_.cpu_clock() - began_ns_;
}

// At least one step is made in a poll, so that every budget makes progress.
bool OwnerResolver::is_spent() {
    if (!spent_ && budget_ns_ > 0 && steps_ > 0) {
        spent_ = spent_ns() >= budget_ns_;
    }
    return spent_;
}

void OwnerResolver::update_processes(const ProcessList& list) {
    std::vector<std::int32_t> owners;
    for (const std::int32_t pid : list.gone()) {
        const auto at = processes_.find(pid);
        if (at != processes_.end()) {
            if (at->second.owned > 0) {
                owners.push_back(pid);
            }
            processes_.erase(at);
        }
    }
    for (const std::int32_t pid : list.pids()) {
        processes_.try_emplace(pid);  // also what appeared in polls of the list that passed us by
    }
    if (!owners.empty()) {
        orphan(owners);
    }
    if (processes_.size() != list.pids().size()) {
        std::erase_if(processes_, [&list](const auto& entry) {
            return !std::ranges::binary_search(list.pids(), entry.first);
        });
    }
}

// Sockets of processes that are gone and that live on are in other processes. Requires: ascending.
void OwnerResolver::orphan(std::span<const std::int32_t> pids) {
    for (auto& [inode, socket] : sockets_) {
        if (socket.search == OwnerSearch::kFound &&
            std::ranges::binary_search(pids, socket.owner.pid)) {
            restart(socket);
            socket.orphaned = true;
        }
    }
}

// Its owner, if it has one, has one socket less.
void OwnerResolver::disown(const Socket& socket) {
    if (socket.search == OwnerSearch::kFound) {
        const auto owner = processes_.find(socket.owner.pid);
        if (owner != processes_.end() && owner->second.owned > 0) {
            --owner->second.owned;
        }
    }
}

void OwnerResolver::restart(Socket& socket) {
    disown(socket);
    socket.owner = {};
    socket.search = OwnerSearch::kPending;
    socket.searching = true;
    socket.orphaned = false;
    socket.since = poll_;
    socket.retry_at = 0;
    socket.back_off = 0;
}

// The pid of an owner is another process's now.
void OwnerResolver::note_reuse(std::int32_t pid, Process& process) {
    ++counters_.pids_reused;
    const std::array<std::int32_t, 1> reused{pid};
    orphan(reused);
    process.owned = 0;
}

// Looks whether a few owners are still who they were, each poll at others: the list of pids does
// not tell when a pid is used again between two polls.
void OwnerResolver::verify_some(const ProcessList& list) {
    constexpr std::size_t kVerified = 4;
    constexpr std::size_t kLookedAt = 512;
    const std::span<const std::int32_t> pids = list.pids();
    const auto from = std::ranges::lower_bound(pids, verify_from_);
    const auto begin = static_cast<std::size_t>(from - pids.begin());
    std::size_t verified = 0;
    for (std::size_t i = 0; i < std::min(pids.size(), kLookedAt) && verified < kVerified; ++i) {
        const std::int32_t pid = pids[(begin + i) % pids.size()];
        verify_from_ = pid + 1;
        Process& process = processes_.at(pid);
        if (process.owned == 0) {
            continue;
        }
        ++verified;
        const auto stat = scan_.read_stat(root_->descriptor(), ProcPath(pid, "stat").text());
        if (stat && stat->start_time != process.start_time) {
            note_reuse(pid, process);
            process = {};
        }
    }
}

void OwnerResolver::update_sockets(std::span<const SocketInode> alive) {
    for (const SocketInode& row : alive) {
        if (row.inode == 0) {
            continue;
        }
        auto at = sockets_.find(row.inode);
        if (at == sockets_.end()) {
            if (sockets_.size() >= options_.inodes_max) {
                ++counters_.inodes_left_out;
                continue;
            }
            at = sockets_.try_emplace(row.inode).first;
        }
        Socket& socket = at->second;
        if (socket.seen == poll_) {
            continue;
        }
        if (socket.seen + 1 != poll_) {  // new, or its number is used again
            restart(socket);
        }
        socket.seen = poll_;
        socket.cgroup_id = row.cgroup_id;
        if (socket.search != OwnerSearch::kFound || socket.searching) {
            open_.push_back(&socket);
        }
    }
}

void OwnerResolver::forget_sockets(std::size_t alive) {
    if (sockets_.size() <= alive + kDeadSocketsMax && sockets_.size() < options_.inodes_max) {
        return;
    }
    for (auto at = sockets_.begin(); at != sockets_.end();) {
        if (at->second.seen == poll_) {
            ++at;
        } else {
            disown(at->second);
            at = sockets_.erase(at);
        }
    }
}

// Returns whether anything is to be searched in this poll.
bool OwnerResolver::begin_searches(const ProcessList& list) {
    const bool any = std::ranges::any_of(open_, [this](const Socket* socket) {
        return socket->searching || socket->retry_at <= poll_;
    });
    if (!any) {
        return false;
    }
    const bool changed = count_descriptors(list);
    for (Socket* socket : open_) {
        if (socket->searching || socket->retry_at > poll_) {
            continue;
        }
        if (changed) {
            socket->searching = true;
            socket->since = poll_;
        } else {
            socket->retry_at = poll_ + socket->back_off;
        }
    }
    std::ranges::copy_if(open_, std::back_inserter(wanted_), &Socket::searching);
    return !wanted_.empty();
}

// Returns whether some process was not read since the number of its descriptors changed; true where
// the kernel does not tell. Takes half of the budget at most and goes on there in the next poll.
bool OwnerResolver::count_descriptors(const ProcessList& list) {
    if (!counting_) {
        return true;
    }
    constexpr std::size_t kBetweenChecks = 64;
    const std::span<const std::int32_t> pids = list.pids();
    const auto from = std::ranges::lower_bound(pids, count_from_);
    const auto begin = static_cast<std::size_t>(from - pids.begin());
    count_from_ = 0;
    for (std::size_t i = 0; i < pids.size(); ++i) {
        const std::int32_t pid = pids[(begin + i) % pids.size()];
        if (i > 0 && i % kBetweenChecks == 0 && budget_ns_ > 0 && spent_ns() >= budget_ns_ / 2) {
            count_from_ = pid;
            break;
        }
        Process& process = processes_.at(pid);
        const std::int64_t descriptors = list.descriptor_count(pid);
        if (descriptors >= 0 && descriptors != process.descriptors) {
            process.descriptors = descriptors;
            process.changed = true;
        }
    }
    return std::ranges::any_of(processes_, [](const auto& entry) { return entry.second.changed; });
}

void OwnerResolver::found(
    std::uint64_t inode, std::int32_t pid, int directory, const char* stat_path
) {
    const auto at = sockets_.find(inode);
    if (at == sockets_.end() || at->second.seen != poll_) {
        return;
    }
    Process& process = processes_.at(pid);
    if (!identify(pid, process, directory, stat_path)) {
        return;  // it is ending, and with it what it holds
    }
    offer(at->second, pid, process);
}

// Of several holders the one that started first owns it.
void OwnerResolver::offer(Socket& socket, std::int32_t pid, Process& process) {
    const bool later =
        socket.search == OwnerSearch::kFound &&
        std::tie(socket.owner.start_time, socket.owner.pid) <= std::tie(process.start_time, pid);
    if (!later) {
        give(socket, pid, process);
    }
}

// Reads once a scan who is being scanned.
bool OwnerResolver::identify(
    std::int32_t pid, Process& process, int directory, const char* stat_path
) {
    if (identified_ == scans_) {
        return process.identified;
    }
    identified_ = scans_;
    const std::optional<ProcessStat> stat = scan_.read_stat(directory, stat_path);
    if (!stat) {
        process.identified = false;
        return false;
    }
    if (process.owned > 0 && process.start_time != stat->start_time) {
        note_reuse(pid, process);
    }
    process.start_time = stat->start_time;
    process.parent = stat->parent;
    process.identified = true;
    return true;
}

void OwnerResolver::give(Socket& socket, std::int32_t pid, Process& process) {
    disown(socket);
    socket.owner = {.pid = pid, .start_time = process.start_time};
    socket.search = OwnerSearch::kFound;
    socket.searching = socket.orphaned;
    ++process.owned;
    ++given_;
    if (process.scanned == 0 && (fresh_.empty() || fresh_.back() != pid)) {
        fresh_.push_back(pid);
    }
    touch_recent(pid);
}

void OwnerResolver::touch_recent(std::int32_t pid) {
    constexpr std::size_t kRecentMax = 64;
    if (!recent_.empty() && recent_.front() == pid) {
        return;
    }
    std::erase(recent_, pid);
    if (recent_.size() == kRecentMax) {
        recent_.pop_back();
    }
    recent_.insert(recent_.begin(), pid);
}

void OwnerResolver::count_open() {
    counters_.pending = 0;
    counters_.negative = 0;
    for (const Socket* socket : open_) {
        counters_.pending += socket->search == OwnerSearch::kPending ? 1 : 0;
        counters_.negative +=
            socket->search != OwnerSearch::kPending && socket->search != OwnerSearch::kFound ? 1
                                                                                             : 0;
    }
}

// What was looked for everywhere and not found is nobody's for a while.
void OwnerResolver::conclude(const ProcessList& list) {
    const std::uint64_t scanned = oldest(&Process::scanned);
    const std::uint64_t covered = std::min(scanned, oldest(&Process::threads_scanned));
    const bool denied =
        !asked_ &&
        (list.hides() || list.left_out() > 0 ||
         std::ranges::any_of(processes_, [](const auto& entry) { return entry.second.denied; }));
    for (Socket* socket : eligible_) {
        if (socket->search == OwnerSearch::kFound) {
            socket->orphaned = socket->orphaned && socket->since > scanned;
            socket->searching = socket->orphaned;
            continue;
        }
        if (!socket->searching || socket->since > covered) {
            continue;
        }
        socket->searching = false;
        socket->search = denied ? OwnerSearch::kDenied : OwnerSearch::kNobody;
        socket->back_off = std::clamp(socket->back_off * 2, 1U, kBackOffMax);
        socket->retry_at = poll_ + socket->back_off;
    }
}

}  // namespace flowgauge
