// AttributionStage: between a shard and the sinks, says of each record which process it was.
#pragma once

#include "core/attribution/process_tally.h"
#include "core/base/time.h"
#include "core/flow/flow_options.h"
#include "core/flow/record_outlet.h"
#include "visibility/snapshot_exchange.h"
#include "visibility/visibility_numbers.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>

namespace flowgauge {

// What of a flow is compared with sockets; times are those of its shard.
[[nodiscard]] FlowEnds ends_of(const Flow& flow, TimeUnit unit, EndOnTcp end_on_tcp) noexcept;

// A record whose last packet is younger than the last look at sockets waits for the next one. At
// most `held_max` wait at one time; beyond that, and when no look comes for long, records go on
// with what is known. What is said lies at the end of the record's cold bytes until its sinks are
// done.
//
// Thread: the shard's worker. Ownership: refers to shard, outlet and reader.
class AttributionStage final : public RecordOutlet, public RecordOwner {
public:
    struct Options {
        std::size_t place = 0;  // of the Attribution in the cold bytes
        TimeUnit time_unit = TimeUnit::kMilliseconds;
        EndOnTcp end_on_tcp = EndOnTcp::kNone;
        std::size_t held_max = 0;
    };

    // Requires: `next` outlives this.
    AttributionStage(const Options& options, RecordOutlet& next);

    // Requires: called once, before the first record.
    void attach(RecordOwner& shard) noexcept { shard_ = &shard; }

    // Where looks come from, and what asks for one. Without it records say "disabled". Requires: it
    // outlives this; called before the first record.
    void connect(SnapshotReader& looks, std::function<void()> hurry);

    [[nodiscard]] bool emit(const FlowRecord& record) override;
    void reached(Tick moment) override;
    void release(const FlowRecord& record) override;

    // Takes the latest look and lets go of records that waited for it, some at a time.
    void turn();

    // No packet follows `now`. Waits for a look that covers it, a second or two at most, so that
    // what follows need not wait.
    void begin_to_finish(Tick now);

    // Lets go of everything.
    void finish();

    [[nodiscard]] const AttributionCounters& counters() const noexcept { return counters_; }

    // Of all records that went on. Thread: any.
    [[nodiscard]] const ProcessTally& processes() const noexcept { return processes_; }

private:
    struct Held {
        FlowRecord record;
        Tick until = 0;           // whatever comes, then it goes on
        std::uint64_t looks = 0;  // that it has been compared with
    };

    [[nodiscard]] Finding find(const FlowRecord& record) const;
    [[nodiscard]] bool pass_on(const FlowRecord& record, Attribution attribution);
    void let_go(const Held& held, Attribution attribution);
    [[nodiscard]] Tick patience() const noexcept;

    Options options_;
    RecordOutlet& next_;
    LookTime nanoseconds_per_tick_;
    RecordOwner* shard_ = nullptr;
    SnapshotReader* looks_ = nullptr;
    std::function<void()> hurry_;
    std::deque<Held> held_;
    std::uint64_t look_ = 0;  // how many were taken
    Tick now_ = 0;
    AttributionCounters counters_;
    ProcessTally processes_;
};

}  // namespace flowgauge
