#include "core/flow/flow_statistics.h"

#include <algorithm>
#include <cmath>
#include <new>

namespace flowgauge {
namespace {

// Sample deviation from exact sums: sqrt((n * squares - sum^2) / (n * (n - 1))).
double deviation(std::uint64_t count, std::uint64_t sum, Uint128 squares) noexcept {
    if (count < 2) {
        return 0;
    }
    Uint128 scaled = 0;
    Uint128 numerator = 0;
    const Uint128 square = Uint128{sum} * sum;
    if (__builtin_mul_overflow(squares, Uint128{count}, &scaled)) {
        // Beyond 128 bits (gaps of days in nanoseconds): the terms lie far apart, doubles will do.
        const long double mean = static_cast<long double>(sum) / static_cast<long double>(count);
        const long double spread =
            static_cast<long double>(squares) - mean * static_cast<long double>(sum);
        return static_cast<double>(
            std::sqrt(std::max(spread, 0.0L) / static_cast<long double>(count - 1))
        );
    }
    numerator = scaled - square;
    const auto divisor = static_cast<double>(Uint128{count} * (count - 1));
    return std::sqrt(static_cast<double>(numerator) / divisor);
}

Summary summarise(
    std::uint64_t count,
    std::uint64_t sum,
    Uint128 squares,
    std::uint64_t minimum,
    std::uint64_t maximum
) noexcept {
    if (count == 0) {
        return {};
    }
    return {
        .minimum = minimum,
        .mean = static_cast<double>(sum) / static_cast<double>(count),
        .deviation = deviation(count, sum, squares),
        .maximum = maximum};
}

void add_size(FlowStatistics::Sizes& sizes, std::uint32_t bytes, bool first) noexcept {
    sizes.squares += std::uint64_t{bytes} * bytes;
    sizes.minimum = first ? bytes : std::min(sizes.minimum, bytes);
    sizes.maximum = std::max(sizes.maximum, bytes);
}

void add_gap(FlowStatistics::Gaps& gaps, Tick gap, bool first) noexcept {
    const auto ticks = static_cast<std::uint64_t>(gap);
    gaps.squares += Uint128{ticks} * ticks;
    gaps.minimum = first ? gap : std::min(gaps.minimum, gap);
    gaps.maximum = std::max(gaps.maximum, gap);
}

void add_flags(FlowStatistics& statistics, std::size_t row, std::uint8_t flags) noexcept {
    for (std::size_t i = 0; i < kTcpFlagCount; ++i) {
        statistics.flags[row][i] += (flags & kTcpFlagOrder[i]) != 0 ? 1U : 0U;
    }
}

}  // namespace

Summary FlowStatistics::packet_sizes(const Flow& flow, std::size_t row) const noexcept {
    if (row != kBoth) {
        const Sizes& own = sizes[row];
        return summarise(flow.packets[row], flow.bytes[row], own.squares, own.minimum, own.maximum);
    }
    const bool reverse = flow.packets[1] != 0;
    return summarise(
        flow.all_packets(),
        flow.all_bytes(),
        sizes[0].squares + sizes[1].squares,
        reverse ? std::min(sizes[0].minimum, sizes[1].minimum) : sizes[0].minimum,
        std::max(sizes[0].maximum, sizes[1].maximum)
    );
}

// Time is monotone, so the gaps of n packets add up to last - first.
Summary FlowStatistics::inter_arrival_times(const Flow& flow, std::size_t row) const noexcept {
    const std::uint64_t packets = row == kBoth ? flow.all_packets() : flow.packets[row];
    if (packets < 2) {
        return {};
    }
    const Tick span =
        row == kBoth ? flow.last() - flow.first() : flow.last_seen[row] - flow.first_seen[row];
    return summarise(
        packets - 1,
        static_cast<std::uint64_t>(span),
        gaps[row].squares,
        static_cast<std::uint64_t>(gaps[row].minimum),
        static_cast<std::uint64_t>(gaps[row].maximum)
    );
}

std::uint64_t FlowStatistics::flag_packets(std::size_t row, std::size_t index) const noexcept {
    if (row == kBoth) {
        return std::uint64_t{flags[0][index]} + flags[1][index];
    }
    return flags[row][index];
}

void StatisticsObserver::init(std::byte* state, const FlowEvent& event) noexcept {
    // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): placement into the flow's own slot
    auto* statistics = ::new (static_cast<void*>(state)) FlowStatistics;  // NOLINT(tree)
    add_size(statistics->sizes[0], event.bytes, true);
    add_flags(*statistics, 0, event.packet.tcp_flags);
}

void StatisticsObserver::update(std::byte* state, const FlowEvent& event) noexcept {
    auto& statistics = *std::launder(reinterpret_cast<FlowStatistics*>(state));
    const auto row = static_cast<std::size_t>(event.direction);
    const std::uint64_t own_packets = event.flow.packets[row];
    add_size(statistics.sizes[row], event.bytes, own_packets == 1);
    add_gap(statistics.gaps[FlowStatistics::kBoth], event.gap, event.flow.all_packets() == 2);
    if (own_packets > 1) {
        add_gap(statistics.gaps[row], event.direction_gap, own_packets == 2);
    }
    if (event.packet.tcp_flags != 0) {
        add_flags(statistics, row, event.packet.tcp_flags);
    }
}

}  // namespace flowgauge
