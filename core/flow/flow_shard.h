// FlowShard: the flows of one worker. A packet comes in, records go out; the whole life of a flow
// lies between.
#pragma once

#include "core/flow/end_reason.h"
#include "core/flow/flow.h"
#include "core/flow/flow_options.h"
#include "core/flow/record_outlet.h"
#include "core/packet/packet.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>

namespace flowgauge {

// What a shard has done. Thread: one writer. Laws: created = active + sum of expired; each packet
// handed to add() is in exactly one flow.
struct ShardCounters {
    std::uint64_t packets_in_flows = 0;
    std::uint64_t flows_created = 0;
    std::array<std::uint64_t, kEndReasonCount> flows_expired{};

    [[nodiscard]] std::uint64_t expired() const noexcept {
        return std::accumulate(flows_expired.begin(), flows_expired.end(), std::uint64_t{0});
    }
};

// How a shard names its flows (column flow_uid).
struct FlowIdentity {
    bool live = false;         // live: `random`, `worker` and a counter; files: position, time, key
    std::uint64_t random = 0;  // one for the whole process; all of its 64 bits are used
    std::uint32_t worker = 0;
};

// Sees flows that live. Thread: the shard's worker.
class FlowVisitor {
public:
    virtual ~FlowVisitor() = default;

    // `clock_shift` is to be added to the flow's times.
    virtual void visit(const Flow& flow, const std::byte* cold, Tick clock_shift) = 0;
};

struct ShardOptions {
    FlowOptions flow;
    std::uint64_t max_flows = 0;  // this shard's share of FlowOptions::max_flows, at least 1
    FlowIdentity identity;

    // Records that may be on their way to sinks at one time, beside the flows in the table.
    std::uint64_t records_under_way_max = std::uint64_t{1} << 16;

    // Cold bytes at the end of each slot that are left to whoever takes its record.
    std::size_t record_bytes = 0;
};

// Thread: one worker. Ownership: records that were emitted stay the shard's memory and come back by
// release(). Cost: no lock, no clock; memory grows and shrinks with the flows.
class FlowShard : public RecordOwner {
public:
    ~FlowShard() override = default;
    FlowShard() = default;
    FlowShard(const FlowShard&) = delete;
    FlowShard& operator=(const FlowShard&) = delete;

    // Counts each packet in its flow, one after the other. Many at one time cost less than one by
    // one, because memory is fetched ahead. Requires: packet.tick never falls (PacketClock).
    virtual void add(std::span<const Packet* const> packets) = 0;

    void add(const Packet& packet) {
        const Packet* one = &packet;
        add(std::span(&one, 1));
    }

    // Time has come to `now` without a packet: flows leave that have been silent for idle_timeout,
    // or whose connection is over (end_on_tcp).
    virtual void advance(Tick now) = 0;

    // No packet comes any more: every flow leaves, at `now`, for `reason`.
    virtual void finish(Tick now, EndReason reason) = 0;

    // Emits what waits only for the order of rows; for live use, where rows have none.
    virtual void emit_waiting() = 0;

    // Other timeouts are in force from now on, for flows that live as well.
    virtual void set_timeouts(
        std::chrono::milliseconds idle_timeout, std::chrono::milliseconds active_timeout
    ) = 0;

    // After `since`, where no packet has been yet, the system's clock is the shard's plus `shift`.
    virtual void set_clock_shift(Tick since, Tick shift) = 0;

    // Shows about `count` flows that live, beginning at `cursor`, 0 at first. Returns where to go
    // on, 0 at the end. Flows that come, leave or move between two calls may be missed or shown
    // twice; so a look at a large table can be cut into parts that stall nothing.
    [[nodiscard]] virtual std::size_t visit(
        std::size_t cursor, std::size_t count, FlowVisitor& visitor
    ) = 0;

    [[nodiscard]] virtual std::uint64_t active_flows() const noexcept = 0;
    [[nodiscard]] virtual const ShardCounters& counters() const noexcept = 0;
};

}  // namespace flowgauge
