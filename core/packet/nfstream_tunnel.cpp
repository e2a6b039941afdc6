#include "core/packet/nfstream_tunnel.h"

#include "core/packet/wireless_layer.h"

namespace flowgauge {
namespace {

constexpr std::uint16_t kGtpPort = 2152;
constexpr std::uint16_t kCapwapDataPort = 5247;
constexpr std::uint16_t kTzspPort = 37008;

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
    if (!inner.skip(kUdpHeaderBytes)) {
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
    return enter_ip(inner, TunnelId::kGtp, layer, packet);
}

TunnelResult open_capwap(Layer& layer, Packet& packet) noexcept {
    Layer inner = layer;
    if (!inner.skip(kUdpHeaderBytes) || !inner.bytes.has(2) || (inner.bytes.u8(0) & 0x0f) != 0) {
        return kNoTunnel;  // a DTLS record (preamble 1) or no CAPWAP at all
    }
    const std::size_t header = (inner.bytes.u8(1) & 0xf8) >> 1;  // HLEN: 5 bits, units of 4 bytes
    if (!inner.skip(header) || !inner.bytes.has(32)) {
        return kNoTunnel;
    }
    Packet wireless = packet;
    if (!open_access_point_frame(inner, wireless) || !at_ip(inner)) {
        return kNotIpInside;
    }
    packet = wireless;
    return enter_ip(inner, TunnelId::kCapwap, layer, packet);
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
    if (!inner.skip(kUdpHeaderBytes) || inner.bytes.be32(0) != 0x01000001 || !inner.skip(4) ||
        !skip_tzsp_tags(inner)) {
        return kNoTunnel;
    }
    return enter_ethernet(inner, TunnelId::kTzsp, layer, packet);
}

}  // namespace

TunnelResult open_nfstream_tunnel(Layer& layer, Packet& packet) noexcept {
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
