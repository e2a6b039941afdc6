// The third rung: ports, TCP flags and numbers, payload sizes.
#pragma once

#include "core/packet/layer.h"
#include "core/packet/network_layer.h"
#include "core/packet/packet.h"
#include "core/packet/rejection.h"

namespace flowgauge {

// Reads the transport header at `layer` (right behind `ip`), which stays where it is, into
// `packet`. A TCP or UDP header that its IP length has no room for leaves ports and sizes 0, and a
// UDP header that was not captured whole rejects the packet even then, as NFStream does both.
[[nodiscard]] Rejection read_transport(
    const Layer& layer, const IpHeader& ip, Packet& packet
) noexcept;

}  // namespace flowgauge
