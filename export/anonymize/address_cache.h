// AddressCache: what was found out about the addresses that were asked for last.
#pragma once

#include "core/base/hash.h"
#include "core/base/ip_address.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace flowgauge {

// Each address has one place, and the next one that has the same takes it: bounded, and never worse
// than asking anew. Records of a network come with the same addresses again and again.
template <typename Value>
class AddressCache {
public:
    static constexpr std::size_t kPlaces = 4096;

    // The value of an address, by `find`, which returns whether it found one. Null: it did not. The
    // value stays until the next call.
    template <typename Find>
    [[nodiscard]] const Value* get(const IpAddress& address, std::uint8_t version, Find find) {
        Place& place = places_[place_of(address, version)];
        if (place.version == version && place.address == address) {
            return &place.value;
        }
        place.version = 0;
        if (!find(place.value)) {
            return nullptr;
        }
        place.version = version;
        place.address = address;
        return &place.value;
    }

private:
    struct Place {
        IpAddress address;
        std::uint8_t version = 0;  // 0: empty
        Value value{};
    };

    [[nodiscard]] static std::size_t place_of(
        const IpAddress& address, std::uint8_t version
    ) noexcept {
        return hash_words(version, address.high, address.low) % kPlaces;
    }

    std::vector<Place> places_ = std::vector<Place>(kPlaces);
};

}  // namespace flowgauge
