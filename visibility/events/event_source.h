// open_event_source(): the best teller of socket events that this build and this host have.
#pragma once

#include "visibility/events/socket_event.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge {

enum class EventMode : std::uint8_t {
    kAuto,  // BPF where it is built in and loads, else perf, else none
    kPerf,  // a tracepoint by perf_event_open: connects and listens of TCP, processes
    kBpf,   // the same by BPF, with network namespace, cgroup and user, and senders of UDP
    kOff,
};

// Null: none, by wish or because the host allows none. Each that was tried in vain adds one
// sentence with cause and remedy to `notes`; so does one that works with less than it wants.
//
// Rights: perf CAP_PERFMON and to read tracefs; BPF CAP_BPF and CAP_PERFMON. Only here: what is
// open goes on telling when they are dropped. Processors that come online later are not heard by
// perf.
[[nodiscard]] std::unique_ptr<EventSource> open_event_source(
    EventMode mode, std::vector<std::string>& notes
);

}  // namespace flowgauge
