// ApplicationTally: flows, packets and bytes by application, counted by one worker and read by
// others while it runs.
#pragma once

#include "core/dpi/application.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace flowgauge {

// Thread: add() by the worker, visit() by any: each number is recent, and never falls. Bound:
// kApplicationsMax different ones; what comes later is counted together, as `other`.
class ApplicationTally {
public:
    static constexpr std::size_t kApplicationsMax = 1024;

    struct Counts {
        std::uint64_t flows = 0;
        std::uint64_t packets = 0;
        std::uint64_t bytes = 0;
    };

    void add(const Application& application, const Counts& counts) noexcept {
        Place& place = place_of(key_of(application));
        raise(place.flows, counts.flows);
        raise(place.packets, counts.packets);
        raise(place.bytes, counts.bytes);
    }

    // see(const Application* or null for `other`, counts) for each that has flows; of the
    // application only the two protocol numbers are set.
    template <typename See>
    void visit(See&& see) const {
        for (std::size_t i = 0; i < places_.size(); ++i) {
            const Place& place = places_[i];
            // Flows first: whoever sees some sees the key that they are counted under.
            const std::uint64_t flows = place.flows.load(std::memory_order_acquire);
            const std::uint32_t key = place.key.load(std::memory_order_acquire);
            const Counts counts{
                .flows = flows,
                .packets = place.packets.load(std::memory_order_relaxed),
                .bytes = place.bytes.load(std::memory_order_relaxed)};
            if (counts.flows == 0) {
                continue;
            }
            Application application;
            application.master = static_cast<std::uint16_t>((key - 1) >> 16);
            application.app = static_cast<std::uint16_t>(key - 1);
            see(i == kOther ? nullptr : &application, counts);
        }
    }

private:
    static constexpr std::size_t kPlaces = 2 * kApplicationsMax;  // half full at most
    static constexpr std::size_t kOther = kPlaces;

    struct Place {
        std::atomic<std::uint32_t> key{0};  // 0: free
        std::atomic<std::uint64_t> flows{0};
        std::atomic<std::uint64_t> packets{0};
        std::atomic<std::uint64_t> bytes{0};
    };

    static void raise(std::atomic<std::uint64_t>& cell, std::uint64_t by) noexcept {
        cell.store(cell.load(std::memory_order_relaxed) + by, std::memory_order_release);
    }

    static std::uint32_t key_of(const Application& application) noexcept {
        return ((std::uint32_t{application.master} << 16) | application.app) + 1;
    }

    Place& place_of(std::uint32_t key) noexcept {
        constexpr std::uint32_t kSpread = 2654435761U;  // Knuth's, for keys that lie close together
        for (std::size_t i = (key * kSpread) >> 20;; ++i) {
            Place& place = places_[i % kPlaces];
            const std::uint32_t found = place.key.load(std::memory_order_relaxed);
            if (found == key) {
                return place;
            }
            if (found == 0) {
                if (used_ == kApplicationsMax) {
                    return places_[kOther];
                }
                ++used_;
                place.key.store(key, std::memory_order_release);
                return place;
            }
        }
    }

    std::array<Place, kPlaces + 1> places_{};
    std::size_t used_ = 0;
};

}  // namespace flowgauge
