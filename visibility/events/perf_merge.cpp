#include "visibility/events/perf_merge.h"

#include <algorithm>
#include <queue>
#include <tuple>

namespace flowgauge {
namespace {

// The next record of one ring.
struct Waiting {
    PerfRecord record;
    std::uint64_t end = 0;  // position behind it
    bool in_doubt = false;  // records may be missing between the last taken one and this one
};

// Order of a queue whose top is the oldest.
struct Turn {
    std::int64_t time = 0;
    std::size_t ring = 0;

    bool operator<(const Turn& other) const noexcept {
        return std::tie(time, ring) > std::tie(other.time, other.ring);
    }
};

class Merge {
public:
    Merge(std::vector<MergedRing>& rings, const RecordLayouts& layouts, const MergeLimit& limit)
        : rings_(rings),
          layouts_(layouts),
          limit_(limit),
          waiting_(rings.size()) {
        for (std::size_t ring = 0; ring < rings.size(); ++ring) {
            load(ring);
        }
    }

    // Returns whether the limit of records ended it.
    bool run(EventSequence& sequence, EventBatch& batch) {
        batch.complete = limit_.time;
        for (std::size_t taken = 0; !turns_.empty(); ++taken) {
            const Turn turn = turns_.top();
            if (taken == limit_.records) {
                batch.complete = std::min(limit_.time, turn.time);
                return true;
            }
            turns_.pop();
            const Waiting& next = waiting_[turn.ring];
            sequence.take(next.record, doubts_ == 0, batch);
            rings_[turn.ring].window.tail = next.end;
            load(turn.ring);
        }
        return false;
    }

private:
    void load(std::size_t ring) {
        Waiting& next = waiting_[ring];
        RingWindow window = rings_[ring].window;
        const bool any = read_record(window, layouts_, next.record);
        next.end = window.tail;
        const bool gap = next.record.kind == PerfRecordKind::kLost ||
                         next.record.kind == PerfRecordKind::kUnread;
        const bool in_doubt = any ? gap : rings_[ring].may_end_in_loss;
        doubts_ += static_cast<std::size_t>(in_doubt);
        doubts_ -= static_cast<std::size_t>(next.in_doubt);
        next.in_doubt = in_doubt;
        if (any && next.record.time <= limit_.time) {
            turns_.push({.time = next.record.time, .ring = ring});
        }
    }

    std::vector<MergedRing>& rings_;
    const RecordLayouts& layouts_;
    const MergeLimit& limit_;
    std::vector<Waiting> waiting_;
    std::priority_queue<Turn> turns_;
    std::size_t doubts_ = 0;  // rings whose next record is in doubt
};

}  // namespace

bool merge_rings(
    std::vector<MergedRing>& rings,
    const RecordLayouts& layouts,
    const MergeLimit& limit,
    EventSequence& sequence,
    EventBatch& batch
) {
    const auto sockets_before = static_cast<std::ptrdiff_t>(batch.sockets.size());
    const auto processes_before = static_cast<std::ptrdiff_t>(batch.processes.size());
    const bool more = Merge(rings, layouts, limit).run(sequence, batch);
    // A connection is told when it is established, with the time when it was asked for; and an
    // interrupt may write its record before one that the process had begun.
    std::ranges::stable_sort(
        batch.sockets.begin() + sockets_before, batch.sockets.end(), {}, &SocketEvent::time
    );
    std::ranges::stable_sort(
        batch.processes.begin() + processes_before, batch.processes.end(), {}, &ProcessEvent::time
    );
    return more;
}

}  // namespace flowgauge
