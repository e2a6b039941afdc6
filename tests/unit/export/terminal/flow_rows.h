// Rows of a table, and records for one, that tests tell by a few numbers.
#pragma once

#include "export/terminal/top_flows.h"

#include <arpa/inet.h>

#include <cstdint>
#include <string>

namespace flowgauge::test {

inline IpAddress address(const char* text) {
    std::uint8_t bytes[16]{};
    return ::inet_pton(AF_INET, text, bytes) == 1    ? ipv4_address(bytes)
           : ::inet_pton(AF_INET6, text, bytes) == 1 ? ipv6_address(bytes)
                                                     : IpAddress{};
}

inline FlowKey key(
    const char* lower, std::uint16_t lower_port, const char* upper, std::uint16_t upper_port
) {
    const bool version6 = std::string(lower).find(':') != std::string::npos;
    return {
        .lower = address(lower),
        .upper = address(upper),
        .rest = FlowKey::pack(
            {.lower_port = lower_port,
             .upper_port = upper_port,
             .protocol = kProtocolTcp,
             .ip_version = static_cast<std::uint8_t>(version6 ? 6 : 4)}
        )};
}

// From 10.0.0.1:40000 to 10.0.0.2:80.
inline FlowRow flow_row(std::uint64_t bytes, std::uint64_t uid = 0) {
    return {
        .key = key("10.0.0.1", 40000, "10.0.0.2", 80),
        .packets = 2,
        .bytes = bytes,
        .flow_uid = uid};
}

}  // namespace flowgauge::test
