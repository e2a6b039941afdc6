// The first rung: from a frame to the IP header inside it, through tags, labels and PPP.
#pragma once

#include "core/packet/frame.h"
#include "core/packet/layer.h"
#include "core/packet/packet.h"
#include "core/packet/rejection.h"

#include <cstdint>

namespace flowgauge {

// Opens the link layer of `frame`: sets MACs and vlan_id of `packet` and leaves `layer` at what
// should be an IP header (its version is not looked at yet).
[[nodiscard]] Rejection open_link(const Frame& frame, Packet& packet, Layer& layer) noexcept;

// Whether the reason says only that the link announced something else than IP; `layer` then stands
// at what it announced.
[[nodiscard]] constexpr bool is_other_protocol(Rejection reason) noexcept {
    return reason == Rejection::kArp || reason == Rejection::kNotIp;
}

// The same for what other rungs find at `layer`: an Ethernet frame,
[[nodiscard]] Rejection open_ethernet(Layer& layer, Packet& packet) noexcept;
// what `ether_type` announced,
[[nodiscard]] Rejection open_ether_type(
    Layer& layer, Packet& packet, std::uint16_t ether_type
) noexcept;
// an IEEE 802.2 header,
[[nodiscard]] Rejection open_logical_link(Layer& layer, Packet& packet) noexcept;
// a PPP frame, with or without the address and control bytes ff 03.
[[nodiscard]] Rejection open_ppp(Layer& layer) noexcept;

}  // namespace flowgauge
