// Look-ups in tables of different sizes, in random order: the larger one lies in no cache.
#include "core/flow/flow_table.h"

#include "core/flow/flow_key.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <vector>

namespace flowgauge {
namespace {

struct Lookup {
    FlowKey key;
    std::uint32_t hash = 0;
};

std::vector<Lookup> random_lookups(std::size_t count) {
    std::mt19937_64 random(1);
    std::vector<Lookup> lookups(count);
    for (Lookup& lookup : lookups) {
        lookup.key.lower.low = random() >> 32;
        lookup.key.upper.low = random() >> 32;
        lookup.key.rest = random();
        lookup.hash = static_cast<std::uint32_t>(hash_of(lookup.key, 1));
    }
    return lookups;
}

void fill(FlowPool& pool, FlowTable& table, const std::vector<Lookup>& lookups) {
    for (const Lookup& lookup : lookups) {
        const std::uint32_t slot = pool.take();
        pool.flow(slot).key = lookup.key;
        table.insert(slot, lookup.hash);
    }
}

void table_find_and_touch(benchmark::State& state) {
    std::vector<Lookup> lookups = random_lookups(static_cast<std::size_t>(state.range(0)));
    FlowPool pool(lookups.size(), 0);
    FlowTable table(pool, lookups.size());
    fill(pool, table, lookups);
    std::shuffle(lookups.begin(), lookups.end(), std::mt19937(2));
    std::size_t next = 0;
    for ([[maybe_unused]] auto _ : state) {
        const Lookup& lookup = lookups[next];
        next = next + 1 == lookups.size() ? 0 : next + 1;
        table.touch(table.find(lookup.key, lookup.hash));
    }
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK(table_find_and_touch)->Arg(10'000)->Arg(1'000'000);

// A flow leaves and another one comes, at a constant size.
void table_replace_oldest(benchmark::State& state) {
    const std::vector<Lookup> lookups = random_lookups(static_cast<std::size_t>(state.range(0)));
    FlowPool pool(lookups.size(), 0);
    FlowTable table(pool, lookups.size());
    fill(pool, table, lookups);
    for ([[maybe_unused]] auto _ : state) {
        const std::uint32_t slot = table.oldest();
        const auto hash = static_cast<std::uint32_t>(hash_of(pool.flow(slot).key, 1));
        table.remove(slot, hash);
        table.insert(slot, hash);
    }
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK(table_replace_oldest)->Arg(10'000)->Arg(1'000'000);

}  // namespace
}  // namespace flowgauge
