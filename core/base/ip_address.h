// IpAddress: an IPv4 or IPv6 address as two host-order integers, so that comparing is two compares.
#pragma once

#include <compare>
#include <cstdint>
#include <cstring>
#include <string>

namespace flowgauge {

// An IPv4 address sits in the low 32 bits with `high` 0; the version is kept beside it (Packet,
// FlowKey), because the same bits may mean either.
struct IpAddress {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

[[nodiscard]] constexpr std::uint32_t load_be32(const std::uint8_t* bytes) noexcept {
    return (std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) |
           (std::uint32_t{bytes[2]} << 8) | std::uint32_t{bytes[3]};
}

[[nodiscard]] constexpr std::uint64_t load_be64(const std::uint8_t* bytes) noexcept {
    return (std::uint64_t{load_be32(bytes)} << 32) | load_be32(bytes + 4);
}

// Requires: 4 readable bytes, network order.
[[nodiscard]] constexpr IpAddress ipv4_address(const std::uint8_t* bytes) noexcept {
    return {.high = 0, .low = load_be32(bytes)};
}

// Requires: 16 readable bytes, network order.
[[nodiscard]] constexpr IpAddress ipv6_address(const std::uint8_t* bytes) noexcept {
    return {.high = load_be64(bytes), .low = load_be64(bytes + 8)};
}

// Longest text of an address, without a terminating zero: that of an IPv4-mapped IPv6 address.
constexpr std::size_t kIpTextMax = 45;

// Writes the text that inet_ntop gives (RFC 5952 but for its upper case rule) and returns its end.
// Requires: room for kIpTextMax bytes at `out`.
char* write_ip(char* out, const IpAddress& address, std::uint8_t ip_version) noexcept;

}  // namespace flowgauge
