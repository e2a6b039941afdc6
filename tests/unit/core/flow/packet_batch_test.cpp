#include "core/flow/packet_batch.h"

#include <gtest/gtest.h>

#include <vector>

namespace flowgauge {
namespace {

// Notes the positions of the packets of each call.
class NotingShard final : public FlowShard {
public:
    using FlowShard::add;
    void add(std::span<const Packet* const> packets) override {
        calls.emplace_back();
        for (const Packet* packet : packets) {
            calls.back().push_back(packet->position);
        }
    }
    void advance(Tick /*now*/) override {}
    void finish(Tick /*now*/, EndReason /*reason*/) override {}
    void emit_waiting() override {}
    void release(const FlowRecord& /*record*/) override {}
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

    std::vector<std::vector<std::uint64_t>> calls;

private:
    ShardCounters counters_;
};

TEST(PacketBatch, HandsPacketsOverInOrderWhenFullOrFlushed) {
    NotingShard shard;
    PacketBatch batch(shard);
    Packet packet;
    for (packet.position = 0; packet.position < 70; ++packet.position) {
        batch.add(packet);
    }
    EXPECT_EQ(shard.calls.size(), 2U);
    EXPECT_FALSE(batch.is_empty());
    batch.flush();
    EXPECT_TRUE(batch.is_empty());
    ASSERT_EQ(shard.calls.size(), 3U);
    std::uint64_t position = 0;
    for (const std::vector<std::uint64_t>& call : shard.calls) {
        for (const std::uint64_t seen : call) {
            EXPECT_EQ(seen, position++);
        }
    }
    EXPECT_EQ(position, 70U);
    EXPECT_EQ(shard.calls[2].size(), 6U);
}

}  // namespace
}  // namespace flowgauge
