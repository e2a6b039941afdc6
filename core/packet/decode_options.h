// What the decoder looks into and what it insists on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace flowgauge {

// Tunnels that are opened. IP-in-IP always is.
enum class TunnelSet : std::uint8_t {
    kNone,
    kNfstream,  // GTP-U, CAPWAP data, TZSP
};

enum class FragmentPolicy : std::uint8_t {
    kReassemble,  // a datagram is one packet, whatever number of fragments it came in
    kFirstOnly,   // NFStream's rule for files: the first fragment is a packet, later ones are not
};

struct DecodeOptions {
    TunnelSet decode_tunnels = TunnelSet::kNfstream;
    FragmentPolicy fragments = FragmentPolicy::kReassemble;

    // Bytes of fragments held for reassembly; the oldest datagram gives way.
    std::size_t reassembly_memory = std::size_t{16} << 20;

    // nDPI's own reader refuses frames below 28 captured bytes and datagrams that were not captured
    // whole; both are off for flow metering, where a short snapshot must still count.
    std::uint32_t minimum_frame_bytes = 0;
    bool require_whole_datagram = false;
};

}  // namespace flowgauge
