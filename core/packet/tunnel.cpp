#include "core/packet/tunnel.h"

#include "core/packet/gre_tunnel.h"
#include "core/packet/nfstream_tunnel.h"
#include "core/packet/overlay_tunnel.h"

namespace flowgauge {

TunnelResult open_tunnel(
    Layer& layer, const IpHeader& ip, TunnelSet tunnels, Packet& packet
) noexcept {
    if (ip.protocol == kProtocolUdp) {
        const TunnelResult result = open_nfstream_tunnel(layer, packet);
        const bool go_on = result.step == TunnelStep::kNoTunnel && tunnels == TunnelSet::kAll;
        return go_on ? open_overlay_tunnel(layer, packet) : result;
    }
    return tunnels == TunnelSet::kAll ? open_gre_tunnel(layer, ip, packet) : TunnelResult{};
}

}  // namespace flowgauge
