// What tunnels have in common: how looking for one can end, and what they carry.
#pragma once

#include "core/packet/layer.h"
#include "core/packet/packet.h"
#include "core/packet/rejection.h"

#include <cstddef>
#include <cstdint>

namespace flowgauge {

enum class TunnelStep : std::uint8_t {
    kNoTunnel,  // an ordinary packet; nothing was changed
    kInnerIp,   // `layer` stands at an inner IP header
    kRejected,
};

struct TunnelResult {
    TunnelStep step = TunnelStep::kNoTunnel;
    Rejection reason = Rejection::kNone;
};

constexpr TunnelResult kNoTunnel{};
constexpr TunnelResult kNotIpInside{
    .step = TunnelStep::kRejected, .reason = Rejection::kTunnelPayload};

constexpr std::size_t kUdpHeaderBytes = 8;

[[nodiscard]] inline bool uses_port(const Packet& packet, std::uint16_t port) noexcept {
    return packet.source_port == port || packet.destination_port == port;
}

// Each of the following opens a payload at `inner`, right behind the header of tunnel `id`. On
// kInnerIp `layer` becomes where the IP header stands and `packet` gets the tunnel's id; else both
// stay as they are.

// IPv4 or IPv6; which one, its own first byte says.
[[nodiscard]] TunnelResult enter_ip(
    const Layer& inner, TunnelId id, Layer& layer, Packet& packet
) noexcept;

// An Ethernet frame, whose MACs and VLAN replace the outer ones.
[[nodiscard]] TunnelResult enter_ethernet(
    const Layer& inner, TunnelId id, Layer& layer, Packet& packet
) noexcept;

// What an ethertype names; 0x6558 is an Ethernet frame. A number that is no ethertype is kNoTunnel.
[[nodiscard]] TunnelResult enter_ether_type(
    std::uint16_t ether_type, const Layer& inner, TunnelId id, Layer& layer, Packet& packet
) noexcept;

// A PPP frame, with or without the address and control bytes ff 03.
[[nodiscard]] TunnelResult enter_ppp(
    const Layer& inner, TunnelId id, Layer& layer, Packet& packet
) noexcept;

}  // namespace flowgauge
