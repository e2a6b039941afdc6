#include "core/packet/link_type.h"

namespace flowgauge {
namespace {

// The name that libpcap and capinfos print, or nullptr for a type that the decoder does not read.
const char* name_of(LinkType type) noexcept {
    switch (type) {
    case LinkType::kNull:
        return "NULL";
    case LinkType::kEthernet:
        return "EN10MB";
    case LinkType::kPpp:
        return "PPP";
    case LinkType::kRawBsd:
    case LinkType::kRawOpenBsd:
    case LinkType::kRaw:
        return "RAW";
    case LinkType::kPppSerial:
        return "PPP_SERIAL";
    case LinkType::kCiscoHdlc:
        return "C_HDLC";
    case LinkType::kWireless:
        return "IEEE802_11";
    case LinkType::kLoop:
        return "LOOP";
    case LinkType::kLinuxCooked:
        return "LINUX_SLL";
    case LinkType::kRadiotap:
        return "IEEE802_11_RADIO";
    case LinkType::kPpi:
        return "PPI";
    case LinkType::kIpv4:
        return "IPV4";
    case LinkType::kIpv6:
        return "IPV6";
    case LinkType::kLinuxCooked2:
        return "LINUX_SLL2";
    }
    return nullptr;
}

}  // namespace

bool is_supported(LinkType type) noexcept {
    return name_of(type) != nullptr;
}

std::string to_string(LinkType type) {
    const std::string number = std::to_string(static_cast<unsigned>(type));
    const char* name = name_of(type);
    return name == nullptr ? "link type " + number : std::string(name) + " (" + number + ")";
}

}  // namespace flowgauge
