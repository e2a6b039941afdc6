#include "visibility/events/perf_events.h"

#include "core/base/file_descriptor.h"
#include "core/base/format.h"
#include "visibility/events/perf_merge.h"
#include "visibility/events/perf_ring.h"
#include "visibility/events/tracepoint.h"

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

// A processor writes a record a moment after it has stamped it. What is younger than this waits for
// the next drain, so that records of several processors come in order.
constexpr std::int64_t kVisibleAfter = 2'000'000;  // ns

// Longer than any record but those of programs with long paths. With less room than this one may
// have been lost. Where a path found none, nothing of sockets is in doubt before the kernel says
// so.
constexpr std::uint64_t kRoomForRecord = 512;

[[nodiscard]] std::int64_t now() noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

class PerfEvents final : public EventSource {
public:
    PerfEvents(std::vector<PerfRing> rings, const RecordLayouts& layouts, std::size_t records_max)
        : rings_(std::move(rings)),
          merged_(rings_.size()),
          released_(rings_.size(), 0),
          layouts_(layouts),
          records_max_(records_max) {
        for (std::size_t i = 0; i < rings_.size(); ++i) {
            merged_[i].window.bytes = rings_[i].bytes();
        }
    }

    bool drain(EventBatch& batch) override {
        // Before any head is read: what is older than this has been written, or will be in order.
        const std::int64_t complete = now() - kVisibleAfter;
        for (std::size_t i = 0; i < rings_.size(); ++i) {
            look(i);
        }
        const bool more = merge_rings(
            merged_, layouts_, {.time = complete, .records = records_max_}, sequence_, batch
        );
        for (std::size_t i = 0; i < rings_.size(); ++i) {
            rings_[i].release(merged_[i].window.tail);
        }
        return more;
    }

    [[nodiscard]] std::string_view name() const noexcept override { return "perf"; }
    [[nodiscard]] bool tells_udp() const noexcept override { return false; }

private:
    // Learns what is new in a ring, and whether it was full since the last look: the kernel had at
    // least the room then that there is before the tail of that time.
    void look(std::size_t i) noexcept {
        const std::uint64_t head = rings_[i].head();
        MergedRing& ring = merged_[i];
        if (head != ring.window.head) {
            const std::uint64_t filled = head - released_[i];
            ring.may_end_in_loss = filled + kRoomForRecord > ring.window.bytes.size();
            ring.window.head = head;
        }
        released_[i] = ring.window.tail;
    }

    std::vector<PerfRing> rings_;
    std::vector<MergedRing> merged_;
    std::vector<std::uint64_t> released_;  // tails that the kernel knew at the last look
    RecordLayouts layouts_;
    EventSequence sequence_;
    std::size_t records_max_;
};

}  // namespace

Result<std::unique_ptr<EventSource>> open_perf_events(
    const PerfEventOptions& options, std::vector<std::string>& notes
) {
    Result<Tracepoints> tracepoints = find_tracepoints(options.tracing_directories, notes);
    if (!tracepoints) {
        return std::move(tracepoints.error());
    }
    Result<std::vector<PerfRing>> rings = open_rings(
        tracepoints.value(),
        {.ring_bytes = options.ring_bytes, .total_bytes_max = options.total_bytes_max},
        notes
    );
    if (!rings) {
        return std::move(rings.error());
    }
    const std::size_t got = rings.value().front().bytes().size();
    if (got < options.ring_bytes && got * rings.value().size() * 2 <= options.total_bytes_max) {
        notes.push_back(format(
            "events: the kernel allows only {} KiB a processor for perf instead of {} KiB, so that "
            "bursts of connections may be lost; raise LimitMEMLOCK= of the service or "
            "kernel.perf_event_mlock_kb",
            got / 1'024,
            options.ring_bytes / 1'024
        ));
    }
    return std::unique_ptr<EventSource>(std::make_unique<PerfEvents>(
        std::move(rings.value()), tracepoints.value().layouts, options.records_max
    ));
}

}  // namespace flowgauge
