#include "core/packet/link_layer.h"

#include "core/packet/wireless_layer.h"

#include <algorithm>

namespace flowgauge {
namespace {

// IEEE 802 numbers (IANA ieee-802-numbers), and the PPP numbers of the same protocols (RFC 1661
// ff).
constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
constexpr std::uint16_t kEtherTypeArp = 0x0806;
constexpr std::uint16_t kEtherTypeRarp = 0x8035;
constexpr std::uint16_t kEtherTypeVlan = 0x8100;  // IEEE 802.1Q
constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;
constexpr std::uint16_t kEtherTypeMpls = 0x8847;  // RFC 5332
constexpr std::uint16_t kEtherTypeMplsUpstream = 0x8848;
constexpr std::uint16_t kEtherTypePppoeSession = 0x8864;  // RFC 2516
constexpr std::uint16_t kEtherTypeProviderVlan = 0x88a8;  // IEEE 802.1ad
constexpr std::uint16_t kEtherTypeOldProviderVlan = 0x9100;
constexpr std::uint16_t kLengthMax = 1500;  // up to here the field is an IEEE 802.3 length
constexpr std::uint16_t kPppIpv4 = 0x0021;
constexpr std::uint16_t kPppIpv6 = 0x0057;
constexpr std::uint16_t kPppMpls = 0x0281;
constexpr std::uint16_t kPppMplsUpstream = 0x0283;
constexpr std::uint16_t kVlanIdMask = 0x0fff;

bool is_vlan(std::uint16_t ether_type) noexcept {
    return ether_type == kEtherTypeVlan || ether_type == kEtherTypeProviderVlan ||
           ether_type == kEtherTypeOldProviderVlan;
}

// Labels up to the bottom of the stack (RFC 3032): 4 bytes each, bit 0x01 of the third marks it.
Rejection open_mpls(Layer& layer) noexcept {
    for (int label = 0; label < kTagsMax; ++label) {
        const bool bottom = (layer.bytes.u8(2) & 0x01) != 0;
        if (!layer.skip(4)) {
            return Rejection::kTruncatedLink;
        }
        if (bottom) {
            return Rejection::kNone;
        }
    }
    return Rejection::kEncapsulationDepth;
}

// PPP protocol field, one byte when compressed (RFC 1661 section 6.5: then it is odd).
Rejection open_ppp_protocol(Layer& layer) noexcept {
    const bool compressed = (layer.bytes.u8(0) & 0x01) != 0;
    const std::uint16_t protocol = compressed ? layer.bytes.u8(0) : layer.bytes.be16(0);
    if (!layer.skip(compressed ? 1 : 2)) {
        return Rejection::kTruncatedLink;
    }
    if (protocol == kPppIpv4 || protocol == kPppIpv6) {
        return Rejection::kNone;
    }
    if (protocol == kPppMpls || protocol == kPppMplsUpstream) {
        return open_mpls(layer);
    }
    return Rejection::kNotIp;
}

// IEEE 802.2: IP sits behind SNAP with organisation 0 (RFC 1042) or directly under SAP 6.
Rejection open_llc(Layer& layer, std::uint16_t& ether_type) noexcept {
    if (!layer.bytes.has(3)) {
        return Rejection::kTruncatedLink;
    }
    const std::uint16_t access_points = layer.bytes.be16(0);
    if (access_points == 0x0606) {
        ether_type = kEtherTypeIpv4;
        return layer.skip(3) ? Rejection::kNone : Rejection::kTruncatedLink;
    }
    if (access_points != 0xaaaa || (layer.bytes.be32(2) & 0x00ffffff) != 0) {
        return Rejection::kLlc;
    }
    ether_type = layer.bytes.be16(6);
    return layer.skip(8) ? Rejection::kNone : Rejection::kTruncatedLink;
}

// PPP in its three habits: Cisco HDLC (address 0x0f or 0x8f, then an ethertype), HDLC-like framing
// (ff 03 first, RFC 1662), or the bare protocol field.
Rejection open_serial(Layer& layer, Packet& packet) noexcept {
    const std::uint8_t address = layer.bytes.u8(0);
    if (address == 0x0f || address == 0x8f) {
        const std::uint16_t ether_type = layer.bytes.be16(2);
        return layer.skip(4) ? open_ether_type(layer, packet, ether_type)
                             : Rejection::kTruncatedLink;
    }
    return open_ppp(layer);
}

// Address families are those of the host that wrote the file: 2 is IPv4 everywhere, IPv6 is 10
// (Linux), 24 (NetBSD, OpenBSD), 28 (FreeBSD) or 30 (macOS).
Rejection open_loopback(Layer& layer) noexcept {
    const std::uint32_t big = layer.bytes.be32(0);
    const std::uint32_t family = big > 0xffff ? layer.bytes.le32(0) : big;
    if (!layer.skip(4)) {
        return Rejection::kTruncatedLink;
    }
    constexpr std::uint32_t kIpFamilies[] = {2, 10, 24, 28, 30};
    const bool is_ip = std::ranges::find(kIpFamilies, family) != std::end(kIpFamilies);
    return is_ip ? Rejection::kNone : Rejection::kNotIp;
}

// Linux cooked: version 1 has 16 bytes with the protocol last, version 2 has 20 with it first.
Rejection open_linux_cooked(
    Layer& layer, Packet& packet, std::size_t protocol_offset, std::size_t header_bytes
) noexcept {
    const std::uint16_t ether_type = layer.bytes.be16(protocol_offset);
    return layer.skip(header_bytes) ? open_ether_type(layer, packet, ether_type)
                                    : Rejection::kTruncatedLink;
}

// Per-Packet Information 1.0.10: version 0, its length and the link type behind it, little-endian.
// The link type is one of libpcap's, which are those of files for all that are read here.
Rejection open_ppi(Layer& layer, LinkType& inside) noexcept {
    constexpr std::size_t kHeaderMin = 8;
    if (!layer.bytes.has(kHeaderMin)) {
        return Rejection::kTruncatedLink;
    }
    const std::size_t header = layer.bytes.le16(2);
    const std::uint32_t link_type = layer.bytes.le32(4);
    const bool nested = link_type == static_cast<std::uint32_t>(LinkType::kPpi);
    if (layer.bytes.u8(0) != 0 || header < kHeaderMin || link_type > 0xffff || nested) {
        return Rejection::kLinkType;
    }
    inside = static_cast<LinkType>(link_type);
    return layer.skip(header) ? Rejection::kNone : Rejection::kTruncatedLink;
}

// Opens a header of `link_type` at `layer`.
Rejection open_link_type(LinkType link_type, Layer& layer, Packet& packet) noexcept {
    switch (link_type) {
    case LinkType::kEthernet:
        return open_ethernet(layer, packet);
    case LinkType::kRaw:
    case LinkType::kRawBsd:
    case LinkType::kRawOpenBsd:
    case LinkType::kIpv4:
    case LinkType::kIpv6:
        return Rejection::kNone;
    case LinkType::kLinuxCooked:
        return open_linux_cooked(layer, packet, 14, 16);
    case LinkType::kLinuxCooked2:
        return open_linux_cooked(layer, packet, 0, 20);
    case LinkType::kPpp:
    case LinkType::kPppSerial:
    case LinkType::kCiscoHdlc:
        return open_serial(layer, packet);
    case LinkType::kNull:
    case LinkType::kLoop:
        return open_loopback(layer);
    case LinkType::kWireless:
        return open_wireless(layer, packet);
    case LinkType::kRadiotap:
        return open_radiotap(layer, packet);
    case LinkType::kPpi:
        break;  // opened by open_link()
    }
    return Rejection::kLinkType;
}

}  // namespace

// The innermost VLAN id stays.
Rejection open_ether_type(Layer& layer, Packet& packet, std::uint16_t ether_type) noexcept {
    for (int tag = 0; tag <= kTagsMax; ++tag) {
        if (is_vlan(ether_type)) {
            packet.vlan_id = layer.bytes.be16(0) & kVlanIdMask;
            ether_type = layer.bytes.be16(2);
            if (!layer.skip(4)) {
                return Rejection::kTruncatedLink;
            }
            continue;
        }
        if (ether_type <= kLengthMax) {
            if (const Rejection reason = open_llc(layer, ether_type); reason != Rejection::kNone) {
                return reason;
            }
            if (ether_type <= kLengthMax) {
                return Rejection::kLlc;
            }
            continue;
        }
        switch (ether_type) {
        case kEtherTypeIpv4:
        case kEtherTypeIpv6:
            return Rejection::kNone;
        case kEtherTypeMpls:
        case kEtherTypeMplsUpstream:
            return open_mpls(layer);
        case kEtherTypePppoeSession:
            return layer.skip(6) ? open_ppp_protocol(layer) : Rejection::kTruncatedLink;
        case kEtherTypeArp:
        case kEtherTypeRarp:
            return Rejection::kArp;
        default:
            return Rejection::kNotIp;
        }
    }
    return Rejection::kEncapsulationDepth;
}

Rejection open_logical_link(Layer& layer, Packet& packet) noexcept {
    std::uint16_t ether_type = 0;
    if (const Rejection reason = open_llc(layer, ether_type); reason != Rejection::kNone) {
        return reason;
    }
    return ether_type <= kLengthMax ? Rejection::kLlc : open_ether_type(layer, packet, ether_type);
}

Rejection open_ppp(Layer& layer) noexcept {
    if (layer.bytes.u8(0) == 0xff && layer.bytes.u8(1) == 0x03 && !layer.skip(2)) {
        return Rejection::kTruncatedLink;
    }
    return open_ppp_protocol(layer);
}

Rejection open_ethernet(Layer& layer, Packet& packet) noexcept {
    const std::span<const std::uint8_t> header = layer.bytes.view(0, 14);
    if (header.empty()) {
        return Rejection::kTruncatedLink;
    }
    std::copy_n(header.begin(), 6, packet.destination_mac.begin());
    std::copy_n(header.begin() + 6, 6, packet.source_mac.begin());
    const std::uint16_t ether_type = layer.bytes.be16(12);
    return layer.skip(14) ? open_ether_type(layer, packet, ether_type) : Rejection::kTruncatedLink;
}

Rejection open_link(const Frame& frame, Packet& packet, Layer& layer) noexcept {
    layer.bytes = ByteCursor(frame.bytes);
    layer.wire_bytes = frame.wire_bytes;
    if (frame.has_stripped_vlan) {
        packet.vlan_id = frame.stripped_vlan_tci & kVlanIdMask;
        layer.wire_bytes -= 4;
    }
    LinkType link_type = frame.link_type;
    if (link_type == LinkType::kPpi) {
        const Rejection reason = open_ppi(layer, link_type);
        if (reason != Rejection::kNone) {
            return reason;
        }
    }
    return open_link_type(link_type, layer, packet);
}

}  // namespace flowgauge
