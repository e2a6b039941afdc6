#include "core/packet/tunnel_payload.h"

#include "core/packet/link_layer.h"

namespace flowgauge {
namespace {

constexpr std::uint16_t kEtherTypeMin = 0x0600;  // below are lengths (IEEE 802.3 section 3.2.6)
constexpr std::uint16_t kTransparentBridging = 0x6558;

TunnelResult rejected(Rejection reason) noexcept {
    return {.step = TunnelStep::kRejected, .reason = reason};
}

}  // namespace

TunnelResult enter_ip(const Layer& inner, TunnelId id, Layer& layer, Packet& packet) noexcept {
    layer = inner;
    packet.tunnel_id = id;
    return {.step = TunnelStep::kInnerIp};
}

TunnelResult enter_ethernet(
    const Layer& inner, TunnelId id, Layer& layer, Packet& packet
) noexcept {
    Layer at = inner;
    Packet seen = packet;
    seen.vlan_id = 0;
    if (const Rejection reason = open_ethernet(at, seen); reason != Rejection::kNone) {
        return rejected(reason);
    }
    packet = seen;
    return enter_ip(at, id, layer, packet);
}

TunnelResult enter_ether_type(
    std::uint16_t ether_type, const Layer& inner, TunnelId id, Layer& layer, Packet& packet
) noexcept {
    if (ether_type < kEtherTypeMin) {
        return kNoTunnel;
    }
    if (ether_type == kTransparentBridging) {
        return enter_ethernet(inner, id, layer, packet);
    }
    Layer at = inner;
    Packet seen = packet;
    if (const Rejection reason = open_ether_type(at, seen, ether_type);
        reason != Rejection::kNone) {
        return rejected(reason);
    }
    packet = seen;
    return enter_ip(at, id, layer, packet);
}

TunnelResult enter_ppp(const Layer& inner, TunnelId id, Layer& layer, Packet& packet) noexcept {
    Layer at = inner;
    if (const Rejection reason = open_ppp(at); reason != Rejection::kNone) {
        return rejected(reason);
    }
    return enter_ip(at, id, layer, packet);
}

}  // namespace flowgauge
