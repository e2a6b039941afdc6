#include "visibility/socket_observer.h"

#include "core/base/hash.h"
#include "visibility/clock_reading.h"

#include <algorithm>
#include <utility>

namespace flowgauge {
namespace {

// A flood of events must not keep the poller from its other work for ever.
constexpr int kDrainRoundsMax = 16;

}  // namespace

Result<std::unique_ptr<SocketObserver>> SocketObserver::open(ObserverOptions options) {
    Result<ProcRoot> root = ProcRoot::open(options.proc_root);
    if (!root) {
        return std::move(root).error();
    }
    Result<SocketTable> table = SocketTable::open(
        {.proc_root = options.proc_root,
         .own_namespace_only = options.own_namespace_only,
         .source = options.table,
         .rows_max = options.sockets_max}
    );
    if (!table) {
        return std::move(table).error();
    }
    return std::unique_ptr<SocketObserver>(
        new SocketObserver(std::move(options), std::move(root).value(), std::move(table).value())
    );
}

SocketObserver::SocketObserver(ObserverOptions options, ProcRoot root, SocketTable table)
    : options_(std::move(options)),
      root_(std::move(root)),
      table_(std::move(table)),
      cache_(root_, cgroups_, users_, {.command_lines = options_.command_lines}),
      processes_(root_),
      name_spaces_(root_),
      events_(open_event_source(options_.events, event_notes_)),
      holders_(open_holders()),
      resolver_(
          root_, &cgroups_, {.inodes_max = options_.sockets_max, .ask_kernel = holder_question()}
      ),
      event_owners_(root_, cache_),
      history_(
          options_.sockets_max, std::chrono::nanoseconds(options_.retention).count(), random_seed()
      ) {
    if (events_ != nullptr) {
        told_since_ = options_.clock();
    }
}

// Where BPF loads at all.
std::unique_ptr<SocketHolders> SocketObserver::open_holders() {
    return events_ != nullptr && events_->name() == "bpf" ? SocketHolders::open(event_notes_)
                                                          : nullptr;
}

std::function<bool(std::vector<SocketHolder>&)> SocketObserver::holder_question() {
    if (holders_ == nullptr) {
        return {};
    }
    return [this](std::vector<SocketHolder>& holders) {
        const bool complete = holders_->read(held_);
        for (const HeldSocket& held : held_) {
            holders.push_back(
                {.inode = held.row.inode,
                 .process = {.pid = held.pid, .start_time = held.start_ticks}}
            );
        }
        return complete;
    };
}

void SocketObserver::set_retention(std::chrono::milliseconds retention) {
    history_.set_retention(std::chrono::nanoseconds(retention).count());
}

std::shared_ptr<const Snapshot> SocketObserver::look(
    std::int64_t search_budget_ns, std::chrono::nanoseconds period
) {
    parts_.period = period.count();
    cache_.begin_poll(std::chrono::steady_clock::now());
    const std::uint64_t began = thread_cpu_time();
    processes_.poll();
    name_spaces_.poll(processes_, std::chrono::steady_clock::now());
    const std::uint64_t listed = thread_cpu_time();
    read_table();
    const std::uint64_t read = thread_cpu_time();
    find_owners(search_budget_ns);
    const std::uint64_t found = thread_cpu_time();
    history_.forget(options_.clock());
    std::shared_ptr<const Snapshot> snapshot = publish();
    counters_.last_table_ns = read - listed;
    counters_.last_owner_ns = (listed - began) + (found - read);
    counters_.last_publish_ns = thread_cpu_time() - found;
    counters_.table_ns += counters_.last_table_ns;
    counters_.owner_ns += counters_.last_owner_ns;
    counters_.publish_ns += counters_.last_publish_ns;
    count();
    return snapshot;
}

// Events that came before the table was read are noted first, so that its sockets meet them.
void SocketObserver::read_table() {
    const std::span<const NamespaceProcess> others = options_.own_namespace_only
                                                         ? std::span<const NamespaceProcess>()
                                                         : name_spaces_.namespaces();
    const LookTime from = options_.clock();
    table_numbers_ = table_.read(others, rows_);
    const LookTime to = options_.clock();
    drain();
    const bool complete = table_numbers_.inconsistent == 0 && table_numbers_.cut == 0;
    history_.look({.rows = rows_, .from = from, .to = std::max(from, to), .complete = complete});
    name_spaces_known_ = std::max<std::size_t>(1, name_spaces_.namespaces().size());
}

void SocketObserver::drain() {
    if (events_ == nullptr) {
        return;
    }
    event_owners_.begin_drain();
    const LookTime ahead = options_.clock() - read_clock(CLOCK_MONOTONIC);
    bool more = true;
    for (int round = 0; more && round < kDrainRoundsMax; ++round) {
        batch_.clear();
        more = events_->drain(batch_);
        for (const ProcessEvent& event : batch_.processes) {
            event_owners_.note(event);
            if (event.kind == ProcessEventKind::kExec || event.kind == ProcessEventKind::kRename) {
                changed_.insert(event.pid);
            }
        }
        for (const SocketEvent& event : batch_.sockets) {
            tell(event, ahead);
        }
        counters_.events_process += batch_.processes.size();
        counters_.events_lost += batch_.lost + batch_.forgotten + batch_.unread;
        if (batch_.lost + batch_.forgotten + batch_.unread > 0) {
            told_since_ = batch_.complete + ahead;
        }
    }
    told_until_ = batch_.complete + ahead;
}

void SocketObserver::tell(const SocketEvent& event, LookTime ahead) {
    const EventOwner who = event_owners_.find(event);
    history_.tell(
        {.key = event.key,
         .at = event.time + ahead,
         .ended = event.ended == 0 ? 0 : event.ended + ahead,
         .listens = event.kind == SocketEventKind::kListen,
         .name_space = who.name_space,
         .cookie = event.cookie,
         .owner = who.owner}
    );
    switch (event.kind) {
    case SocketEventKind::kConnect:
        ++counters_.events_connect;
        break;
    case SocketEventKind::kListen:
        ++counters_.events_listen;
        break;
    case SocketEventKind::kSend:
        ++counters_.events_send;
        break;
    }
}

void SocketObserver::find_owners(std::int64_t search_budget_ns) {
    inodes_.clear();
    for (const SocketRow& row : rows_) {
        if (row.inode != 0) {
            inodes_.push_back({.inode = row.inode, .cgroup_id = row.cgroup_id});
        }
    }
    const std::uint64_t links = resolver_.counters().links_read;
    resolver_.resolve(processes_, inodes_, search_budget_ns);
    fresh_.clear();
    history_.own([this](std::uint64_t inode, std::uint32_t uid, std::uint64_t cgroup_id) {
        return owner_of(inode, uid, cgroup_id);
    });
    if (!processes_.gone().empty() || !changed_.empty() ||
        links != resolver_.counters().links_read) {
        follow_processes();
    }
    if (std::exchange(must_replace_, false)) {
        history_.replace_owners([this](const SocketOwner& owner) {
            return owner.pid >= 0 && owner.start != 0
                       ? cache_.find({.pid = owner.pid, .start_time = owner.start})
                       : nullptr;
        });
    }
}

// A process with a socket that is new may run another program than when it was last looked at.
FoundOwner SocketObserver::owner_of(
    std::uint64_t inode, std::uint32_t uid, std::uint64_t cgroup_id
) {
    const OwnerAnswer answer = resolver_.owner_of(inode);
    OwnerReason reason = OwnerReason::kUnseen;
    if (answer.search == OwnerSearch::kFound) {
        if (fresh_.insert(answer.process.pid).second) {
            static_cast<void>(cache_.refresh(answer.process.pid));
        }
        if (SharedOwner owner = cache_.find(answer.process)) {
            return {.owner = std::move(owner), .reason = OwnerReason::kOk};
        }
    } else if (answer.search == OwnerSearch::kNobody) {
        reason = OwnerReason::kNoFd;
    } else if (answer.search == OwnerSearch::kDenied) {
        reason = OwnerReason::kDenied;
    }
    return {.owner = cache_.owner_of_socket(uid, cgroup_id), .reason = reason};
}

// Sockets outlive the process that made them where others have inherited them, and the program that
// made them where that has started another.
void SocketObserver::follow_processes() {
    std::unordered_set<std::int32_t> changed;  // of those with sockets: most programs have none
    history_.each_owner([&](const SocketOwner& owner) {
        if (changed_.contains(owner.pid) && changed.insert(owner.pid).second &&
            fresh_.insert(owner.pid).second) {
            static_cast<void>(cache_.refresh(owner.pid));
        }
    });
    changed_.clear();
    const auto is_gone = [this](std::int32_t pid) {
        return !std::ranges::binary_search(processes_.pids(), pid);
    };
    history_.follow(
        options_.clock(),
        [&](const SocketOwner& owner, std::uint64_t inode, bool told) -> Succession {
            if (changed.contains(owner.pid)) {
                SharedOwner next = cache_.find({.pid = owner.pid, .start_time = owner.start});
                return next == nullptr || *next == owner
                           ? Succession{}
                           : Succession{.owner = std::move(next), .is_new = true};
            }
            const OwnerAnswer answer = resolver_.owner_of(inode);
            const bool gone = is_gone(owner.pid);
            if (answer.search != OwnerSearch::kFound || answer.process.pid == owner.pid ||
                (told && !gone)) {
                return {};
            }
            return {.owner = cache_.find(answer.process), .is_new = gone};
        }
    );
}

void SocketObserver::tidy_up() {
    must_replace_ = cache_.resolve_users() || must_replace_;
}

std::shared_ptr<const Snapshot> SocketObserver::publish() {
    const std::shared_ptr<const LocalAddresses> addresses =
        table_.local_addresses(read_clock(CLOCK_MONOTONIC));
    if (history_.has_changed() || parts_.owners == nullptr) {
        parts_.owners = history_.owners();
        parts_.sightings = history_.table();
    }
    parts_.addresses = addresses;
    parts_.covered =
        events_ == nullptr ? history_.covered() : std::min(history_.covered(), told_until_);
    parts_.told_since = told_since_;
    parts_.own_name_space = table_.own_namespace();
    parts_.name_spaces = name_spaces_known_;
    return std::make_shared<const Snapshot>(parts_);
}

void SocketObserver::count() {
    const HistoryCounters history = history_.counters();
    const OwnerCounters& search = resolver_.counters();
    ++counters_.polls;
    counters_.polls_inconsistent += table_numbers_.inconsistent == 0 ? 0 : 1;
    counters_.sockets_tcp = table_numbers_.tcp;
    counters_.sockets_udp = table_numbers_.udp;
    counters_.sockets = rows_.size();
    counters_.history = history.kept;
    counters_.history_evicted = history.evicted;
    counters_.sockets_unowned = history.unowned;
    counters_.processes = processes_.pids().size();
    counters_.namespaces = table_numbers_.namespaces;
    counters_.namespaces_skipped = table_numbers_.namespaces_skipped + name_spaces_.left_out();
    counters_.scans_by_hint = search.scans_by_hint;
    counters_.scans_recent = search.scans_recent + search.scans_by_cgroup + search.scans_of_parents;
    counters_.scans_full = search.scans_full;
    counters_.scans_of_threads = search.scans_of_threads;
    counters_.scans_by_kernel = search.scans_by_kernel;
    counters_.links_read = search.links_read;
    counters_.negative_cache = search.negative;
    counters_.processes_vanished = search.vanished + cache_.vanished();
    counters_.denied = search.denied + cache_.denied() + name_spaces_.denied();
    counters_.covered_ms = static_cast<std::uint64_t>(parts_.covered / 1'000'000);
    counters_.snapshot_bytes = parts_.sightings->bytes();
}

VisibilityState SocketObserver::state() const {
    VisibilityState state;
    state.on = true;
    state.table = table_.source();
    state.events = events_ == nullptr ? std::string_view("off") : events_->name();
    state.notes = event_notes_;
    state.notes.insert(state.notes.end(), table_.notes().begin(), table_.notes().end());
    for (std::string note : {processes_.note(), resolver_.note(), name_spaces_.note()}) {
        if (!note.empty()) {
            state.notes.push_back(std::move(note));
        }
    }
    return state;
}

}  // namespace flowgauge
