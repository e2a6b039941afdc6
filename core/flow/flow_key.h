// FlowKey: what makes packets one flow, the same for both directions.
#pragma once

#include "core/base/hash.h"
#include "core/base/ip_address.h"
#include "core/packet/packet.h"

#include <cstdint>
#include <tuple>

namespace flowgauge {

// The two ends are ordered by address, then port, so that one look-up serves both directions.
// Tunnel endpoints, MPLS labels and MACs stay out of it (NFStream's key), the IP version is in it:
// equal bits of IPv4 and IPv6 are different hosts. So is the observation point: what two interfaces
// of one input see are two flows, and a packet that passes both is not counted twice in one.
//
// What is not an address is packed into one word, in the order in which keys compare: keys are
// made, hashed and compared for each packet, and words written by parts are slow to read whole.
struct FlowKey {
    IpAddress lower;
    IpAddress upper;
    std::uint64_t rest = 0;

    // What `rest` is made of. Requires: 12 bits of vlan_id, 4 of tunnel_id, 6 of observation_point,
    // and an ip_version of 4 or 6.
    struct Parts {
        std::uint16_t lower_port = 0;
        std::uint16_t upper_port = 0;
        std::uint16_t vlan_id = 0;
        std::uint8_t protocol = 0;
        std::uint8_t ip_version = 0;
        TunnelId tunnel_id = TunnelId::kNone;
        std::uint8_t observation_point = 0;
    };
    [[nodiscard]] static constexpr std::uint64_t pack(const Parts& parts) noexcept {
        return (std::uint64_t{parts.lower_port} << 48) | (std::uint64_t{parts.upper_port} << 32) |
               (std::uint64_t{parts.vlan_id} << 20) | (std::uint64_t{parts.protocol} << 12) |
               (std::uint64_t{parts.ip_version} >> 1 << 10) |
               (static_cast<std::uint64_t>(parts.tunnel_id) << 6) | parts.observation_point;
    }

    [[nodiscard]] constexpr std::uint16_t lower_port() const noexcept {
        return static_cast<std::uint16_t>(rest >> 48);
    }
    [[nodiscard]] constexpr std::uint16_t upper_port() const noexcept {
        return static_cast<std::uint16_t>(rest >> 32);
    }
    [[nodiscard]] constexpr std::uint16_t vlan_id() const noexcept { return rest >> 20 & 0x0fff; }
    [[nodiscard]] constexpr std::uint8_t protocol() const noexcept {
        return static_cast<std::uint8_t>(rest >> 12);
    }
    [[nodiscard]] constexpr std::uint8_t ip_version() const noexcept {
        return static_cast<std::uint8_t>((rest >> 10 & 0x03) << 1);
    }
    [[nodiscard]] constexpr TunnelId tunnel_id() const noexcept {
        return static_cast<TunnelId>(rest >> 6 & 0x0f);
    }
    [[nodiscard]] constexpr std::uint8_t observation_point() const noexcept { return rest & 0x3f; }

    friend auto operator<=>(const FlowKey&, const FlowKey&) = default;
    friend bool operator==(const FlowKey& a, const FlowKey& b) noexcept {
        return ((a.lower.high ^ b.lower.high) | (a.lower.low ^ b.lower.low) |
                (a.upper.high ^ b.upper.high) | (a.upper.low ^ b.upper.low) | (a.rest ^ b.rest)) ==
               0;
    }
};

static_assert(sizeof(FlowKey) == 40);

// The beginning of a key's place in the order of keys: a < b where the ranks differ so.
[[nodiscard]] inline std::uint32_t rank_of(const FlowKey& key) noexcept {
    const bool short_address = key.lower.high == 0 && key.lower.low >> 32 == 0;
    return static_cast<std::uint32_t>(
        short_address ? key.lower.low >> 1 : (key.lower.high >> 33) | 0x80000000U
    );
}

// A key, and whether the packet's source is its upper end.
struct OrientedKey {
    FlowKey key;
    bool from_upper = false;
};

[[nodiscard]] inline OrientedKey key_of(const Packet& packet) noexcept {
    const bool from_upper = std::tie(packet.source, packet.source_port) >
                            std::tie(packet.destination, packet.destination_port);
    return {
        .key =
            {.lower = from_upper ? packet.destination : packet.source,
             .upper = from_upper ? packet.source : packet.destination,
             .rest = FlowKey::pack(
                 {.lower_port = from_upper ? packet.destination_port : packet.source_port,
                  .upper_port = from_upper ? packet.source_port : packet.destination_port,
                  .vlan_id = packet.vlan_id,
                  .protocol = packet.protocol,
                  .ip_version = packet.ip_version,
                  .tunnel_id = packet.tunnel_id,
                  .observation_point = packet.observation_point}
             )},
        .from_upper = from_upper};
}

// Hash of the whole key. With a random seed it protects a table; with a fixed one it identifies the
// flow everywhere. The two ends are mixed side by side, which takes half the time of one after the
// other.
[[nodiscard]] inline std::uint64_t hash_of(const FlowKey& key, std::uint64_t seed) noexcept {
    const std::uint64_t lower = hash_words(seed, key.lower.high, key.lower.low);
    const std::uint64_t upper = hash_words(~seed, key.upper.high, key.upper.low);
    return hash_words(seed, lower ^ key.rest, upper);
}

}  // namespace flowgauge
