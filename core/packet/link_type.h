// Link types that the decoder reads, by the numbers that capture files carry.
// Source: the LINKTYPE_ registry of tcpdump.org.
#pragma once

#include <cstdint>
#include <string>

namespace flowgauge {

enum class LinkType : std::uint16_t {
    kNull = 0,           // BSD loopback: address family in the byte order of the writing host
    kEthernet = 1,       // IEEE 802.3
    kPpp = 9,            // PPP, with or without address and control bytes
    kRawBsd = 12,        // DLT_RAW as some systems wrote it into files
    kRawOpenBsd = 14,    // DLT_RAW on OpenBSD
    kPppSerial = 50,     // PPP in HDLC-like framing
    kRaw = 101,          // IPv4 or IPv6, told apart by the version
    kCiscoHdlc = 104,    // C-HDLC
    kWireless = 105,     // IEEE 802.11
    kLoop = 108,         // OpenBSD loopback: address family in network byte order
    kLinuxCooked = 113,  // LINKTYPE_LINUX_SLL
    kRadiotap = 127,     // IEEE 802.11 behind a radiotap header
    kPpi = 192,          // Per-Packet Information: a header that names the link type behind it
    kIpv4 = 228,
    kIpv6 = 229,
    kLinuxCooked2 = 276,  // LINKTYPE_LINUX_SLL2
};

// Whether decode() reads frames of this type.
[[nodiscard]] bool is_supported(LinkType type) noexcept;

// "EN10MB (1)", or "link type 147" for one without a name here.
[[nodiscard]] std::string to_string(LinkType type);

}  // namespace flowgauge
