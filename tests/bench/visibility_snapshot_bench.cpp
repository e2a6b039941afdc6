// Whose a flow was, asked by one and two threads while new tables come every 10 ms: the snapshot
// beside the map with a lock that everybody writes first.
#include "visibility/snapshot_exchange.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <shared_mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace flowgauge {
namespace {

constexpr std::size_t kReadersMax = 2;
constexpr std::uint32_t kOwners = 500;
constexpr std::uint64_t kSeed = 0x9e3779b97f4a7c15;
constexpr IpAddress kHere{.high = 0, .low = 0x0a4d0001};
constexpr std::chrono::milliseconds kSwapEvery{10};

using Owners = std::vector<std::shared_ptr<const SocketOwner>>;

// What the kernel would list on a busy machine: connections of one address to many.
struct Sockets {
    explicit Sockets(std::size_t count) {
        for (std::uint32_t i = 0; i < kOwners; ++i) {
            SocketOwner owner;
            owner.pid = static_cast<std::int32_t>(i);
            owner.name = "process-" + std::to_string(i);
            owners.push_back(std::make_shared<const SocketOwner>(owner));
        }
        std::mt19937_64 random(count);
        for (std::uint32_t i = 0; i < count; ++i) {
            const std::uint64_t bits = random();
            Sighting sighting;
            sighting.key = {
                .local = kHere,
                .remote = {.high = 0, .low = bits >> 32U},
                .local_port = static_cast<std::uint16_t>(bits),
                .remote_port = 443,
                .protocol = 6,
                .ip_version = 4};
            sighting.last = kStillThere;
            sighting.owner = i % kOwners;
            sighting.reason = OwnerReason::kOk;
            sighting.taken = true;
            sightings.push_back(sighting);
        }
    }

    [[nodiscard]] FlowEnds flow(std::size_t number) const {
        const SocketKey& key = sightings[number % sightings.size()].key;
        return {
            .source = key.local,
            .destination = key.remote,
            .source_port = key.local_port,
            .destination_port = key.remote_port,
            .protocol = 6,
            .ip_version = 4,
            .begins = false,
            .closed = false,
            .first = 1000,
            .last = 2000,
            .unit = 1};
    }

    Owners owners;
    std::vector<Sighting> sightings;
};

// The order in which readers ask: far from that of the table.
std::vector<FlowEnds> questions(const Sockets& sockets) {
    std::vector<std::size_t> order(sockets.sightings.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = i;
    }
    std::shuffle(order.begin(), order.end(), std::mt19937_64(kSeed));
    std::vector<FlowEnds> flows;
    flows.reserve(order.size());
    for (const std::size_t number : order) {
        flows.push_back(sockets.flow(number));
    }
    return flows;
}

class Snapshots {
public:
    explicit Snapshots(const Sockets& sockets) : sockets_(sockets), exchange_(kReadersMax) {
        LocalAddress here;
        here.address = kHere;
        here.ip_version = 4;
        here.name_space = 1;
        addresses_ = std::make_shared<const LocalAddresses>(std::vector{here}, 1);
        owners_ = std::make_shared<const Owners>(sockets.owners);
        renew();
    }

    void renew() {
        SnapshotParts parts;
        parts.sightings = std::make_shared<const SightingTable>(sockets_.sightings, kSeed);
        parts.addresses = addresses_;
        parts.owners = owners_;
        parts.covered = 3000;
        parts.own_name_space = 1;
        exchange_.publish(std::make_shared<const Snapshot>(std::move(parts)));
    }

    std::int32_t pid_of(std::size_t reader, const FlowEnds& flow) {
        SnapshotReader& own = exchange_.reader(reader);
        own.update();
        const Finding finding = own.snapshot()->find(flow);
        return finding.attribution.owner != nullptr ? finding.attribution.owner->pid : -1;
    }

private:
    const Sockets& sockets_;
    std::shared_ptr<const LocalAddresses> addresses_;
    std::shared_ptr<const Owners> owners_;
    SnapshotExchange exchange_;
};

class LockedMap {
public:
    explicit LockedMap(const Sockets& sockets) : sockets_(sockets) { renew(); }

    void renew() {
        Map made;
        made.reserve(sockets_.sightings.size());
        for (const Sighting& sighting : sockets_.sightings) {
            made.emplace(sighting.key, sockets_.owners[sighting.owner]);
        }
        const std::unique_lock lock(mutex_);
        map_.swap(made);
    }

    std::int32_t pid_of(std::size_t /*reader*/, const FlowEnds& flow) {
        const SocketKey key{
            .local = flow.source,
            .remote = flow.destination,
            .local_port = flow.source_port,
            .remote_port = flow.destination_port,
            .protocol = flow.protocol,
            .ip_version = flow.ip_version};
        const std::shared_lock lock(mutex_);
        const auto found = map_.find(key);
        if (found == map_.end()) {
            return -1;
        }
        const std::shared_ptr<const SocketOwner> owner = found->second;
        return owner->pid;
    }

private:
    struct Hash {
        std::size_t operator()(const SocketKey& key) const noexcept { return hash_of(key, kSeed); }
    };
    using Map = std::unordered_map<SocketKey, std::shared_ptr<const SocketOwner>, Hash>;

    const Sockets& sockets_;
    std::shared_mutex mutex_;
    Map map_;
};

// One table for all readers of a run, renewed beside them.
template <typename Table>
class Scene {
public:
    explicit Scene(std::size_t count)
        : sockets_(count),
          flows_(questions(sockets_)),
          table_(sockets_),
          writer_([this](const std::stop_token& stop) {
              while (!stop.stop_requested()) {
                  std::this_thread::sleep_for(kSwapEvery);
                  table_.renew();
              }
          }) {}

    void ask(benchmark::State& state) {
        const auto reader = static_cast<std::size_t>(state.thread_index());
        std::size_t at = reader * flows_.size() / kReadersMax;
        std::int64_t unknown = 0;
        for ([[maybe_unused]] auto _ : state) {
            unknown += table_.pid_of(reader, flows_[at]) < 0 ? 1 : 0;
            at = at + 1 < flows_.size() ? at + 1 : 0;
        }
        if (unknown != 0) {
            state.SkipWithError("a flow of a socket that is there has no process");
        }
    }

    static inline std::unique_ptr<Scene> running;

private:
    Sockets sockets_;
    std::vector<FlowEnds> flows_;
    Table table_;
    std::jthread writer_;
};

template <typename Table>
void attribution_find(benchmark::State& state) {
    Scene<Table>::running->ask(state);
}

template <typename Table>
void begin(const benchmark::State& state) {
    Scene<Table>::running =
        std::make_unique<Scene<Table>>(static_cast<std::size_t>(state.range(0)));
}

template <typename Table>
void end(const benchmark::State& /*state*/) {
    Scene<Table>::running.reset();
}

template <typename Table>
void add(const char* name) {
    for (const int readers : {1, 2}) {
        benchmark::RegisterBenchmark(name, attribution_find<Table>)
            ->Setup(begin<Table>)
            ->Teardown(end<Table>)
            ->Arg(10'000)
            ->Arg(50'000)
            ->Threads(readers)
            ->UseRealTime();
    }
}

const bool kAdded = [] {
    add<Snapshots>("attribution_find_snapshot");
    add<LockedMap>("attribution_find_locked_map");
    return true;
}();

}  // namespace
}  // namespace flowgauge
