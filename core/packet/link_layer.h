// The first rung: from a frame to the IP header inside it, through tags, labels and PPP.
#pragma once

#include "core/packet/frame.h"
#include "core/packet/layer.h"
#include "core/packet/packet.h"
#include "core/packet/rejection.h"

namespace flowgauge {

// Opens the link layer of `frame`: sets MACs and vlan_id of `packet` and leaves `layer` at what
// should be an IP header (its version is not looked at yet).
[[nodiscard]] Rejection open_link(const Frame& frame, Packet& packet, Layer& layer) noexcept;

// Whether the reason says only that the link announced something else than IP; `layer` then stands
// at what it announced.
[[nodiscard]] constexpr bool is_other_protocol(Rejection reason) noexcept {
    return reason == Rejection::kArp || reason == Rejection::kNotIp;
}

// The same for an Ethernet frame inside a tunnel, at `layer`.
[[nodiscard]] Rejection open_ethernet(Layer& layer, Packet& packet) noexcept;

}  // namespace flowgauge
