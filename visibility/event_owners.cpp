#include "visibility/event_owners.h"

#include "visibility/clock_reading.h"
#include "visibility/processes/process_text.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

// As /proc/PID would have it told.
std::string_view name_of(const SocketEvent& event) noexcept {
    const std::string_view file =
        event.program ? std::string_view(event.program->file_name) : std::string_view{};
    return full_name(text_of(event.name), file);
}

// Whether one is the other, or what the kernel kept of it; titles that programs give themselves go
// on behind their names, too.
bool are_one_name(std::string_view one, std::string_view other) noexcept {
    const std::size_t size = std::min(one.size(), other.size());
    return one == other || (size >= kNameBytesMax && one.substr(0, size) == other.substr(0, size));
}

// Whether a process that /proc/PID calls `known`, in valid UTF-8, may be the one that the event
// names.
bool may_have_name(std::string_view known, const SocketEvent& event) {
    const std::string_view told = name_of(event);
    return told.empty() || are_one_name(known, told) || are_one_name(known, utf8_of(told)) ||
           known == utf8_of(text_of(event.name));
}

// Whether the event told more of the name.
bool is_longer_than(const SocketOwner& known, const SocketEvent& event) {
    const std::string told = utf8_of(name_of(event));
    const std::string& path = known.executable;
    return told.size() > known.name.size() && told.starts_with(known.name) &&
           (path.empty() || path.ends_with("/" + told));
}

// What /proc/PID says of a process that is ending lacks its arguments, and with them the end of a
// long name, and may lack the program: there the event knows more. Requires: they are of one
// process, whose arguments are gone. (With other arguments a name is cut as psutil cuts it, and so
// it is where the socket is found.)
SharedOwner completed(const SharedOwner& known, const SocketEvent& event) {
    SocketOwner whole = *known;
    whole.name = utf8_of(name_of(event));
    if (whole.executable.empty() && event.program != nullptr) {
        whole.executable = utf8_of(event.program->path);
    }
    return std::make_shared<const SocketOwner>(std::move(whole));
}

}  // namespace

void EventOwners::begin_drain() {
    looked_at_.clear();
    boot_ahead_ = read_clock(CLOCK_BOOTTIME) - read_clock(CLOCK_MONOTONIC);
}

void EventOwners::note(const ProcessEvent& event) {
    if (event.kind != ProcessEventKind::kFork && event.kind != ProcessEventKind::kExit) {
        return;
    }
    if (Remembered* known = remembered_.find(event.pid)) {
        known->until = std::min(known->until, event.time);
    }
}

EventOwner EventOwners::find(const SocketEvent& event) {
    EventOwner found;
    const auto looked = looked_at_.find(event.pid);
    if (looked != looked_at_.end() && is_actor(looked->second, event)) {
        found = looked->second;
    } else {
        found = look_at(event);
    }
    if (event.name_space != 0) {
        found.name_space = event.name_space;
    }
    return found;
}

// A process that is gone by now may have been looked at before; else there is what the event says.
EventOwner EventOwners::look_at(const SocketEvent& event) {
    EventOwner found{.owner = cache_.find(event.pid)};
    const std::string_view told = name_of(event);
    if (found.owner != nullptr && !told.empty() && found.owner->name != told) {
        found.owner = cache_.refresh(event.pid);
    }
    if (found.owner != nullptr && is_actor(found, event)) {
        if (is_longer_than(*found.owner, event) && !has_arguments(event.pid)) {
            found.owner = completed(found.owner, event);
        }
        found.name_space = name_space_of(event.pid);
        looked_at_[event.pid] = found;
        remembered_.put(
            event.pid, {.is = found, .until = std::numeric_limits<std::int64_t>::max()}
        );
        return found;
    }
    const Remembered* known = remembered_.find(event.pid);
    if (known != nullptr && event.time <= known->until && is_actor(known->is, event)) {
        return known->is;
    }
    const std::string_view path =
        event.program ? std::string_view(event.program->path) : std::string_view{};
    return {
        .owner = cache_.owner_of_event(
            {.pid = event.pid, .name = told, .executable = path}, event.uid, event.cgroup_id
        )};
}

bool EventOwners::has_arguments(std::int32_t pid) const {
    std::string text;
    return read_file(root_.descriptor(), ProcPath(pid, "cmdline").text(), 1, text) ==
               LookOutcome::kRead &&
           !text.empty();
}

std::uint32_t EventOwners::name_space_of(std::int32_t pid) const {
    std::array<char, 64> room{};
    std::string_view link;
    if (read_link(root_.descriptor(), ProcPath(pid, "ns/net").text(), room, link) !=
        LookOutcome::kRead) {
        return 0;
    }
    return static_cast<std::uint32_t>(inode_of_link(link, "net"));
}

// The process of that number must have been there at the event, with the name that it had then.
bool EventOwners::is_actor(const EventOwner& who, const SocketEvent& event) const noexcept {
    static const std::int64_t kTicksPerSecond = ::sysconf(_SC_CLK_TCK);
    const SocketOwner& owner = *who.owner;
    const std::int64_t started =
        static_cast<std::int64_t>(owner.start) * (kNanosecondsPerSecond / kTicksPerSecond) -
        boot_ahead_;
    return started <= event.time && may_have_name(owner.name, event);
}

}  // namespace flowgauge
