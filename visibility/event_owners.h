// EventOwners: what is known of the processes that events name, which may be gone already.
#pragma once

#include "core/base/recent_map.h"
#include "visibility/events/socket_event.h"
#include "visibility/processes/proc_root.h"
#include "visibility/processes/process_cache.h"

#include <cstdint>
#include <unordered_map>

namespace flowgauge {

struct EventOwner {
    SharedOwner owner;
    std::uint32_t name_space = 0;  // 0: not known
};

// Thread: one. Bounds: the processes whose last state is remembered; one look at each process a
// drain, or two if its name has changed.
class EventOwners {
public:
    // Requires: both outlive this.
    EventOwners(const ProcRoot& root, ProcessCache& cache) : root_(root), cache_(cache) {}

    // A drain begins: what was found out in the last one is looked at again.
    void begin_drain();

    // A process began or ended: what is remembered of its number is that of another from then on.
    void note(const ProcessEvent& event);

    // Who acted. The owner is never null.
    [[nodiscard]] EventOwner find(const SocketEvent& event);

private:
    static constexpr std::size_t kRememberedMax = 16'384;

    struct Remembered {
        EventOwner is;
        std::int64_t until = 0;  // another process has its number then
    };

    [[nodiscard]] EventOwner look_at(const SocketEvent& event);
    [[nodiscard]] bool has_arguments(std::int32_t pid) const;
    [[nodiscard]] std::uint32_t name_space_of(std::int32_t pid) const;
    [[nodiscard]] bool is_actor(const EventOwner& who, const SocketEvent& event) const noexcept;

    const ProcRoot& root_;
    ProcessCache& cache_;
    std::unordered_map<std::int32_t, EventOwner> looked_at_;  // in this drain
    RecentMap<std::int32_t, Remembered> remembered_{kRememberedMax};
    std::int64_t boot_ahead_ = 0;  // CLOCK_BOOTTIME less CLOCK_MONOTONIC
};

}  // namespace flowgauge
