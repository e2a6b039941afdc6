// ProcessTally: flows, packets and bytes by the name of their process, counted by one worker and
// read by others while it runs.
#pragma once

#include "core/base/hash.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace flowgauge {

// Thread: add() by the worker, visit() by any: each number is recent, and never falls. Bounds:
// kProcessesMax different names, what comes later is counted together as `other`; names are told
// apart by their first kNameBytesMax bytes.
class ProcessTally {
public:
    static constexpr std::size_t kProcessesMax = 512;
    static constexpr std::size_t kNameBytesMax = 63;
    static constexpr std::string_view kOther = "other";
    static constexpr std::string_view kUnknown = "unknown";  // flows whose process is not known

    struct Counts {
        std::uint64_t flows = 0;
        std::uint64_t packets = 0;
        std::uint64_t bytes = 0;
    };

    // Whoever starts programs chooses their names, so that the seed is nobody's to know.
    explicit ProcessTally(std::uint64_t seed = random_seed()) noexcept : seed_(seed) {}

    // `name` in UTF-8; empty where the process is not known.
    void add(std::string_view name, const Counts& counts) noexcept {
        Place& place = place_of(name.empty() ? kUnknown : beginning(name));
        raise(place.flows, counts.flows);
        raise(place.packets, counts.packets);
        raise(place.bytes, counts.bytes);
    }

    // see(name, counts) for each name that has flows; for those beyond the bound once, as kOther,
    // which a process may also be called.
    template <typename See>
    void visit(See&& see) const {
        for (const Place& place : places_) {
            // Flows first: whoever sees some sees the name that they are counted under.
            const std::uint64_t flows = place.flows.load(std::memory_order_acquire);
            const std::size_t bytes = place.name_bytes.load(std::memory_order_acquire);
            const Counts counts{
                .flows = flows,
                .packets = place.packets.load(std::memory_order_relaxed),
                .bytes = place.bytes.load(std::memory_order_relaxed)};
            if (counts.flows != 0) {
                see(bytes == 0 ? kOther : std::string_view(place.name.data(), bytes), counts);
            }
        }
    }

private:
    static constexpr std::size_t kPlaces = 2 * kProcessesMax;  // half full at most
    static constexpr std::size_t kBeyond = kPlaces;            // has no name

    struct Place {
        std::atomic<std::uint8_t> name_bytes{0};  // 0: free; the name stands before it is set
        std::array<char, kNameBytesMax> name{};
        std::atomic<std::uint64_t> flows{0};
        std::atomic<std::uint64_t> packets{0};
        std::atomic<std::uint64_t> bytes{0};
    };

    static void raise(std::atomic<std::uint64_t>& cell, std::uint64_t by) noexcept {
        cell.store(cell.load(std::memory_order_relaxed) + by, std::memory_order_release);
    }

    // As much as there is room for, ending where a character ends.
    static std::string_view beginning(std::string_view name) noexcept {
        std::size_t bytes = std::min(name.size(), kNameBytesMax);
        while (bytes < name.size() && bytes > 1 &&
               (static_cast<unsigned char>(name[bytes]) & 0xC0U) == 0x80U) {
            --bytes;
        }
        return name.substr(0, bytes);
    }

    [[nodiscard]] std::size_t hash_of(std::string_view name) const noexcept {
        std::uint64_t state = seed_;
        for (std::size_t at = 0; at < name.size(); at += sizeof(std::uint64_t)) {
            std::uint64_t word = 0;
            std::memcpy(&word, name.data() + at, std::min(sizeof word, name.size() - at));
            state = hash_words(state, word, name.size());
        }
        return static_cast<std::size_t>(state);
    }

    Place& place_of(std::string_view name) noexcept {
        for (std::size_t i = hash_of(name);; ++i) {
            Place& place = places_[i % kPlaces];
            const std::size_t bytes = place.name_bytes.load(std::memory_order_relaxed);
            if (bytes == 0) {
                return used_ == kProcessesMax ? places_[kBeyond] : taken(place, name);
            }
            if (std::string_view(place.name.data(), bytes) == name) {
                return place;
            }
        }
    }

    Place& taken(Place& place, std::string_view name) noexcept {
        ++used_;
        name.copy(place.name.data(), name.size());
        place.name_bytes.store(static_cast<std::uint8_t>(name.size()), std::memory_order_release);
        return place;
    }

    std::uint64_t seed_;
    std::array<Place, kPlaces + 1> places_{};
    std::size_t used_ = 0;
};

}  // namespace flowgauge
