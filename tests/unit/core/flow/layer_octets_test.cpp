#include "core/flow/layer_octets.h"

#include "tests/support/plain_packet.h"

#include <gtest/gtest.h>

#include <array>

namespace flowgauge {
namespace {

TEST(LayerOctets, CountsEachDirectionByItself) {
    alignas(LayerOctets) std::array<std::byte, sizeof(LayerOctets)> state{};
    const Flow flow;
    struct Row {
        Direction direction;
        std::uint32_t frame_bytes;
        std::uint32_t ip_bytes;
        std::uint8_t tcp_flags;
    };
    bool first = true;
    for (const Row& row :
         {Row{Direction::kSrc2Dst, 74, 60, kTcpSyn},
          Row{Direction::kDst2Src, 74, 60, kTcpSyn | kTcpAck},
          Row{Direction::kSrc2Dst, 1514, 1500, kTcpAck | kTcpPsh},
          Row{Direction::kDst2Src, 60, 40, kTcpRst},
          // More than 32 bits hold.
          Row{Direction::kSrc2Dst, UINT32_MAX, UINT32_MAX - 14, 0}}) {
        Packet packet;
        packet.frame_bytes = row.frame_bytes;
        packet.ip_bytes = row.ip_bytes;
        packet.tcp_flags = row.tcp_flags;
        const FlowEvent event{.packet = packet, .flow = flow, .direction = row.direction};
        first ? LayerOctetsObserver::init(state.data(), event)
              : LayerOctetsObserver::update(state.data(), event);
        first = false;
    }
    const auto& octets = *std::launder(reinterpret_cast<const LayerOctets*>(state.data()));
    EXPECT_EQ(octets.frame[0], std::uint64_t{UINT32_MAX} + 74 + 1514);
    EXPECT_EQ(octets.ip[0], std::uint64_t{UINT32_MAX} - 14 + 60 + 1500);
    EXPECT_EQ(octets.tcp_flags[0], kTcpSyn | kTcpAck | kTcpPsh);
    EXPECT_EQ(octets.frame[1], 134U);
    EXPECT_EQ(octets.ip[1], 100U);
    EXPECT_EQ(octets.tcp_flags[1], kTcpSyn | kTcpAck | kTcpRst);
}

TEST(LayerOctets, BeginAnewInAUsedSlot) {
    alignas(LayerOctets) std::array<std::byte, sizeof(LayerOctets)> state{};
    state.fill(std::byte{0xff});
    const Flow flow;
    Packet packet;
    packet.ip_bytes = 40;
    LayerOctetsObserver::init(state.data(), {.packet = packet, .flow = flow});
    const auto& octets = *std::launder(reinterpret_cast<const LayerOctets*>(state.data()));
    EXPECT_EQ(octets.ip[0], 40U);
    EXPECT_EQ(octets.ip[1] + octets.frame[1] + octets.tcp_flags[1], 0U);
}

}  // namespace
}  // namespace flowgauge
