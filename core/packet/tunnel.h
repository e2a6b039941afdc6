// The fourth rung: tunnels over UDP and GRE, over IPv4 and IPv6 alike.
#pragma once

#include "core/packet/decode_options.h"
#include "core/packet/layer.h"
#include "core/packet/network_layer.h"
#include "core/packet/packet.h"
#include "core/packet/tunnel_payload.h"

namespace flowgauge {

// Whether tunnels are looked for behind IP `protocol`.
[[nodiscard]] constexpr bool may_carry_tunnel(std::uint8_t protocol) noexcept {
    return protocol == kProtocolUdp || protocol == kProtocolGre;
}

// Looks for one of `tunnels` at `layer`, right behind `ip`, whose transport header `packet` holds.
// On kInnerIp `layer` has moved, tunnel_id is the tunnel's, and MACs and vlan_id are those of a
// frame inside. What only uses the port of a tunnel, or a message of it that carries no packet, is
// kNoTunnel.
[[nodiscard]] TunnelResult open_tunnel(
    Layer& layer, const IpHeader& ip, TunnelSet tunnels, Packet& packet
) noexcept;

}  // namespace flowgauge
