// A packet in its flow, by observers and number of flows; and a flow from its first packet to its
// end.
#include "core/flow/early_sequence.h"
#include "core/flow/flow_statistics.h"
#include "core/flow/observed_shard.h"
#include "tests/support/plain_packet.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <vector>

namespace flowgauge {
namespace {

// Refuses every record: it is released at once.
class NoOutlet final : public RecordOutlet {
public:
    [[nodiscard]] bool emit(const FlowRecord& /*record*/) override { return false; }
    void reached(Tick /*moment*/) override {}
};

std::vector<Packet> one_packet_a_flow(std::size_t flows) {
    std::vector<Packet> packets(flows, test::udp_packet("10.0.0.1:1", "10.0.0.2:2"));
    for (std::size_t i = 0; i < flows; ++i) {
        packets[i].source.low += i >> 8;
        packets[i].destination.low += i & 0xff;
    }
    std::shuffle(packets.begin(), packets.end(), std::mt19937(1));
    return packets;
}

// Packets come in batches, as a reader or a ring delivers them; the time is that of one packet.
template <typename... Observers>
void shard_update(benchmark::State& state, Observers... observers) {
    constexpr std::size_t kBatch = 32;
    using Chain = ObserverChain<Observers...>;
    const std::vector<Packet> packets =
        one_packet_a_flow(static_cast<std::size_t>(state.range(0)) / kBatch * kBatch);
    std::vector<const Packet*> pointers(packets.size());
    std::ranges::transform(packets, pointers.begin(), [](const Packet& packet) { return &packet; });
    NoOutlet outlet;
    ObservedShard<Chain> shard(
        {.flow = {}, .max_flows = 1U << 24, .identity = {}}, Chain{observers...}, outlet
    );
    shard.add(pointers);
    std::size_t next = 0;
    for ([[maybe_unused]] auto _ : state) {
        shard.add(std::span(pointers).subspan(next, kBatch));
        next = next + kBatch == packets.size() ? 0 : next + kBatch;
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}

void shard_update_plain(benchmark::State& state) {
    shard_update(state);
}
void shard_update_statistics(benchmark::State& state) {
    shard_update(state, StatisticsObserver{});
}
void shard_update_statistics_sequence(benchmark::State& state) {
    shard_update(state, StatisticsObserver{}, SequenceObserver{20});
}

BENCHMARK(shard_update_plain)->Arg(10'000)->Arg(1'000'000)->Arg(10'000'000);
BENCHMARK(shard_update_statistics)->Arg(10'000)->Arg(1'000'000)->Arg(10'000'000);
BENCHMARK(shard_update_statistics_sequence)->Arg(10'000)->Arg(1'000'000);

// Each packet opens a flow, and lets one that is idle leave.
void shard_open_and_expire(benchmark::State& state) {
    std::vector<Packet> packets = one_packet_a_flow(2 * static_cast<std::size_t>(state.range(0)));
    NoOutlet outlet;
    ObservedShard<ObserverChain<>> shard(
        {.flow = {.idle_timeout = std::chrono::milliseconds(state.range(0))},
         .max_flows = 1U << 24,
         .identity = {}},
        ObserverChain<>{},
        outlet
    );
    Tick tick = 0;
    std::size_t next = 0;
    for ([[maybe_unused]] auto _ : state) {
        packets[next].tick = tick++;
        shard.add(packets[next]);
        next = next + 1 == packets.size() ? 0 : next + 1;
    }
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK(shard_open_and_expire)->Arg(10'000)->Arg(1'000'000);

}  // namespace
}  // namespace flowgauge
