// LayerOctetsObserver: the counts that IPFIX asks for and NFStream's columns do not always have:
// octets of IP packets and of frames whatever the accounting mode says, and the union of TCP flags.
#pragma once

#include "core/flow/flow.h"
#include "core/flow/flow_observer.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace flowgauge {

// State of one flow. Arrays are indexed by Direction.
struct LayerOctets {
    std::array<std::uint64_t, 2> ip{};     // IP headers and payloads
    std::array<std::uint64_t, 2> frame{};  // as on the wire, without the frame check sequence
    std::array<std::uint8_t, 2> tcp_flags{};
};

// Keeps LayerOctets. Cost per packet: three additions into one cache line.
class LayerOctetsObserver {
public:
    [[nodiscard]] static std::size_t state_bytes() noexcept { return sizeof(LayerOctets); }
    static void init(std::byte* state, const FlowEvent& event) noexcept;
    static void update(std::byte* state, const FlowEvent& event) noexcept;
    static void expire(std::byte* /*state*/, const Flow& /*flow*/) noexcept {}
    static void discard(std::byte* /*state*/) noexcept {}
};

}  // namespace flowgauge
