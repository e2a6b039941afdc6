// SightingTable: sightings by the ends of their sockets, for look-up only.
#pragma once

#include "core/base/hash.h"
#include "visibility/sighting.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace flowgauge {

[[nodiscard]] inline std::uint64_t hash_of(const SocketKey& key, std::uint64_t seed) noexcept {
    const std::uint64_t rest = (std::uint64_t{key.local_port} << 32) |
                               (std::uint64_t{key.remote_port} << 16) |
                               (std::uint64_t{key.protocol} << 8) | key.ip_version;
    const std::uint64_t local = hash_words(seed, key.local.high, key.local.low);
    const std::uint64_t remote = hash_words(~seed, key.remote.high, key.remote.low);
    return hash_words(seed, local ^ rest, remote);
}

// Immutable; any number of readers. Open addressing with linear probing, at most half full: equal
// keys follow each other. Cost: one allocation, a few nanoseconds a sighting.
class SightingTable {
public:
    SightingTable(std::vector<Sighting> sightings, std::uint64_t seed)
        : sightings_(std::move(sightings)),
          seed_(seed),
          places_(std::bit_ceil(sightings_.size() * 2 + 2)),
          mask_(places_.size() - 1) {
        for (std::uint32_t i = 0; i < sightings_.size(); ++i) {
            if (sightings_[i].taken) {
                put(i);
            }
        }
    }

    // Of these ends, for each().
    [[nodiscard]] std::uint64_t hash(const SocketKey& key) const noexcept {
        return hash_of(key, seed_);
    }

    // Calls `visit` with each sighting of a socket with just these ends. Requires: their hash().
    template <typename Visit>
    void each(const SocketKey& key, std::uint64_t hash, Visit&& visit) const {
        const auto tag = static_cast<std::uint32_t>(hash >> 32);
        for (std::size_t at = hash & mask_; places_[at].number != kFree; at = (at + 1) & mask_) {
            if (places_[at].tag == tag && sightings_[places_[at].number].key == key) {
                visit(sightings_[places_[at].number]);
            }
        }
    }

    [[nodiscard]] std::size_t bytes() const noexcept {
        return sightings_.capacity() * sizeof(Sighting) + places_.capacity() * sizeof(Place);
    }

private:
    static constexpr std::uint32_t kFree = 0xffffffff;

    struct Place {
        std::uint32_t tag = 0;
        std::uint32_t number = kFree;
    };

    void put(std::uint32_t number) {
        const std::uint64_t hash = hash_of(sightings_[number].key, seed_);
        std::size_t at = hash & mask_;
        while (places_[at].number != kFree) {
            at = (at + 1) & mask_;
        }
        places_[at] = {.tag = static_cast<std::uint32_t>(hash >> 32), .number = number};
    }

    std::vector<Sighting> sightings_;
    std::uint64_t seed_;
    std::vector<Place> places_;
    std::size_t mask_;
};

}  // namespace flowgauge
