// The fourth rung: tunnels over UDP, over IPv4 and IPv6 alike.
#pragma once

#include "core/packet/layer.h"
#include "core/packet/packet.h"
#include "core/packet/rejection.h"

#include <cstdint>

namespace flowgauge {

enum class TunnelStep : std::uint8_t {
    kNoTunnel,  // an ordinary packet; nothing was changed
    kInnerIp,   // `layer` stands at an inner IP header
    kRejected,
};

struct TunnelResult {
    TunnelStep step = TunnelStep::kNoTunnel;
    Rejection reason = Rejection::kNone;
};

// Looks for GTP-U (3GPP TS 29.281), CAPWAP data (RFC 5415) or TZSP behind the UDP header at
// `layer`, by the ports in `packet`. On kInnerIp `layer` has moved, and tunnel_id and MACs are the
// inner ones.
[[nodiscard]] TunnelResult open_tunnel(Layer& layer, Packet& packet) noexcept;

}  // namespace flowgauge
