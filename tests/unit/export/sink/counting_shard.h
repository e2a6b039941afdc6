// CountingShard: a FlowShard that only counts what comes back, and flows and records for it to
// make.
#pragma once

#include "core/flow/flow_shard.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace flowgauge::test {

class CountingShard final : public FlowShard {
public:
    using FlowShard::add;
    void add(std::span<const Packet* const> /*packets*/) override {}
    void advance(Tick /*now*/) override {}
    void finish(Tick /*now*/, EndReason /*reason*/) override {}
    void emit_waiting() override {}
    void release(const FlowRecord& record) override {
        ++released_;
        released_slots_ += record.slot;
    }
    void set_timeouts(std::chrono::milliseconds /*idle*/, std::chrono::milliseconds /*active*/)
        override {}
    void set_clock_shift(Tick /*since*/, Tick /*shift*/) override {}
    [[nodiscard]] std::size_t visit(
        std::size_t /*cursor*/, std::size_t /*count*/, FlowVisitor& /*visitor*/
    ) override {
        return 0;
    }
    [[nodiscard]] std::uint64_t active_flows() const noexcept override { return 0; }
    [[nodiscard]] const ShardCounters& counters() const noexcept override { return counters_; }

    [[nodiscard]] std::uint64_t released() const { return released_; }
    [[nodiscard]] std::uint64_t released_slots() const { return released_slots_; }

private:
    std::uint64_t released_ = 0;
    std::uint64_t released_slots_ = 0;
    ShardCounters counters_;
};

// Records of one shard in its order, and the flows that they point to.
struct ShardRecords {
    ShardRecords(std::uint32_t seed, std::uint32_t count, std::uint32_t records_per_moment)
        : flows(count) {
        std::mt19937 random(seed);
        for (std::uint32_t i = 0; i < count; ++i) {
            flows[i].key.lower.low = static_cast<std::uint32_t>(random());
            flows[i].key.upper.low = seed;
            flows[i].packets = {1 + i % 3, 0};
            records.push_back({.flow = &flows[i], .moment = Tick{i / records_per_moment}, .slot = i}
            );
        }
        const auto before = [](const FlowRecord& a, const FlowRecord& b) {
            return a.moment != b.moment ? a.moment < b.moment : a.flow->key < b.flow->key;
        };
        std::sort(records.begin(), records.end(), before);
    }

    std::vector<Flow> flows;
    std::vector<FlowRecord> records;
};

}  // namespace flowgauge::test
