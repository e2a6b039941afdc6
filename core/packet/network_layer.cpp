#include "core/packet/network_layer.h"

#include <algorithm>

namespace flowgauge {
namespace {

constexpr std::uint32_t kIpv4HeaderMin = 20;
constexpr std::uint32_t kIpv6Header = 40;

// IPv6 next headers that are walked (IANA ipv6-parameters); anything else is the payload's
// protocol.
constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kFragment = 44;
constexpr std::uint8_t kNoNextHeader = 59;
constexpr std::uint8_t kDestinationOptions = 60;
constexpr std::uint8_t kMobility = 135;

// A frame padded to Ethernet's minimum carries up to 6 bytes behind a bare IPv6 header, 10 with a
// frame check sequence. More than this behind "payload length 0" is a segment whose length the
// sender's offload left out.
constexpr std::uint32_t kPaddingMax = 16;

Rejection read_ipv4(
    const Layer& layer, const DecodeOptions& options, Packet& packet, IpHeader& header
) noexcept {
    const ByteCursor& bytes = layer.bytes;
    if (!bytes.has(kIpv4HeaderMin)) {
        return Rejection::kTruncatedIp;
    }
    header.header_bytes = static_cast<std::uint32_t>(bytes.u8(0) & 0x0f) * 4;
    header.total_bytes = bytes.be16(2);
    if (header.total_bytes == 0 && !options.require_whole_datagram) {
        // Segmentation offload: the length is left to the network card.
        header.total_bytes = layer.wire_bytes;
    }
    // A header length below 20 is taken at its word, as NFStream and nDPI's reader take it: the
    // packet is one of the traffic, and what follows is read from within the header.
    if (header.total_bytes < header.header_bytes) {
        return Rejection::kMalformedIp;
    }
    if (!bytes.has(header.header_bytes)) {
        return Rejection::kTruncatedIp;
    }
    const std::uint16_t fragment = bytes.be16(6);
    header.more_fragments = (fragment & 0x2000) != 0;
    header.fragment_offset = static_cast<std::uint32_t>(fragment & 0x1fff) * 8;
    header.is_fragment = header.more_fragments || header.fragment_offset != 0;
    header.fragment_id = bytes.be16(4);
    header.protocol = bytes.u8(9);
    packet.source = ipv4_address(bytes.view(12, 4).data());
    packet.destination = ipv4_address(bytes.view(16, 4).data());
    return Rejection::kNone;
}

// Reads the fragment header at `at` (RFC 8200 section 4.5). An atomic fragment (RFC 6946) is none.
void read_ipv6_fragment(const ByteCursor& bytes, std::uint32_t at, IpHeader& header) noexcept {
    const std::uint16_t field = bytes.be16(at + 2);
    header.fragment_offset = field & 0xfff8;
    header.more_fragments = (field & 0x0001) != 0;
    header.is_fragment = header.more_fragments || header.fragment_offset != 0;
    header.fragment_id = bytes.be32(at + 4);
    header.fragment_header_offset = at;
}

// Walks the extension headers from header.header_bytes on. Stops at the payload, and behind the
// fragment header of a fragment that is not the first or waits for the others: what follows there
// is part of the datagram's payload.
Rejection walk_extension_headers(
    const ByteCursor& bytes, bool reassembles, IpHeader& header
) noexcept {
    std::uint32_t named_at = 6;
    for (int i = 0; i <= kExtensionHeadersMax; ++i) {
        const std::uint32_t at = header.header_bytes;
        switch (header.protocol) {
        case kNoNextHeader:
            return Rejection::kNoNextHeader;
        case kHopByHop:
        case kRouting:
        case kDestinationOptions:
        case kMobility:
        case kFragment:
            break;
        default:
            return Rejection::kNone;
        }
        if (!bytes.has(at + 8)) {
            return Rejection::kTruncatedIp;
        }
        const bool fragment = header.protocol == kFragment;
        const std::uint32_t length =
            fragment ? 8 : (static_cast<std::uint32_t>(bytes.u8(at + 1)) + 1) * 8;
        header.protocol = bytes.u8(at);
        header.header_bytes = at + length;
        if (header.header_bytes > header.total_bytes) {
            return Rejection::kMalformedIp;
        }
        if (!bytes.has(header.header_bytes)) {
            return Rejection::kTruncatedIp;
        }
        if (fragment) {
            header.next_header_offset = named_at;
            read_ipv6_fragment(bytes, at, header);
            if (header.is_fragment && (reassembles || header.fragment_offset != 0)) {
                return Rejection::kNone;
            }
        }
        named_at = at;
    }
    return Rejection::kEncapsulationDepth;
}

Rejection read_ipv6(
    const Layer& layer, const DecodeOptions& options, Packet& packet, IpHeader& header
) noexcept {
    const ByteCursor& bytes = layer.bytes;
    if (!bytes.has(kIpv6Header)) {
        return Rejection::kTruncatedIp;
    }
    const std::uint32_t payload = bytes.be16(4);
    header.total_bytes = kIpv6Header + payload;
    if (payload == 0 && layer.wire_bytes > kIpv6Header + kPaddingMax) {
        header.total_bytes = layer.wire_bytes;  // jumbogram (RFC 2675) or segmentation offload
    }
    header.header_bytes = kIpv6Header;
    header.protocol = bytes.u8(6);
    packet.source = ipv6_address(bytes.view(8, 16).data());
    packet.destination = ipv6_address(bytes.view(24, 16).data());
    const bool reassembles = options.fragments == FragmentPolicy::kReassemble;
    return walk_extension_headers(bytes, reassembles, header);
}

}  // namespace

Rejection read_ip(
    const Layer& layer, const DecodeOptions& options, Packet& packet, IpHeader& header
) noexcept {
    header = {};
    if (!layer.bytes.has(1)) {
        return Rejection::kTruncatedIp;
    }
    header.version = layer.bytes.u8(0) >> 4;
    Rejection reason = Rejection::kNotIp;
    if (header.version == 4) {
        reason = read_ipv4(layer, options, packet, header);
    } else if (header.version == 6) {
        reason = read_ipv6(layer, options, packet, header);
    }
    if (reason != Rejection::kNone) {
        return reason;
    }
    if (options.require_whole_datagram && !layer.bytes.has(header.total_bytes)) {
        return Rejection::kTruncatedIp;
    }
    packet.ip_version = header.version;
    packet.protocol = header.protocol;
    packet.ip_bytes = header.total_bytes;
    const std::span<const std::uint8_t> rest = layer.bytes.rest();
    packet.ip = rest.first(std::min(rest.size(), kPacketBytesMax));
    return Rejection::kNone;
}

}  // namespace flowgauge
