// PerfEvents: socket and process events out of a tracepoint, by perf_event_open alone.
#pragma once

#include "core/base/result.h"
#include "visibility/events/socket_event.h"

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge {

// Where the file system of tracepoints is mounted, by habit.
constexpr std::array<const char*, 2> kTracingDirectories{
    "/sys/kernel/tracing", "/sys/kernel/debug/tracing"};

struct PerfEventOptions {
    // Of one processor, a power of two; halved until the kernel takes it and all fit the next.
    std::size_t ring_bytes = std::size_t{2} << 20;
    std::size_t total_bytes_max = std::size_t{64} << 20;
    std::size_t records_max = 65'536;  // of one drain
    std::vector<std::string> tracing_directories{
        kTracingDirectories.begin(), kTracingDirectories.end()};
};

// Listens on every processor that is online. Memory: the rings, and at most about 20 MB for names,
// programs and connections that are being set up. A full ring loses what is newest, and says so.
// Errors: what the host does not allow, and what would allow it. A note: less memory than wanted.
[[nodiscard]] Result<std::unique_ptr<EventSource>> open_perf_events(
    const PerfEventOptions& options, std::vector<std::string>& notes
);

}  // namespace flowgauge
