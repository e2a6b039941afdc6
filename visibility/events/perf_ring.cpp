#include "visibility/events/perf_ring.h"

#include "core/base/format.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <system_error>

namespace flowgauge {
namespace {

constexpr int kProcessorsMax = 4'096;

// 2 is SYN_SENT and 10 is LISTEN. Of the dozen changes that a connection goes through, these two or
// three are written; the kernel leaves out the others for a tenth of their cost.
constexpr const char* kFilter = "protocol==6 && (newstate==2 || oldstate==2 || newstate==10)";

[[nodiscard]] std::size_t page_bytes() noexcept {
    return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// `ring`: bytes of what it writes into. What several events of one ring say must be read alike.
[[nodiscard]] perf_event_attr attributes(std::uint64_t tracepoint, std::size_t ring) noexcept {
    perf_event_attr attr{};
    attr.type = PERF_TYPE_TRACEPOINT;
    attr.size = sizeof attr;
    attr.config = tracepoint;
    attr.sample_period = 1;
    attr.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_RAW;
    attr.disabled = 1;
    // Wake-ups were nearly all of the cost of this: nobody is woken before the ring is full.
    attr.watermark = 1;
    attr.wakeup_watermark = static_cast<std::uint32_t>(ring);
    attr.sample_id_all = 1;
    attr.use_clockid = 1;
    attr.clockid = CLOCK_MONOTONIC;
    return attr;
}

[[nodiscard]] FileDescriptor open_event(const perf_event_attr& attr, int processor) noexcept {
    perf_event_attr wanted = attr;  // the kernel writes its size where it takes no other
    return FileDescriptor(static_cast<int>(
        ::syscall(SYS_perf_event_open, &wanted, -1, processor, -1, PERF_FLAG_FD_CLOEXEC)
    ));
}

[[nodiscard]] std::string paranoid_level() {
    const FileDescriptor file(::open("/proc/sys/kernel/perf_event_paranoid", O_RDONLY | O_CLOEXEC));
    std::array<char, 16> text{};
    const ssize_t count = file ? ::read(file.get(), text.data(), text.size() - 1) : 0;
    std::string level(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    level.erase(std::min(level.find('\n'), level.size()));
    return level.empty() ? "unknown" : level;
}

[[nodiscard]] Error refused(std::string_view what, int error) {
    if (error == EACCES || error == EPERM) {
        return {
            ErrorKind::kSystem,
            format(
                "{}: {}; it takes CAP_PERFMON (kernel.perf_event_paranoid is {})",
                what,
                std::generic_category().message(error),
                paranoid_level()
            )};
    }
    if (error == EMFILE || error == ENFILE) {
        return {
            ErrorKind::kSystem,
            format(
                "{}: {}; raise LimitNOFILE= of the service",
                what,
                std::generic_category().message(error)
            )};
    }
    return {ErrorKind::kSystem, format("{}: {}", what, std::generic_category().message(error))};
}

struct ProcessorEvent {
    FileDescriptor event;
    int processor = 0;
};

// Events of all processors that are online, filtered and not running yet.
[[nodiscard]] Result<std::vector<ProcessorEvent>> open_events(
    std::uint64_t tracepoint, std::size_t ring
) {
    perf_event_attr attr = attributes(tracepoint, ring);
    attr.comm = 1;
    attr.comm_exec = 1;
    attr.task = 1;
    std::vector<ProcessorEvent> events;
    const int processors =
        std::min(static_cast<int>(::sysconf(_SC_NPROCESSORS_CONF)), kProcessorsMax);
    for (int processor = 0; processor < processors; ++processor) {
        FileDescriptor event = open_event(attr, processor);
        if (!event && errno == ENODEV) {
            continue;  // offline
        }
        if (!event) {
            return refused("perf_event_open of sock:inet_sock_set_state", errno);
        }
        if (::ioctl(event.get(), PERF_EVENT_IOC_SET_FILTER, kFilter) != 0) {
            return refused("the filter of sock:inet_sock_set_state", errno);
        }
        events.push_back({.event = std::move(event), .processor = processor});
    }
    if (events.empty()) {
        return Error{ErrorKind::kSystem, "perf_event_open: no processor is online"};
    }
    return events;
}

// All rings of `bytes`, or errno. The events are closed when there are none: the next try opens
// others.
[[nodiscard]] std::pair<std::vector<PerfRing>, int> map_all(
    std::vector<ProcessorEvent> events, std::size_t bytes
) {
    std::vector<PerfRing> rings;
    for (ProcessorEvent& one : events) {
        auto [ring, error] = PerfRing::map(std::move(one.event), one.processor, bytes);
        if (error != 0) {
            return {std::vector<PerfRing>(), error};
        }
        rings.push_back(std::move(ring));
    }
    return {std::move(rings), 0};
}

// Lets the rings have the records of programs, too: all of them, or none. Returns errno.
[[nodiscard]] int add_programs(std::vector<PerfRing>& rings, std::uint64_t tracepoint) {
    std::vector<FileDescriptor> events;
    for (const PerfRing& ring : rings) {
        events.push_back(open_event(attributes(tracepoint, ring.bytes().size()), ring.processor()));
        if (!events.back() ||
            ::ioctl(events.back().get(), PERF_EVENT_IOC_SET_OUTPUT, ring.event()) != 0 ||
            ::ioctl(events.back().get(), PERF_EVENT_IOC_ENABLE, 0) != 0) {
            return errno;
        }
    }
    for (std::size_t i = 0; i < rings.size(); ++i) {
        rings[i].add(std::move(events[i]));
    }
    return 0;
}

// Lets them all run, now that none can fail any more.
[[nodiscard]] Result<std::vector<PerfRing>> enable(std::vector<PerfRing> rings) {
    for (const PerfRing& ring : rings) {
        if (::ioctl(ring.event(), PERF_EVENT_IOC_ENABLE, 0) != 0) {
            return refused("enabling sock:inet_sock_set_state", errno);
        }
    }
    return rings;
}

}  // namespace

std::pair<PerfRing, int> PerfRing::map(FileDescriptor event, int processor, std::size_t bytes) {
    PerfRing ring;
    ring.event_ = std::move(event);
    ring.processor_ = processor;
    const std::size_t page = page_bytes();
    void* memory =
        ::mmap(nullptr, page + bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring.event_.get(), 0);
    if (memory == MAP_FAILED) {
        return {PerfRing(), errno};
    }
    ring.page_ = memory;
    ring.bytes_ = {static_cast<const std::uint8_t*>(memory) + page, bytes};
    return {std::move(ring), 0};
}

PerfRing::PerfRing(PerfRing&& other) noexcept
    : event_(std::move(other.event_)),
      added_(std::move(other.added_)),
      processor_(other.processor_),
      page_(std::exchange(other.page_, nullptr)),
      bytes_(std::exchange(other.bytes_, {})) {}

PerfRing& PerfRing::operator=(PerfRing&& other) noexcept {
    std::swap(event_, other.event_);
    std::swap(added_, other.added_);
    std::swap(processor_, other.processor_);
    std::swap(page_, other.page_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

PerfRing::~PerfRing() {
    if (page_ != nullptr) {
        static_cast<void>(::munmap(page_, page_bytes() + bytes_.size()));
    }
}

std::uint64_t PerfRing::head() const noexcept {
    // Pairs with the barrier before the kernel stores the head: the records before it are visible.
    return __atomic_load_n(
        &static_cast<const perf_event_mmap_page*>(page_)->data_head, __ATOMIC_ACQUIRE
    );
}

void PerfRing::release(std::uint64_t tail) noexcept {
    // Pairs with the kernel's load of the tail: it writes only where reading is over.
    __atomic_store_n(&static_cast<perf_event_mmap_page*>(page_)->data_tail, tail, __ATOMIC_RELEASE);
}

Result<std::vector<PerfRing>> open_rings(
    const Tracepoints& tracepoints, const RingSizes& sizes, std::vector<std::string>& notes
) {
    const auto processors = static_cast<std::size_t>(std::max(::sysconf(_SC_NPROCESSORS_ONLN), 1L));
    std::size_t bytes =
        std::bit_floor(std::min(sizes.ring_bytes, sizes.total_bytes_max / processors));
    for (bytes = std::max(bytes, page_bytes());; bytes /= 2) {
        Result<std::vector<ProcessorEvent>> events = open_events(tracepoints.state_change, bytes);
        if (!events) {
            return std::move(events.error());
        }
        auto [rings, error] = map_all(std::move(events.value()), bytes);
        if (error == 0) {
            const int refusal =
                tracepoints.program == 0 ? 0 : add_programs(rings, tracepoints.program);
            if (refusal != 0) {
                notes.push_back(note_without_programs(
                    refused("perf_event_open of their tracepoint", refusal).message
                ));
            }
            return enable(std::move(rings));
        }
        if ((error != EPERM && error != ENOMEM) || bytes / 2 < page_bytes()) {
            return Error{
                ErrorKind::kSystem,
                format(
                    "memory for perf's records: {}; raise LimitMEMLOCK= of the service or "
                    "kernel.perf_event_mlock_kb",
                    std::generic_category().message(error)
                )};
        }
    }
}

}  // namespace flowgauge
