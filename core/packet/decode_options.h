// What the decoder looks into and what it insists on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace flowgauge {

// Tunnels that are opened. IP-in-IP always is.
enum class TunnelSet : std::uint8_t {
    kNone,
    kNfstream,  // GTP-U, CAPWAP data, TZSP
    kAll,       // also L2TP, VXLAN, GENEVE, GRE, ERSPAN, Teredo
};

enum class FragmentPolicy : std::uint8_t {
    kReassemble,  // a datagram is one packet, whatever number of fragments it came in
    kFirstOnly,   // NFStream's rule for files: the first fragment is a packet, later ones are not
    kIgnore,      // every fragment is taken for a whole packet
};

struct DecodeOptions {
    TunnelSet decode_tunnels = TunnelSet::kNfstream;
    FragmentPolicy fragments = FragmentPolicy::kReassemble;

    // Bytes of fragments held for reassembly; the oldest datagram gives way.
    std::size_t reassembly_memory = std::size_t{16} << 20;

    // The rules of nDPI's own reader, for comparing with it. It refuses frames below 28 captured
    // bytes and datagrams that were not captured whole or name no length, and takes whatever looks
    // like IP behind an unknown ethertype for IP. Flow metering must count a short snapshot, and
    // must not read packets into other protocols.
    std::uint32_t minimum_frame_bytes = 0;
    bool require_whole_datagram = false;
    bool check_ether_type = true;
};

}  // namespace flowgauge
