// The tunnels that NFStream opens: GTP-U, CAPWAP data and TZSP, over UDP.
#pragma once

#include "core/packet/layer.h"
#include "core/packet/packet.h"
#include "core/packet/tunnel_payload.h"

namespace flowgauge {

// Looks for GTP-U (3GPP TS 29.281), CAPWAP data (RFC 5415) or TZSP behind the UDP header at
// `layer`, by the ports in `packet`.
[[nodiscard]] TunnelResult open_nfstream_tunnel(Layer& layer, Packet& packet) noexcept;

}  // namespace flowgauge
