#include "core/packet/decoder.h"

#include "core/packet/link_layer.h"
#include "core/packet/transport_layer.h"
#include "core/packet/tunnel.h"

namespace flowgauge {
namespace {

constexpr DecodeResult kPacket{.step = DecodeStep::kPacket};
constexpr DecodeResult kFragmentFound{.step = DecodeStep::kFragment};

DecodeResult rejected(Rejection reason) noexcept {
    return {.step = DecodeStep::kRejected, .reason = reason};
}

bool carries_ip(std::uint8_t protocol) noexcept {
    return protocol == kProtocolIpv4 || protocol == kProtocolIpv6;
}

}  // namespace

DecodeResult Decoder::decode(const Frame& frame, Packet& packet, Fragment& fragment)
    const noexcept {
    packet = {};
    packet.time = frame.time;
    packet.position = frame.position;
    packet.frame_bytes = frame.wire_bytes;
    packet.observation_point = frame.observation_point;
    if (frame.bytes.size() < options_.minimum_frame_bytes) {
        return rejected(Rejection::kShortFrame);
    }
    Layer layer;
    const Rejection reason = open_link(frame, packet, layer);
    const bool goes_on = !options_.check_ether_type && is_other_protocol(reason);
    if (reason != Rejection::kNone && !goes_on) {
        return rejected(reason);
    }
    // nDPI's reader asks for fragments only where the link announced IPv4.
    return climb(layer, packet, fragment, goes_on ? FragmentPolicy::kIgnore : options_.fragments);
}

DecodeResult Decoder::decode_datagram(Layer layer, Packet& packet, Fragment& fragment)
    const noexcept {
    return climb(layer, packet, fragment, options_.fragments);
}

// One turn for each IP header: unwraps IP-in-IP and tunnels until a packet, a fragment or nothing.
DecodeResult Decoder::climb(
    Layer& layer, Packet& packet, Fragment& fragment, FragmentPolicy fragments
) const noexcept {
    const IpHeader& ip = fragment.header;
    while (packet.encapsulations < kEncapsulationsMax) {
        ++packet.encapsulations;
        std::optional<DecodeResult> end = open_network(layer, packet, fragment, fragments);
        if (!end && !carries_ip(ip.protocol)) {
            end = open_transport(layer, packet, ip);
        }
        if (end) {
            return *end;
        }
    }
    return rejected(Rejection::kEncapsulationDepth);
}

// Opens the IP header at `layer`. Returns nothing when its payload is to be read.
std::optional<DecodeResult> Decoder::open_network(
    Layer& layer, Packet& packet, Fragment& fragment, FragmentPolicy fragments
) const noexcept {
    IpHeader& ip = fragment.header;
    const Rejection reason = read_ip(layer, options_, packet, ip);
    if (reason != Rejection::kNone) {
        const bool inner = packet.encapsulations > 1 && reason == Rejection::kNotIp;
        return rejected(inner ? Rejection::kTunnelPayload : reason);
    }
    if (ip.is_fragment && fragments == FragmentPolicy::kReassemble) {
        return kFragmentFound;
    }
    if (ip.fragment_offset != 0 && fragments == FragmentPolicy::kFirstOnly) {
        return rejected(Rejection::kFragment);
    }
    if (!layer.skip(ip.header_bytes)) {
        return rejected(Rejection::kTruncatedIp);
    }
    return std::nullopt;
}

// Opens what follows an IP header. Returns nothing when that is another IP header, in a tunnel.
std::optional<DecodeResult> Decoder::open_transport(
    Layer& layer, Packet& packet, const IpHeader& ip
) const noexcept {
    const Rejection reason = read_transport(layer, ip, packet);
    if (reason != Rejection::kNone) {
        return rejected(reason);
    }
    if (!may_carry_tunnel(ip.protocol) || options_.decode_tunnels == TunnelSet::kNone) {
        return kPacket;
    }
    const TunnelResult tunnel = open_tunnel(layer, ip, options_.decode_tunnels, packet);
    switch (tunnel.step) {
    case TunnelStep::kNoTunnel:
        return kPacket;
    case TunnelStep::kRejected:
        return rejected(tunnel.reason);
    case TunnelStep::kInnerIp:
        break;
    }
    return std::nullopt;
}

}  // namespace flowgauge
