// Tunnels directly over IP: GRE, NVGRE, ERSPAN and PPTP.
#pragma once

#include "core/packet/layer.h"
#include "core/packet/network_layer.h"
#include "core/packet/packet.h"
#include "core/packet/tunnel_payload.h"

namespace flowgauge {

// Opens a GRE header at `layer`, right behind `ip` (RFC 2784, RFC 2890): IPv4, IPv6, MPLS, Ethernet
// (NVGRE, RFC 7637, too), mirrored frames (ERSPAN types I, II and III, draft-foschiano-erspan), and
// PPP in version 1 (PPTP, RFC 2637).
[[nodiscard]] TunnelResult open_gre_tunnel(
    Layer& layer, const IpHeader& ip, Packet& packet
) noexcept;

}  // namespace flowgauge
