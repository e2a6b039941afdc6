// PerfRecord: one record of a ring that perf_event_open shares, and how its bytes are read.
//
// Source: perf_event_open(2) and include/uapi/linux/perf_event.h, for sample_type TID|TIME|RAW with
// sample_id_all; raw bytes of two tracepoints. The bytes are not trusted: whatever they say,
// nothing beside them is read and every walk over them ends.
#pragma once

#include "visibility/events/socket_event.h"
#include "visibility/events/tracepoint_layout.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace flowgauge {

enum class PerfRecordKind : std::uint8_t {
    kStateChange,  // of a TCP socket
    kFork,
    kExec,
    kProgram,  // that is executed: a moment before or after its kExec
    kRename,
    kExit,
    kLost,   // `lost` records before this one found no room
    kOther,  // nothing that we asked for, or of a thread
    kUnread  // too short for what it says it is
};

// The end of a path, which a name of the longest kind has room in.
struct PathEnd {
    static constexpr std::size_t kBytesMax = 255;  // NAME_MAX

    std::array<char, kBytesMax> bytes{};
    std::uint8_t size = 0;
    bool whole = true;

    [[nodiscard]] std::string_view text() const noexcept { return {bytes.data(), size}; }
};

struct PerfRecord {
    std::int64_t time = 0;     // CLOCK_MONOTONIC, ns
    std::uint64_t lost = 0;    // of kLost
    std::uint64_t socket = 0;  // of kStateChange: the kernel's address of it
    SocketKey key;             // of kStateChange
    std::int32_t old_state = 0;
    std::int32_t new_state = 0;
    std::int32_t pid = -1;     // of the process; of kStateChange whoever ran then
    std::int32_t parent = -1;  // of kFork
    CommText name{};           // of kExec, kProgram and kRename
    PathEnd path;              // of kProgram
    PerfRecordKind kind = PerfRecordKind::kOther;
};

// What waits in one ring: positions only grow, and are taken modulo the ring's size.
// Requires: bytes.size() is a power of two.
struct RingWindow {
    std::span<const std::uint8_t> bytes;
    std::uint64_t tail = 0;  // where reading goes on
    std::uint64_t head = 0;  // where the kernel will write next
};

// Reads the record at `window.tail` and moves the tail behind it. Returns false when none is left.
// Bytes that cannot be a record end the window, as one record kUnread.
[[nodiscard]] bool read_record(
    RingWindow& window, const RecordLayouts& layouts, PerfRecord& record
) noexcept;

}  // namespace flowgauge
