#include "visibility/events/perf_record.h"

#include "visibility/events/program_table.h"
#include "visibility/sockets/socket_ends.h"

#include <linux/perf_event.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace flowgauge {
namespace {

constexpr std::uint16_t kFamilyV4 = 2;
constexpr std::uint16_t kFamilyV6 = 10;

constexpr std::size_t kHeaderBytes = sizeof(perf_event_header);
constexpr std::size_t kSampleIdBytes = 16;  // pid, tid, time: at the end of all but samples
constexpr std::size_t kRawAt = 28;          // header, pid, tid, time, size of what follows
constexpr std::size_t kTaskBytes = 24;      // pid, parent, tid, parent's tid, time
constexpr std::size_t kCommAt = 16;         // header, pid, tid

// One record where it lies, perhaps around the end of the ring. Reads outside of it give zeros.
class RecordBytes {
public:
    RecordBytes(std::span<const std::uint8_t> ring, std::uint64_t start, std::size_t size) noexcept
        : ring_(ring),
          start_(start),
          size_(size) {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    void copy(std::size_t offset, std::uint8_t* to, std::size_t count) const noexcept {
        if (offset > size_ || size_ - offset < count) {
            std::memset(to, 0, count);
            return;
        }
        const auto at = static_cast<std::size_t>((start_ + offset) & (ring_.size() - 1));
        const std::size_t first = std::min(count, ring_.size() - at);
        std::memcpy(to, ring_.data() + at, first);
        std::memcpy(to + first, ring_.data(), count - first);
    }

    template <typename Value>
    [[nodiscard]] Value get(std::size_t offset) const noexcept {
        std::array<std::uint8_t, sizeof(Value)> bytes{};
        copy(offset, bytes.data(), bytes.size());
        Value value{};
        std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    }

private:
    std::span<const std::uint8_t> ring_;
    std::uint64_t start_;
    std::size_t size_;
};

[[nodiscard]] IpAddress v4_at(const RecordBytes& bytes, std::size_t offset) noexcept {
    std::array<std::uint8_t, 4> text{};
    bytes.copy(offset, text.data(), text.size());
    return ipv4_address(text.data());
}

[[nodiscard]] IpAddress v6_at(const RecordBytes& bytes, std::size_t offset) noexcept {
    std::array<std::uint8_t, 16> text{};
    bytes.copy(offset, text.data(), text.size());
    return ipv6_address(text.data());
}

void read_state_change(
    const RecordBytes& bytes, const StateChangeLayout& layout, PerfRecord& record
) noexcept {
    record.kind = PerfRecordKind::kStateChange;
    record.socket = bytes.get<std::uint64_t>(kRawAt + layout.socket);
    record.old_state = bytes.get<std::int32_t>(kRawAt + layout.old_state);
    record.new_state = bytes.get<std::int32_t>(kRawAt + layout.new_state);
    record.key.protocol = 6;
    record.key.local_port = bytes.get<std::uint16_t>(kRawAt + layout.source_port);
    record.key.remote_port = bytes.get<std::uint16_t>(kRawAt + layout.destination_port);
    const auto family = bytes.get<std::uint16_t>(kRawAt + layout.family);
    if (family == kFamilyV4) {
        record.key.ip_version = 4;
        record.key.local = v4_at(bytes, kRawAt + layout.source_v4);
        record.key.remote = v4_at(bytes, kRawAt + layout.destination_v4);
    } else if (family == kFamilyV6) {
        set_ipv6_ends(
            record.key,
            v6_at(bytes, kRawAt + layout.source_v6),
            v6_at(bytes, kRawAt + layout.destination_v6)
        );
    } else {
        record.kind = PerfRecordKind::kOther;
    }
}

// The end of the text that the word at `field` leads to: its place among the raw bytes, and above
// that its length with the zero at its end.
[[nodiscard]] PathEnd path_at(
    const RecordBytes& bytes, std::size_t raw, std::size_t field
) noexcept {
    const auto word = bytes.get<std::uint32_t>(kRawAt + field);
    const std::size_t at = word & 0xffffU;
    std::size_t size = word >> 16U;
    PathEnd path;
    if (size == 0 || at > raw || size > raw - at) {
        return path;
    }
    --size;
    const std::size_t kept = std::min(size, PathEnd::kBytesMax);
    path.whole = kept == size;
    std::array<std::uint8_t, PathEnd::kBytesMax> text{};
    bytes.copy(kRawAt + at + size - kept, text.data(), kept);
    std::memcpy(path.bytes.data(), text.data(), kept);
    path.size = static_cast<std::uint8_t>(std::min(path.text().find('\0'), kept));
    return path;
}

void read_program(
    const RecordBytes& bytes, std::size_t raw, const ProgramLayout& layout, PerfRecord& record
) noexcept {
    const PathEnd file = path_at(bytes, raw, layout.file);
    const std::string_view name = last_component(file.text());
    record.kind = PerfRecordKind::kProgram;
    record.path = path_at(bytes, raw, layout.path);
    // The kernel names the process so: kbasename() in begin_new_exec(), fs/exec.c.
    name.substr(0, record.name.size() - 1).copy(record.name.data(), record.name.size() - 1);
}

// What tracepoints write begins with two bytes that say which of them.
void read_sample(
    const RecordBytes& bytes, const RecordLayouts& layouts, PerfRecord& record
) noexcept {
    const std::size_t raw = bytes.get<std::uint32_t>(kRawAt - 4);
    const bool of_program =
        layouts.program.type != 0 && bytes.get<std::uint16_t>(kRawAt) == layouts.program.type;
    const std::size_t least = of_program ? layouts.program.bytes : layouts.state_change.bytes;
    if (bytes.size() < kRawAt || raw > bytes.size() - kRawAt || raw < least) {
        record.kind = PerfRecordKind::kUnread;
        return;
    }
    record.pid = bytes.get<std::int32_t>(kHeaderBytes);
    record.time = bytes.get<std::int64_t>(16);
    if (of_program) {
        read_program(bytes, raw, layouts.program, record);
    } else {
        read_state_change(bytes, layouts.state_change, record);
    }
}

// FORK and EXIT; those of threads are nothing to us.
void read_task(const RecordBytes& bytes, bool fork, PerfRecord& record) noexcept {
    if (bytes.size() < kHeaderBytes + kTaskBytes) {
        record.kind = PerfRecordKind::kUnread;
        return;
    }
    const auto pid = bytes.get<std::int32_t>(kHeaderBytes);
    const auto parent = bytes.get<std::int32_t>(kHeaderBytes + 4);
    const auto thread = bytes.get<std::int32_t>(kHeaderBytes + 8);
    record.pid = pid;
    record.time = bytes.get<std::int64_t>(kHeaderBytes + 16);
    if (fork && pid != parent) {
        record.kind = PerfRecordKind::kFork;
        record.parent = parent;
    } else if (!fork && pid == thread) {
        record.kind = PerfRecordKind::kExit;
    }
}

void read_comm(const RecordBytes& bytes, bool exec, PerfRecord& record) noexcept {
    if (bytes.size() < kCommAt + kSampleIdBytes) {
        record.kind = PerfRecordKind::kUnread;
        return;
    }
    record.pid = bytes.get<std::int32_t>(kHeaderBytes);
    if (record.pid != bytes.get<std::int32_t>(kHeaderBytes + 4)) {
        return;  // the name of a thread
    }
    record.kind = exec ? PerfRecordKind::kExec : PerfRecordKind::kRename;
    std::array<std::uint8_t, 16> text{};
    const std::size_t room = bytes.size() - kCommAt - kSampleIdBytes;
    bytes.copy(kCommAt, text.data(), std::min(text.size() - 1, room));
    std::memcpy(record.name.data(), text.data(), text.size());
}

void read_lost(const RecordBytes& bytes, std::size_t count_at, PerfRecord& record) noexcept {
    if (bytes.size() < count_at + 8 + kSampleIdBytes) {
        record.kind = PerfRecordKind::kUnread;
        return;
    }
    record.kind = PerfRecordKind::kLost;
    record.lost = bytes.get<std::uint64_t>(count_at);
}

void read_body(
    const RecordBytes& bytes,
    const perf_event_header& header,
    const RecordLayouts& layouts,
    PerfRecord& record
) noexcept {
    if (header.type != PERF_RECORD_SAMPLE && bytes.size() >= kHeaderBytes + kSampleIdBytes) {
        record.time = bytes.get<std::int64_t>(bytes.size() - 8);
    }
    switch (header.type) {
    case PERF_RECORD_SAMPLE:
        read_sample(bytes, layouts, record);
        break;
    case PERF_RECORD_FORK:
    case PERF_RECORD_EXIT:
        read_task(bytes, header.type == PERF_RECORD_FORK, record);
        break;
    case PERF_RECORD_COMM:
        read_comm(bytes, (header.misc & PERF_RECORD_MISC_COMM_EXEC) != 0, record);
        break;
    case PERF_RECORD_LOST:
        read_lost(bytes, kHeaderBytes + 8, record);  // behind the id of the event
        break;
    case PERF_RECORD_LOST_SAMPLES:
        read_lost(bytes, kHeaderBytes, record);
        break;
    default:
        break;
    }
}

}  // namespace

bool read_record(RingWindow& window, const RecordLayouts& layouts, PerfRecord& record) noexcept {
    if (window.tail == window.head) {
        return false;
    }
    record = {};
    const std::uint64_t waiting = window.head - window.tail;
    const RecordBytes start(window.bytes, window.tail, kHeaderBytes);
    const auto header = start.get<perf_event_header>(0);
    // Without its length the next record cannot be found.
    if (waiting > window.bytes.size() || waiting < kHeaderBytes || header.size < kHeaderBytes ||
        header.size > waiting) {
        window.tail = window.head;
        record.kind = PerfRecordKind::kUnread;
        return true;
    }
    const RecordBytes bytes(window.bytes, window.tail, header.size);
    window.tail += header.size;
    read_body(bytes, header, layouts, record);
    return true;
}

}  // namespace flowgauge
