// RecordOutlet: where a shard puts flows that have ended. The seam between metering and export.
#pragma once

#include "core/flow/flow.h"

namespace flowgauge {

// Gets back the records that it gave out. Thread: the shard's worker.
class RecordOwner {
public:
    virtual ~RecordOwner() = default;

    // The record was written (or refused): its slot is free again.
    virtual void release(const FlowRecord& record) = 0;
};

// Thread: the shard's worker. Ownership: an accepted record is released to its shard later, on the
// same thread (RecordOwner::release); a refused one is released at once.
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
