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
#include <memory>

namespace flowgauge {

// What is kept of a set of values, and what follows from it. Nothing is rounded before the end;
// NFStream rounds none of it.
struct Distribution {
    std::uint64_t count = 0;
    std::uint64_t sum = 0;
    Uint128 squares = 0;
    std::uint64_t minimum = 0;  // 0 without values, as everything is
    std::uint64_t maximum = 0;

    [[nodiscard]] double mean() const noexcept;
    [[nodiscard]] double deviation() const noexcept;  // of a sample; 0 for fewer than two values
};

// The TCP flags in the order of the columns.
constexpr std::size_t kTcpFlagCount = 8;
constexpr std::array<std::uint8_t, kTcpFlagCount> kTcpFlagOrder{
    kTcpSyn, kTcpCwr, kTcpEce, kTcpUrg, kTcpAck, kTcpPsh, kTcpRst, kTcpFin};

// What no longer fits the counters of a flow. Few flows have it: those with tens of thousands of
// packets, or with gaps of seconds when times are nanoseconds.
struct StatisticsCarry {
    std::array<std::uint64_t, 3> gap_squares{};   // times 2^64
    std::array<std::uint64_t, 2> size_squares{};  // times 2^64
    std::array<std::array<std::uint64_t, kTcpFlagCount>, 2> flags{};
};

// State of one flow. Arrays of two are by Direction; those of gaps have a third entry for both
// directions. Sums of sizes and gaps need no place: they are the flow's bytes and its duration.
struct FlowStatistics {
    static constexpr std::size_t kBoth = 2;

    std::array<std::uint64_t, 3> gap_squares{};
    std::array<Tick, 3> gap_minimum{};
    std::array<Tick, 3> gap_maximum{};
    std::array<std::uint64_t, 2> size_squares{};
    std::array<std::uint32_t, 2> size_minimum{};
    std::array<std::uint32_t, 2> size_maximum{};
    std::array<std::array<std::uint16_t, kTcpFlagCount>, 2> flags{};
    std::unique_ptr<StatisticsCarry> carry;

    // Of packet sizes in bytes. `row` is a Direction, or kBoth.
    [[nodiscard]] Distribution packet_sizes(const Flow& flow, std::size_t row) const noexcept;

    // Of the ticks between packets of a direction, or of both.
    [[nodiscard]] Distribution inter_arrival_times(const Flow& flow, std::size_t row)
        const noexcept;

    // Packets with the flag at `index` of kTcpFlagOrder.
    [[nodiscard]] std::uint64_t flag_packets(std::size_t row, std::size_t index) const noexcept;
};

static_assert(sizeof(FlowStatistics) == 144);

// Keeps FlowStatistics. Cost per packet: a few additions and compares, no division. Allocates once
// for a flow that needs a StatisticsCarry.
class StatisticsObserver {
public:
    [[nodiscard]] static std::size_t state_bytes() noexcept { return sizeof(FlowStatistics); }
    static void init(std::byte* state, const FlowEvent& event);
    static void update(std::byte* state, const FlowEvent& event);
    static void expire(std::byte* /*state*/, const Flow& /*flow*/) noexcept {}
    static void discard(std::byte* state) noexcept;
};

}  // namespace flowgauge
