// FlowKey: what makes packets one flow, the same for both directions.
#pragma once

#include "core/base/hash.h"
#include "core/base/ip_address.h"
#include "core/packet/packet.h"

#include <cstdint>
#include <tuple>

namespace flowgauge {

// The two ends are ordered by address, then port, so that one look-up serves both directions.
// Tunnel endpoints, MPLS labels, MACs and interfaces stay out of it (NFStream's key), the IP
// version is in it: equal bits of IPv4 and IPv6 are different hosts.
struct FlowKey {
    IpAddress lower;
    IpAddress upper;
    std::uint16_t lower_port = 0;
    std::uint16_t upper_port = 0;
    std::uint16_t vlan_id = 0;
    std::uint8_t protocol = 0;
    std::uint8_t ip_version = 0;
    TunnelId tunnel_id = TunnelId::kNone;

    friend auto operator<=>(const FlowKey&, const FlowKey&) = default;
};

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
             .lower_port = from_upper ? packet.destination_port : packet.source_port,
             .upper_port = from_upper ? packet.source_port : packet.destination_port,
             .vlan_id = packet.vlan_id,
             .protocol = packet.protocol,
             .ip_version = packet.ip_version,
             .tunnel_id = packet.tunnel_id},
        .from_upper = from_upper};
}

// Hash of the whole key. With a random seed it protects a table; with a fixed one it identifies the
// flow everywhere.
[[nodiscard]] inline std::uint64_t hash_of(const FlowKey& key, std::uint64_t seed) noexcept {
    const std::uint64_t rest =
        (std::uint64_t{key.lower_port} << 48) | (std::uint64_t{key.upper_port} << 32) |
        (std::uint64_t{key.vlan_id} << 16) | (std::uint64_t{key.protocol} << 8) |
        (std::uint64_t{key.ip_version} << 4) | static_cast<std::uint64_t>(key.tunnel_id);
    std::uint64_t hash = hash_words(seed, key.lower.high, key.lower.low);
    hash = hash_words(hash, key.upper.high, key.upper.low);
    return hash_words(hash, rest, 0);
}

}  // namespace flowgauge
