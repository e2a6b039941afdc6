// RecordingOutlet: a RecordOutlet that keeps copies of what tests ask about, and gives the records
// back to their shard as a sink would.
#pragma once

#include "core/flow/flow_shard.h"
#include "core/flow/record_outlet.h"
#include "core/record/column.h"
#include "export/sink/encoder.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge::test {

// What remains of a record once its slot is free.
struct RecordCopy {
    Flow flow;
    Tick moment = 0;
    std::uint32_t sequence = 0;
    EndReason end_reason = EndReason::kIdle;
    bool unordered = false;
    std::string row;  // as encoded; empty unless encode_with() was called

    // The record again. Requires: the copy outlives it and stays where it is.
    [[nodiscard]] FlowRecord record() const;
};

// The order of rows, for copies (core/flow/record_order.h).
[[nodiscard]] bool written_before(const RecordCopy& a, const RecordCopy& b);

// Records are held until reached(), or release_all(), so that a shard that reuses a slot too early
// is found out. Ownership: refers to the shard. Thread: the shard's worker.
class RecordingOutlet final : public RecordOutlet {
public:
    // Requires: called before the first record that is to be released.
    void attach(FlowShard& shard) noexcept { shard_ = &shard; }

    // Encodes each record from now on, as CSV; ids count from 0 in the order of emission.
    void encode_with(std::vector<const Column*> columns, RecordContext context);

    // Refuses all records after the first `count`.
    void accept_only(std::uint64_t count) noexcept { accepted_max_ = count; }

    [[nodiscard]] bool emit(const FlowRecord& record) override;
    void reached(Tick moment) override;

    void release_all();

    [[nodiscard]] const std::vector<RecordCopy>& records() const noexcept { return records_; }
    [[nodiscard]] Tick last_reached() const noexcept { return reached_; }
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

private:
    FlowShard* shard_ = nullptr;
    std::unique_ptr<RecordEncoder> encoder_;
    RecordContext context_;
    std::vector<RecordCopy> records_;
    std::vector<FlowRecord> held_;
    std::uint64_t accepted_max_ = UINT64_MAX;
    std::uint64_t refused_ = 0;
    Tick reached_ = 0;
};

}  // namespace flowgauge::test
