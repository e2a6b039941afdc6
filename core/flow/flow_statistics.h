// FlowStatistics: the 48 post-mortem columns, of packet sizes, inter-arrival times and TCP flags.
//
// Sums are exact integers, so a value depends only on the packets and not on the order of rounding;
// means and deviations are computed once, when the record is written.
#pragma once

#include "core/base/hash.h"
#include "core/flow/flow.h"
#include "core/flow/flow_observer.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace flowgauge {

// Minimum, mean, sample deviation and maximum, as NFStream rounds none of them: deviation is 0 for
// fewer than two values, everything is 0 for none.
struct Summary {
    std::uint64_t minimum = 0;
    double mean = 0;
    double deviation = 0;
    std::uint64_t maximum = 0;
};

// The TCP flags in the order of the columns.
constexpr std::size_t kTcpFlagCount = 8;
constexpr std::array<std::uint8_t, kTcpFlagCount> kTcpFlagOrder{
    kTcpSyn, kTcpCwr, kTcpEce, kTcpUrg, kTcpAck, kTcpPsh, kTcpRst, kTcpFin};

// State of one flow. Arrays of two are by Direction; gaps have a third row for both directions.
struct FlowStatistics {
    struct Sizes {
        Uint128 squares = 0;
        std::uint32_t minimum = 0;
        std::uint32_t maximum = 0;
    };
    struct Gaps {
        Uint128 squares = 0;
        Tick minimum = 0;
        Tick maximum = 0;
    };
    static constexpr std::size_t kBoth = 2;

    std::array<Gaps, 3> gaps{};
    std::array<Sizes, 2> sizes{};
    std::array<std::array<std::uint32_t, kTcpFlagCount>, 2> flags{};

    // Of packet sizes in bytes. `row` is a Direction, or kBoth.
    [[nodiscard]] Summary packet_sizes(const Flow& flow, std::size_t row) const noexcept;

    // Of the ticks between packets of a direction, or of both.
    [[nodiscard]] Summary inter_arrival_times(const Flow& flow, std::size_t row) const noexcept;

    // Packets with the flag at `index` of kTcpFlagOrder.
    [[nodiscard]] std::uint64_t flag_packets(std::size_t row, std::size_t index) const noexcept;
};

// Keeps FlowStatistics. Cost per packet: a few additions and compares, no division.
class StatisticsObserver {
public:
    [[nodiscard]] static std::size_t state_bytes() noexcept { return sizeof(FlowStatistics); }
    static void init(std::byte* state, const FlowEvent& event) noexcept;
    static void update(std::byte* state, const FlowEvent& event) noexcept;
    static void expire(std::byte* /*state*/, const Flow& /*flow*/) noexcept {}
    static void discard(std::byte* /*state*/) noexcept {}
};

}  // namespace flowgauge
