// open_bpf_events(): socket events by BPF programs, where they are built in.
#pragma once

#include "core/base/result.h"
#include "visibility/events/socket_event.h"

#include <memory>
#include <string>
#include <vector>

namespace flowgauge {

// Whether this build has BPF programs (CMake option FLOWGAUGE_BPF).
[[nodiscard]] bool has_bpf() noexcept;

// Connects and listens of TCP and begin, rename and end of processes; senders of UDP where the
// kernel has their tracepoint, else a note. Memory: 4 MiB in the kernel for events, and 65,536
// connections that are being set up. Errors: what the host does not allow, and the remedy.
[[nodiscard]] Result<std::unique_ptr<EventSource>> open_bpf_events(std::vector<std::string>& notes);

}  // namespace flowgauge
