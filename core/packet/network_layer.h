// The second rung: one IP header, IPv6 extension headers included.
#pragma once

#include "core/packet/decode_options.h"
#include "core/packet/layer.h"
#include "core/packet/packet.h"
#include "core/packet/rejection.h"

#include <cstdint>

namespace flowgauge {

// What one IP header says. Lengths in bytes.
struct IpHeader {
    std::uint8_t version = 0;
    std::uint8_t protocol = 0;       // IPv6: the last next header
    std::uint32_t header_bytes = 0;  // with extension headers: where the payload begins
    std::uint32_t total_bytes = 0;   // header and payload as the header says
    bool is_fragment = false;        // part of a datagram that came in pieces
    bool more_fragments = false;
    std::uint32_t fragment_offset = 0;  // bytes
    std::uint32_t fragment_id = 0;
    std::uint32_t next_header_offset =
        0;  // IPv6 fragments: of the byte that names the fragment header
    std::uint32_t fragment_header_offset = 0;  // IPv6 fragments: where the fragment header stands
};

// Reads the header at `layer`, which stays where it is, and sets version, addresses, protocol and
// ip_bytes of `packet`.
[[nodiscard]] Rejection read_ip(
    const Layer& layer, const DecodeOptions& options, Packet& packet, IpHeader& header
) noexcept;

}  // namespace flowgauge
