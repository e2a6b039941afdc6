#include "core/packet/gre_tunnel.h"

namespace flowgauge {
namespace {

// The first two bytes of a GRE header. Routing (RFC 1701), recursion and the unnamed bits must be
// 0: a receiver that does not know them discards the packet (RFC 2784 section 2.3).
constexpr std::uint16_t kChecksum = 0x8000;
constexpr std::uint16_t kKey = 0x2000;
constexpr std::uint16_t kSequence = 0x1000;
constexpr std::uint16_t kAcknowledgement = 0x0080;  // version 1 only

constexpr std::uint16_t kPpp = 0x880b;
constexpr std::uint16_t kErspan = 0x88be;
constexpr std::uint16_t kErspanThree = 0x22eb;

std::size_t word_if(bool present) noexcept {
    return present ? 4 : 0;
}

// Moves `inner` over `count` bytes of header. Returns false when they or the first byte behind them
// were not captured, or `bytes`, which counts what the IP header says is left, ends before.
bool skip_header(Layer& inner, std::size_t count, std::size_t& bytes) noexcept {
    if (bytes <= count || !inner.skip(count)) {
        return false;
    }
    bytes -= count;
    return inner.bytes.has(1);
}

// Type I has no header: the frame follows at once. Type II says version 1 in 8 bytes, and always
// has a sequence number, which type I never has.
TunnelResult open_erspan(
    Layer& inner, std::size_t bytes, bool has_sequence, Layer& layer, Packet& packet
) noexcept {
    constexpr std::uint8_t kVersionOfTypeTwo = 1;
    if (has_sequence) {
        const std::uint8_t version = inner.bytes.u8(0) >> 4;
        if (version != kVersionOfTypeTwo || !skip_header(inner, 8, bytes)) {
            return kNoTunnel;
        }
    }
    return enter_ethernet(inner, TunnelId::kErspan, layer, packet);
}

// Version 2 in 12 bytes, whose last two hold the frame's type (5 bits from bit 1 on) and, in the
// last bit, whether 8 bytes of the platform's follow.
TunnelResult open_erspan_three(
    Layer& inner, std::size_t bytes, Layer& layer, Packet& packet
) noexcept {
    constexpr std::uint8_t kVersionOfTypeThree = 2;
    constexpr unsigned kEthernetFrame = 0;
    constexpr unsigned kIpPacket = 2;
    const std::uint8_t version = inner.bytes.u8(0) >> 4;
    const std::uint16_t last = inner.bytes.be16(10);
    const std::size_t header = (last & 0x0001) != 0 ? 20 : 12;
    if (version != kVersionOfTypeThree || !skip_header(inner, header, bytes)) {
        return kNoTunnel;
    }
    const unsigned type = (last >> 10) & 0x1fU;
    if (type == kEthernetFrame) {
        return enter_ethernet(inner, TunnelId::kErspan, layer, packet);
    }
    return type == kIpPacket ? enter_ip(inner, TunnelId::kErspan, layer, packet) : kNotIpInside;
}

TunnelResult open_version_0(
    Layer& inner, std::size_t bytes, Layer& layer, Packet& packet
) noexcept {
    const std::uint16_t flags = inner.bytes.be16(0);
    const std::uint16_t type = inner.bytes.be16(2);
    const bool has_sequence = (flags & kSequence) != 0;
    const std::size_t header = 4 + word_if((flags & kChecksum) != 0) +
                               word_if((flags & kKey) != 0) + word_if(has_sequence);
    if (!skip_header(inner, header, bytes)) {
        return kNoTunnel;
    }
    switch (type) {
    case kErspan:
        return open_erspan(inner, bytes, has_sequence, layer, packet);
    case kErspanThree:
        return open_erspan_three(inner, bytes, layer, packet);
    default:
        return enter_ether_type(type, inner, TunnelId::kGre, layer, packet);
    }
}

// The key is the length of the payload and the number of the call. Without a sequence number there
// is no payload.
TunnelResult open_version_1(
    Layer& inner, std::size_t bytes, Layer& layer, Packet& packet
) noexcept {
    const std::uint16_t flags = inner.bytes.be16(0);
    const std::uint16_t type = inner.bytes.be16(2);
    const std::size_t payload = inner.bytes.be16(4);
    const std::size_t header =
        8 + word_if((flags & kSequence) != 0) + word_if((flags & kAcknowledgement) != 0);
    if (type != kPpp || !skip_header(inner, header, bytes) || payload != bytes) {
        return kNoTunnel;
    }
    return enter_ppp(inner, TunnelId::kGre, layer, packet);
}

}  // namespace

TunnelResult open_gre_tunnel(Layer& layer, const IpHeader& ip, Packet& packet) noexcept {
    Layer inner = layer;
    const std::uint16_t flags = inner.bytes.be16(0);
    const std::size_t bytes = ip.total_bytes - ip.header_bytes;
    if ((flags & ~(kChecksum | kKey | kSequence)) == 0) {
        return open_version_0(inner, bytes, layer, packet);
    }
    if ((flags & ~(kSequence | kAcknowledgement)) == (kKey | 1)) {
        return open_version_1(inner, bytes, layer, packet);
    }
    return kNoTunnel;
}

}  // namespace flowgauge
