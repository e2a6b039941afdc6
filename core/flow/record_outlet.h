// RecordOutlet: where a shard puts flows that have ended. The seam between metering and export.
#pragma once

#include "core/flow/flow.h"

namespace flowgauge {

// Thread: the shard's worker. Ownership: an accepted record is released to its shard later, on the
// same thread (FlowShard::release); a refused one is released at once.
class RecordOutlet {
public:
    virtual ~RecordOutlet() = default;

    // Takes the record, waiting for room if the outlet was made to. Returns false when it did not,
    // and counts that.
    [[nodiscard]] virtual bool emit(const FlowRecord& record) = 0;

    // All records that end before `moment` were emitted. Lets a reader of several outlets merge
    // them.
    virtual void reached(Tick moment) = 0;
};

}  // namespace flowgauge
