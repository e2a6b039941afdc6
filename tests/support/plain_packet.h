// Packets without wire bytes, for tests of what comes behind the decoder:
//
//     udp_packet("10.0.0.1:1", "10.0.0.2:2", {.tick = 5, .bytes = 100})
#pragma once

#include "core/packet/packet.h"

#include <cstdint>
#include <random>
#include <string_view>

namespace flowgauge::test {

// "10.0.0.1" or "2001:db8::1". An address that is neither becomes 0, which shows in any test.
[[nodiscard]] IpAddress ip(std::string_view text);

struct PacketOptions {
    Tick tick = 0;
    std::uint32_t bytes = 60;  // of the frame; Ethernet, IP and transport headers are taken off
    std::uint16_t vlan_id = 0;
    std::uint8_t tcp_flags = 0;
    std::uint64_t position = 0;
    std::uint32_t tcp_sequence = 0;
    std::uint32_t tcp_acknowledgment = 0;
};

// Ends are "10.0.0.1:80" or "[2001:db8::1]:80"; without a port "10.0.0.1" or "[2001:db8::1]".
[[nodiscard]] Packet udp_packet(
    std::string_view source, std::string_view destination, const PacketOptions& options = {}
);
[[nodiscard]] Packet tcp_packet(
    std::string_view source, std::string_view destination, const PacketOptions& options = {}
);
[[nodiscard]] Packet icmp_packet(
    std::string_view source, std::string_view destination, const PacketOptions& options = {}
);

// Random UDP and TCP packets of `hosts` hosts in rising time; the same for the same seed. Positions
// count from 0.
class PacketStream {
public:
    PacketStream(std::uint32_t seed, std::uint32_t hosts, Tick largest_gap)
        : random_(seed),
          hosts_(hosts),
          largest_gap_(largest_gap) {}

    [[nodiscard]] Packet next();

private:
    [[nodiscard]] std::uint32_t below(std::uint32_t bound);

    std::mt19937 random_;
    std::uint32_t hosts_;
    Tick largest_gap_;
    Tick now_ = 1'700'000'000'000;
    std::uint64_t position_ = 0;
};

}  // namespace flowgauge::test
