#include "core/packet/tunnel.h"

#include "core/packet/link_layer.h"

#include <algorithm>

namespace flowgauge {
namespace {

constexpr std::uint16_t kGtpPort = 2152;
constexpr std::uint16_t kCapwapDataPort = 5247;
constexpr std::uint16_t kTzspPort = 37008;
constexpr std::size_t kUdpHeader = 8;

constexpr TunnelResult kNoTunnel{};
constexpr TunnelResult kInnerIp{.step = TunnelStep::kInnerIp};
constexpr TunnelResult kNotIpInside{
    .step = TunnelStep::kRejected, .reason = Rejection::kTunnelPayload};

bool uses_port(const Packet& packet, std::uint16_t port) noexcept {
    return packet.source_port == port || packet.destination_port == port;
}

bool at_ip(const Layer& layer) noexcept {
    const unsigned version = layer.bytes.u8(0) >> 4;
    return version == 4 || version == 6;
}

// Extension headers of GTP-U: length in units of 4 bytes first, type of the next one last, 0 ends.
bool skip_gtp_extensions(Layer& layer) noexcept {
    for (int i = 0; i < kExtensionHeadersMax; ++i) {
        const std::size_t length = std::size_t{layer.bytes.u8(0)} * 4;
        if (length == 0 || !layer.bytes.has(length + 1)) {
            return false;
        }
        const bool last = layer.bytes.u8(length - 1) == 0;
        if (!layer.skip(length)) {
            return false;
        }
        if (last) {
            return true;
        }
    }
    return false;
}

// Only version 1 user data (T-PDU, 255) has a packet inside; everything else stays the outer flow.
TunnelResult open_gtp(Layer& layer, Packet& packet) noexcept {
    Layer inner = layer;
    if (!inner.skip(kUdpHeader)) {
        return kNoTunnel;
    }
    const std::uint8_t flags = inner.bytes.u8(0);
    if ((flags >> 5) != 1 || inner.bytes.u8(1) != 0xff) {
        return kNoTunnel;
    }
    // Any of the sequence number, N-PDU number and extension flags brings all three fields.
    if (!inner.skip((flags & 0x07) != 0 ? 12 : 8)) {
        return kNoTunnel;
    }
    if ((flags & 0x04) != 0 && !skip_gtp_extensions(inner)) {
        return kNoTunnel;
    }
    if (!inner.bytes.has(1)) {
        return kNoTunnel;
    }
    if (!at_ip(inner)) {
        return kNotIpInside;
    }
    layer = inner;
    packet.tunnel_id = TunnelId::kGtp;
    return kInnerIp;
}

// An IEEE 802.11 data frame with LLC/SNAP and IP inside. Management frames have no packet inside.
bool open_wireless(Layer& layer, Packet& packet) noexcept {
    constexpr std::uint8_t kTypeMask = 0x0c;
    constexpr std::uint8_t kTypeData = 0x08;
    const std::uint8_t control = layer.bytes.u8(0);
    const std::uint8_t directions =
        layer.bytes.u8(1) & 0x03;  // to and from the distribution system
    // Cisco access points send the two bytes of frame control swapped (Wireshark has a preference
    // for it); a data frame says so in either order.
    const bool swapped = (control & kTypeMask) != kTypeData;
    const std::uint8_t type = swapped ? layer.bytes.u8(1) : control;
    if ((type & kTypeMask) != kTypeData) {
        return false;
    }
    const std::uint8_t ways = swapped ? control & 0x03 : directions;
    const bool has_qos = (type & 0x80) != 0;
    const std::size_t header = 24U + (ways == 3 ? 6U : 0U) + (has_qos ? 2U : 0U);
    const std::span<const std::uint8_t> transmitter = layer.bytes.view(10, 6);
    const std::span<const std::uint8_t> third = layer.bytes.view(16, 6);
    if (transmitter.empty() || third.empty() || !layer.skip(header)) {
        return false;
    }
    const std::uint16_t ether_type = layer.bytes.be16(6);
    if (layer.bytes.be16(0) != 0xaaaa || (ether_type != 0x0800 && ether_type != 0x86dd)) {
        return false;
    }
    std::copy(transmitter.begin(), transmitter.end(), packet.source_mac.begin());
    std::copy(third.begin(), third.end(), packet.destination_mac.begin());
    return layer.skip(8) && at_ip(layer);
}

TunnelResult open_capwap(Layer& layer, Packet& packet) noexcept {
    Layer inner = layer;
    if (!inner.skip(kUdpHeader) || !inner.bytes.has(2) || (inner.bytes.u8(0) & 0x0f) != 0) {
        return kNoTunnel;  // a DTLS record (preamble 1) or no CAPWAP at all
    }
    const std::size_t header = (inner.bytes.u8(1) & 0xf8) >> 1;  // HLEN: 5 bits, units of 4 bytes
    if (!inner.skip(header) || !inner.bytes.has(32)) {
        return kNoTunnel;
    }
    Packet wireless = packet;
    if (!open_wireless(inner, wireless)) {
        return kNotIpInside;
    }
    packet = wireless;
    packet.tunnel_id = TunnelId::kCapwap;
    layer = inner;
    return kInnerIp;
}

// Tagged fields up to END (1); PADDING (0) and END are one byte, others type, length, value.
bool skip_tzsp_tags(Layer& layer) noexcept {
    constexpr int kTagsInTzspMax = 64;
    for (int i = 0; i < kTagsInTzspMax; ++i) {
        const std::uint8_t type = layer.bytes.u8(0);
        const std::size_t length = type <= 1 ? 1 : std::size_t{layer.bytes.u8(1)} + 2;
        if (!layer.skip(length)) {
            return false;
        }
        if (type == 1) {
            return true;
        }
    }
    return false;
}

// Version 1, received packet (type 0), encapsulated protocol 1 (Ethernet).
TunnelResult open_tzsp(Layer& layer, Packet& packet) noexcept {
    Layer inner = layer;
    if (!inner.skip(kUdpHeader) || inner.bytes.be32(0) != 0x01000001 || !inner.skip(4) ||
        !skip_tzsp_tags(inner)) {
        return kNoTunnel;
    }
    Packet mirrored = packet;
    mirrored.vlan_id = 0;
    const Rejection reason = open_ethernet(inner, mirrored);
    if (reason != Rejection::kNone) {
        return {.step = TunnelStep::kRejected, .reason = reason};
    }
    packet = mirrored;
    packet.tunnel_id = TunnelId::kTzsp;
    layer = inner;
    return kInnerIp;
}

}  // namespace

TunnelResult open_tunnel(Layer& layer, Packet& packet) noexcept {
    if (uses_port(packet, kGtpPort)) {
        return open_gtp(layer, packet);
    }
    if (uses_port(packet, kTzspPort)) {
        return open_tzsp(layer, packet);
    }
    if (uses_port(packet, kCapwapDataPort)) {
        return open_capwap(layer, packet);
    }
    return kNoTunnel;
}

}  // namespace flowgauge
