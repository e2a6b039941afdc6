// find_state_change(): the kernel's tracepoint of TCP's states, as its file system describes it.
#pragma once

#include "core/base/result.h"
#include "visibility/events/tracepoint_layout.h"

#include <cstdint>
#include <string>
#include <vector>

namespace flowgauge {

struct Tracepoint {
    std::uint64_t id = 0;
    StateChangeLayout layout;
};

// Looks in each directory in turn for events/sock/inet_sock_set_state. Errors: none of them is
// mounted, the files may not be read, the kernel has no such tracepoint or another than we know;
// with the remedy.
[[nodiscard]] Result<Tracepoint> find_state_change(const std::vector<std::string>& directories);

}  // namespace flowgauge
