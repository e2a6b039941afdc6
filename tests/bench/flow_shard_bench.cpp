// A packet in its flow, by observers and number of flows; and a flow from its first packet to its
// end.
#include "core/flow/early_sequence.h"
#include "core/flow/flow_statistics.h"
#include "core/flow/observed_shard.h"
#include "tests/support/plain_packet.h"

#include <benchmark/benchmark.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
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

// Resident memory of this process.
double resident_megabytes() {
    std::ifstream statm("/proc/self/statm");
    double pages = 0;
    statm >> pages >> pages;
    return pages * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

// CPU time of this thread in microseconds: what other threads take from it is no pause of its own.
double thread_microseconds() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

// A table grows to its size and is emptied: the longest time that a batch of 32 packets took, which
// is what growing may cost at one time, and the memory before, at the top and after.
void shard_grow(benchmark::State& state) {
    constexpr std::size_t kBatch = 32;
    const auto flows = static_cast<std::uint32_t>(state.range(0));
    for ([[maybe_unused]] auto _ : state) {
        state.counters["before_MB"] = resident_megabytes();
        NoOutlet outlet;
        ObservedShard<ObserverChain<>> shard(
            {.flow = {}, .max_flows = flows, .identity = {}}, ObserverChain<>{}, outlet
        );
        std::vector<Packet> packets(kBatch, test::udp_packet("10.0.0.1:1", "10.0.0.2:2"));
        std::vector<const Packet*> pointers(kBatch);
        std::ranges::transform(packets, pointers.begin(), [](const Packet& one) { return &one; });
        double longest = 0;
        for (std::uint32_t i = 0; i < flows; i += kBatch) {
            for (std::uint32_t j = 0; j < kBatch; ++j) {
                packets[j].source.low = i + j;
            }
            const double begin = thread_microseconds();
            shard.add(pointers);
            longest = std::max(longest, thread_microseconds() - begin);
        }
        state.counters["longest_us"] = longest;
        state.counters["full_MB"] = resident_megabytes();
        shard.advance(1'000'000'000);  // all are idle now
        state.counters["after_MB"] = resident_megabytes();
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(shard_grow)
    ->Arg(1'000'000)
    ->Arg(10'000'000)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

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
