#include "core/packet/overlay_tunnel.h"

namespace flowgauge {
namespace {

constexpr std::uint16_t kL2tpPort = 1701;
constexpr std::uint16_t kTeredoPort = 3544;
constexpr std::uint16_t kVxlanPort = 4789;
constexpr std::uint16_t kVxlanGpePort = 4790;
constexpr std::uint16_t kGenevePort = 6081;

constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;
constexpr std::uint16_t kEtherTypeMpls = 0x8847;
constexpr std::uint16_t kEtherTypeEthernet = 0x6558;

// How many bytes the UDP datagram at `layer` has behind `inner`, by its length, not by what was
// captured.
std::size_t bytes_behind(const Layer& inner, const Layer& layer, const Packet& packet) noexcept {
    const std::size_t header = layer.bytes.remaining() - inner.bytes.remaining();
    return packet.transport_bytes > header ? packet.transport_bytes - header : 0;
}

// Moves `inner` behind a header. Returns false when nothing would be left to look at.
bool skip_header(
    Layer& inner, std::size_t count, const Layer& layer, const Packet& packet
) noexcept {
    return inner.skip(count) && inner.bytes.has(1) && bytes_behind(inner, layer, packet) > 0;
}

// The header is all flags and zeros but for the network identifier: the flag I alone; or, with
// group policy (draft-smith-vxlan-group-policy), G, "don't learn", "applied" and the group. RFC
// 7348 lets receivers ignore the zeros. They are insisted on, since nothing else tells VXLAN from
// another use of the port.
TunnelResult open_vxlan(Layer& layer, Packet& packet) noexcept {
    constexpr std::uint32_t kIdentifierValid = 0x08000000;
    constexpr std::uint32_t kWithGroup = 0x88000000;
    constexpr std::uint32_t kGroupFields = 0x0048ffff;
    Layer inner = layer;
    if (!inner.skip(kUdpHeaderBytes)) {
        return kNoTunnel;
    }
    const std::uint32_t flags = inner.bytes.be32(0);
    const bool sound = flags == kIdentifierValid || (flags & ~kGroupFields) == kWithGroup;
    if (!sound || inner.bytes.u8(7) != 0 || !skip_header(inner, 8, layer, packet)) {
        return kNoTunnel;
    }
    return enter_ethernet(inner, TunnelId::kVxlan, layer, packet);
}

// The next protocols of VXLAN-GPE as ethertypes; 0 for one that is not read.
std::uint16_t ether_type_of_next_protocol(std::uint8_t next_protocol) noexcept {
    switch (next_protocol) {
    case 1:
        return kEtherTypeIpv4;
    case 2:
        return kEtherTypeIpv6;
    case 3:
        return kEtherTypeEthernet;
    case 5:
        return kEtherTypeMpls;
    default:
        return 0;  // 4 is NSH
    }
}

// Flags are I, and P when the last byte of the first word names what follows, else it is Ethernet;
// B (broadcast) and O (operation and maintenance) may be set. Version and all else are 0.
TunnelResult open_vxlan_gpe(Layer& layer, Packet& packet) noexcept {
    constexpr std::uint32_t kFree = 0x030000ff;  // B, O, and the next protocol
    constexpr std::uint32_t kIdentifierValid = 0x08000000;
    constexpr std::uint32_t kNamesProtocol = 0x04000000;
    Layer inner = layer;
    if (!inner.skip(kUdpHeaderBytes)) {
        return kNoTunnel;
    }
    const std::uint32_t flags = inner.bytes.be32(0);
    const bool names_protocol = (flags & kNamesProtocol) != 0;
    const std::uint8_t next_protocol = inner.bytes.u8(3);
    const bool sound = (flags & ~(kFree | kNamesProtocol)) == kIdentifierValid &&
                       (next_protocol != 0) == names_protocol;
    if (!sound || inner.bytes.u8(7) != 0 || !skip_header(inner, 8, layer, packet)) {
        return kNoTunnel;
    }
    const std::uint16_t ether_type =
        names_protocol ? ether_type_of_next_protocol(next_protocol) : kEtherTypeEthernet;
    if (ether_type == 0) {
        return kNotIpInside;
    }
    return enter_ether_type(ether_type, inner, TunnelId::kVxlan, layer, packet);
}

// Version 0; the low 6 bits of the first byte are the length of the options in units of 4 bytes.
// The second byte has the flags O and C and zeros; the last byte is 0.
TunnelResult open_geneve(Layer& layer, Packet& packet) noexcept {
    constexpr std::uint8_t kReserved = 0x3f;
    Layer inner = layer;
    if (!inner.skip(kUdpHeaderBytes)) {
        return kNoTunnel;
    }
    const std::uint8_t first = inner.bytes.u8(0);
    const std::uint16_t ether_type = inner.bytes.be16(2);
    const bool sound =
        (first >> 6) == 0 && (inner.bytes.u8(1) & kReserved) == 0 && inner.bytes.u8(7) == 0;
    const std::size_t options = std::size_t{first} * 4;
    if (!sound || !skip_header(inner, 8 + options, layer, packet)) {
        return kNoTunnel;
    }
    return enter_ether_type(ether_type, inner, TunnelId::kGeneve, layer, packet);
}

// Steps over what may stand before the IPv6 packet (RFC 4380 section 5.1.1): authentication with
// the lengths of client identifier and value, a nonce of 8 bytes and a confirmation byte; then the
// origin's port and address.
bool skip_teredo_indications(Layer& inner) noexcept {
    constexpr std::uint16_t kOrigin = 0x0000;
    constexpr std::uint16_t kAuthentication = 0x0001;
    if (inner.bytes.be16(0) == kAuthentication) {
        const std::size_t lengths = std::size_t{inner.bytes.u8(2)} + inner.bytes.u8(3);
        if (!inner.skip(4 + lengths + 8 + 1)) {
            return false;
        }
    }
    return inner.bytes.be16(0) != kOrigin || inner.skip(8);
}

// The header is an IPv6 packet's own. That its length fills the datagram is what tells it from
// another use of the port. Bubbles with a trailer (RFC 6081) hold no payload and stay outside.
TunnelResult open_teredo(Layer& layer, Packet& packet) noexcept {
    constexpr std::size_t kIpv6Header = 40;
    Layer inner = layer;
    if (!inner.skip(kUdpHeaderBytes) || !skip_teredo_indications(inner)) {
        return kNoTunnel;
    }
    const bool ipv6 = inner.bytes.has(6) && (inner.bytes.u8(0) >> 4) == 6;
    const std::size_t length = kIpv6Header + inner.bytes.be16(4);
    if (!ipv6 || length != bytes_behind(inner, layer, packet)) {
        return kNoTunnel;
    }
    return enter_ip(inner, TunnelId::kTeredo, layer, packet);
}

// Data messages of version 2: T is 0, the unnamed flags are 0, tunnel and session have a number,
// and a length, if there is one, is that of the datagram. Control messages stay the outer flow.
TunnelResult open_l2tp(Layer& layer, Packet& packet) noexcept {
    constexpr std::uint16_t kLength = 0x4000;
    constexpr std::uint16_t kSequence = 0x0800;
    constexpr std::uint16_t kOffset = 0x0200;
    constexpr std::uint16_t kPriority = 0x0100;
    constexpr std::uint16_t kOptional = kLength | kSequence | kOffset | kPriority;
    Layer inner = layer;
    if (!inner.skip(kUdpHeaderBytes)) {
        return kNoTunnel;
    }
    const std::uint16_t flags = inner.bytes.be16(0);
    const bool has_length = (flags & kLength) != 0;
    const bool lies = has_length && inner.bytes.be16(2) != bytes_behind(inner, layer, packet);
    if ((flags & ~kOptional) != 2 || lies || !inner.skip(has_length ? 4 : 2)) {
        return kNoTunnel;
    }
    const bool numbered = inner.bytes.be16(0) != 0 && inner.bytes.be16(2) != 0;
    if (!numbered || !inner.skip((flags & kSequence) != 0 ? 8 : 4)) {
        return kNoTunnel;
    }
    const std::size_t padding = (flags & kOffset) != 0 ? 2U + inner.bytes.be16(0) : 0U;
    if (!skip_header(inner, padding, layer, packet)) {
        return kNoTunnel;
    }
    return enter_ppp(inner, TunnelId::kL2tp, layer, packet);
}

}  // namespace

TunnelResult open_overlay_tunnel(Layer& layer, Packet& packet) noexcept {
    // Their senders choose the source port by the flow inside, so the other port alone names them.
    switch (packet.destination_port) {
    case kVxlanPort:
        return open_vxlan(layer, packet);
    case kVxlanGpePort:
        return open_vxlan_gpe(layer, packet);
    case kGenevePort:
        return open_geneve(layer, packet);
    default:
        break;
    }
    if (uses_port(packet, kTeredoPort)) {
        return open_teredo(layer, packet);
    }
    if (uses_port(packet, kL2tpPort)) {
        return open_l2tp(layer, packet);
    }
    return kNoTunnel;
}

}  // namespace flowgauge
