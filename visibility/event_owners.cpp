#include "visibility/event_owners.h"

#include "visibility/clock_reading.h"
#include "visibility/processes/process_text.h"

#include <unistd.h>

#include <array>
#include <limits>

namespace flowgauge {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

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
    if (found.owner != nullptr && !is_actor(found, event)) {
        found.owner = cache_.refresh(event.pid);
    }
    if (found.owner != nullptr && is_actor(found, event)) {
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
    return {
        .owner = cache_.owner_of_event(event.pid, text_of(event.name), event.uid, event.cgroup_id)};
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
    static const std::int64_t ticks_per_second = ::sysconf(_SC_CLK_TCK);
    const SocketOwner& owner = *who.owner;
    const std::int64_t started =
        static_cast<std::int64_t>(owner.start) * (kNanosecondsPerSecond / ticks_per_second) -
        boot_ahead_;
    const std::string_view told = text_of(event.name);
    return started <= event.time &&
           (told.empty() || std::string_view(owner.name).substr(0, told.size()) == told);
}

}  // namespace flowgauge
