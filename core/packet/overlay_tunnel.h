// Tunnels over UDP beyond NFStream's: VXLAN, GENEVE, Teredo and L2TP.
#pragma once

#include "core/packet/layer.h"
#include "core/packet/packet.h"
#include "core/packet/tunnel_payload.h"

namespace flowgauge {

// Looks for VXLAN (RFC 7348, and draft-ietf-nvo3-vxlan-gpe), GENEVE (RFC 8926), Teredo (RFC 4380)
// or data of L2TP version 2 (RFC 2661) behind the UDP header at `layer`, by the ports in `packet`.
//
// L2TP version 3 (RFC 3931) stays the outer flow: its data messages say neither how long their
// cookie is nor what they carry.
[[nodiscard]] TunnelResult open_overlay_tunnel(Layer& layer, Packet& packet) noexcept;

}  // namespace flowgauge
