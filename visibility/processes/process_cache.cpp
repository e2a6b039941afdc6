#include "visibility/processes/process_cache.h"

#include "core/base/hash.h"
#include "visibility/processes/cgroup_path.h"
#include "visibility/processes/process_text.h"

#include <functional>
#include <optional>
#include <utility>

namespace flowgauge {

std::size_t ProcessCache::Hash::operator()(const ProcessIdentity& id) const noexcept {
    return hash_words(0, static_cast<std::uint32_t>(id.pid), id.start_time);
}

std::size_t ProcessCache::Hash::operator()(const SocketId& id) const noexcept {
    return hash_words(0, static_cast<std::uint64_t>(id.uid), id.cgroup_id);
}

std::size_t ProcessCache::Hash::operator()(const EventId& id) const noexcept {
    const std::size_t name = std::hash<std::string>{}(id.name);
    return hash_words(operator()(id.socket), static_cast<std::uint32_t>(id.pid), name);
}

ProcessCache::ProcessCache(
    const ProcRoot& root, CgroupDirectory& cgroups, UserNames& users, ProcessCacheOptions options
)
    : cgroups_(&cgroups),
      users_(&users),
      reader_(root, options.command_lines),
      processes_(options.processes_max),
      sockets_(options.others_max),
      events_(options.others_max) {}

SharedOwner ProcessCache::find(ProcessIdentity process) {
    if (const SharedOwner* known = processes_.find(process)) {
        return *known;
    }
    return read(process.pid, process.start_time);
}

SharedOwner ProcessCache::find(std::int32_t pid) {
    const std::optional<ProcessReader::NameAlone> now = reader_.read_name(pid);
    return now ? find(now->identity) : nullptr;
}

SharedOwner ProcessCache::refresh(std::int32_t pid) {
    const std::optional<ProcessReader::NameAlone> now = reader_.read_name(pid);
    if (!now) {
        return nullptr;
    }
    const SharedOwner* known = processes_.find(now->identity);
    if (known != nullptr && (*known)->name == now->name) {
        return *known;
    }
    return read(pid, now->identity.start_time);
}

// Reads and remembers; null unless the process that has the pid started at that time.
SharedOwner ProcessCache::read(std::int32_t pid, std::uint64_t start_time) {
    std::optional<ProcessFacts> facts = reader_.read(pid);
    if (!facts || facts->identity.start_time != start_time) {
        return nullptr;
    }
    facts->owner.user = users_->find(facts->owner.uid, now_);
    return processes_.put(
        facts->identity, std::make_shared<const SocketOwner>(std::move(facts->owner))
    );
}

// Returns whether asking later would not tell more.
bool ProcessCache::describe(const SocketId& socket, SocketOwner& owner) {
    CgroupDirectory::Answer cgroup = cgroups_->path_of(socket.cgroup_id, now_);
    CgroupNames names = names_of_cgroup(cgroup.path);
    owner.uid = socket.uid;
    owner.user = users_->find(socket.uid, now_);
    owner.cgroup = std::move(cgroup.path);
    owner.container_id = std::move(names.container_id);
    owner.unit = std::move(names.unit);
    return cgroup.settled;
}

SharedOwner ProcessCache::owner_of_socket(std::int64_t uid, std::uint64_t cgroup_id) {
    const SocketId id{.uid = uid, .cgroup_id = cgroup_id};
    if (const SharedOwner* known = sockets_.find(id)) {
        return *known;
    }
    SocketOwner owner;
    const bool settled = describe(id, owner);
    auto shared = std::make_shared<const SocketOwner>(std::move(owner));
    return settled ? sockets_.put(id, std::move(shared)) : shared;
}

SharedOwner ProcessCache::owner_of_event(
    const ToldProcess& told, std::int64_t uid, std::uint64_t cgroup_id
) {
    EventId id{
        .socket = {.uid = uid, .cgroup_id = cgroup_id},
        .pid = told.pid,
        .name = utf8_of(told.name),
        .executable = utf8_of(told.executable)};
    if (const SharedOwner* known = events_.find(id)) {
        return *known;
    }
    SocketOwner owner;
    owner.pid = id.pid;
    owner.name = id.name;
    owner.executable = id.executable;
    const bool settled = describe(id.socket, owner);
    auto shared = std::make_shared<const SocketOwner>(std::move(owner));
    return settled ? events_.put(id, std::move(shared)) : shared;
}

// Gives owners the names that their users have by now.
template <typename Map>
void ProcessCache::name_users(Map& map) {
    map.for_each([this](const auto&, SharedOwner& owner) {
        std::string user = users_->find(owner->uid, now_);
        if (user != owner->user) {
            SocketOwner named = *owner;
            named.user = std::move(user);
            owner = std::make_shared<const SocketOwner>(std::move(named));
        }
    });
}

bool ProcessCache::resolve_users() {
    if (!users_->resolve(now_)) {
        return false;
    }
    name_users(processes_);
    name_users(sockets_);
    name_users(events_);
    return true;
}

}  // namespace flowgauge
