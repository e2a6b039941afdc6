// merge_rings(): the records of all rings in the order of their time, made events.
#pragma once

#include "visibility/events/event_sequence.h"
#include "visibility/events/perf_record.h"
#include "visibility/events/socket_event.h"
#include "visibility/events/tracepoint_layout.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace flowgauge {

struct MergedRing {
    RingWindow window;
    // The ring was so full that records may be missing behind the last one. The kernel says so only
    // before the next that it can write.
    bool may_end_in_loss = false;
};

struct MergeLimit {
    std::int64_t time = 0;    // younger records stay for the next call
    std::size_t records = 0;  // no more than these are taken
};

// Takes records from all rings, oldest first, and appends their meaning to `batch`, lists sorted by
// time, `batch.complete` set. The tails move behind what was taken. Returns whether limit.records
// ended it.
bool merge_rings(
    std::vector<MergedRing>& rings,
    const RecordLayouts& layouts,
    const MergeLimit& limit,
    EventSequence& sequence,
    EventBatch& batch
);

}  // namespace flowgauge
