#include "core/flow/flow_statistics.h"

#include <algorithm>
#include <cmath>
#include <new>

namespace flowgauge {
namespace {

StatisticsCarry& carry_of(FlowStatistics& statistics) {
    if (statistics.carry == nullptr) {
        statistics.carry = std::make_unique<StatisticsCarry>();
    }
    return *statistics.carry;
}

void add_size(FlowStatistics& statistics, std::size_t row, std::uint32_t bytes, bool first) {
    std::uint32_t& minimum = statistics.size_minimum[row];
    std::uint32_t& maximum = statistics.size_maximum[row];
    minimum = first ? bytes : std::min(minimum, bytes);
    maximum = std::max(maximum, bytes);
    std::uint64_t& squares = statistics.size_squares[row];
    if (__builtin_add_overflow(squares, std::uint64_t{bytes} * bytes, &squares)) [[unlikely]] {
        ++carry_of(statistics).size_squares[row];
    }
}

void add_gap(FlowStatistics& statistics, std::size_t row, Tick gap, bool first) {
    Tick& minimum = statistics.gap_minimum[row];
    Tick& maximum = statistics.gap_maximum[row];
    minimum = first ? gap : std::min(minimum, gap);
    maximum = std::max(maximum, gap);
    const auto ticks = static_cast<std::uint64_t>(gap);
    const Uint128 sum = Uint128{statistics.gap_squares[row]} + Uint128{ticks} * ticks;
    statistics.gap_squares[row] = static_cast<std::uint64_t>(sum);
    if (const auto carried = static_cast<std::uint64_t>(sum >> 64); carried != 0) [[unlikely]] {
        carry_of(statistics).gap_squares[row] += carried;
    }
}

using FlagRow = std::array<std::uint16_t, kTcpFlagCount>;

// For each value of the flags byte, what it adds to a row.
constexpr std::array<FlagRow, 256> kFlagRows = [] {
    std::array<FlagRow, 256> rows{};
    for (std::size_t flags = 0; flags < rows.size(); ++flags) {
        for (std::size_t i = 0; i < kTcpFlagCount; ++i) {
            rows[flags][i] = (flags & kTcpFlagOrder[i]) != 0 ? 1 : 0;
        }
    }
    return rows;
}();

// `packets` of this direction, this one included. No count of 16 bits overflows, because all are
// moved to the carry before so many packets can have come.
void add_flags(
    FlowStatistics& statistics, std::size_t row, std::uint8_t flags, std::uint64_t packets
) {
    constexpr std::uint64_t kCarryEvery = 32768;
    const FlagRow& added = kFlagRows[flags];
    FlagRow& counts = statistics.flags[row];
    for (std::size_t i = 0; i < kTcpFlagCount; ++i) {
        counts[i] = static_cast<std::uint16_t>(counts[i] + added[i]);
    }
    if (packets % kCarryEvery == 0) [[unlikely]] {
        for (std::size_t i = 0; i < kTcpFlagCount; ++i) {
            carry_of(statistics).flags[row][i] += counts[i];
            counts[i] = 0;
        }
    }
}

Uint128 joined(std::uint64_t high, std::uint64_t low) noexcept {
    return (Uint128{high} << 64) | low;
}

Uint128 size_squares_of(const FlowStatistics& statistics, std::size_t row) noexcept {
    const auto& carry = statistics.carry;
    return joined(carry ? carry->size_squares[row] : 0, statistics.size_squares[row]);
}

Uint128 gap_squares_of(const FlowStatistics& statistics, std::size_t row) noexcept {
    const auto& carry = statistics.carry;
    return joined(carry ? carry->gap_squares[row] : 0, statistics.gap_squares[row]);
}

}  // namespace

double Distribution::mean() const noexcept {
    return count == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(count);
}

// From exact sums: sqrt((n * squares - sum^2) / (n * (n - 1))). Most fit 64 bits, where each step
// is one instruction.
double Distribution::deviation() const noexcept {
    if (count < 2) {
        return 0;
    }
    const auto divisor = static_cast<double>(Uint128{count} * (count - 1));
    std::uint64_t scaled = 0;
    std::uint64_t square = 0;
    if (squares >> 64 == 0 &&
        !__builtin_mul_overflow(static_cast<std::uint64_t>(squares), count, &scaled) &&
        !__builtin_mul_overflow(sum, sum, &square)) {
        return std::sqrt(static_cast<double>(scaled - square) / divisor);
    }
    Uint128 wide = 0;
    if (!__builtin_mul_overflow(squares, Uint128{count}, &wide)) {
        return std::sqrt(static_cast<double>(wide - Uint128{sum} * sum) / divisor);
    }
    // Beyond 128 bits (gaps of days in nanoseconds): the terms lie far apart, long doubles will do.
    const long double exact_mean = static_cast<long double>(sum) / static_cast<long double>(count);
    const long double spread =
        static_cast<long double>(squares) - exact_mean * static_cast<long double>(sum);
    return static_cast<double>(
        std::sqrt(std::max(spread, 0.0L) / static_cast<long double>(count - 1))
    );
}

Distribution FlowStatistics::packet_sizes(const Flow& flow, std::size_t row) const noexcept {
    if (row != kBoth) {
        return {
            .count = flow.packets[row],
            .sum = flow.bytes[row],
            .squares = size_squares_of(*this, row),
            .minimum = size_minimum[row],
            .maximum = size_maximum[row]};
    }
    const bool reverse = flow.packets[1] != 0;
    return {
        .count = flow.all_packets(),
        .sum = flow.all_bytes(),
        .squares = size_squares_of(*this, 0) + size_squares_of(*this, 1),
        .minimum = reverse ? std::min(size_minimum[0], size_minimum[1]) : size_minimum[0],
        .maximum = std::max(size_maximum[0], size_maximum[1])};
}

// Time is monotone, so the gaps of n packets add up to last - first.
Distribution FlowStatistics::inter_arrival_times(const Flow& flow, std::size_t row) const noexcept {
    const std::uint64_t packets = row == kBoth ? flow.all_packets() : flow.packets[row];
    if (packets < 2) {
        return {};
    }
    const Tick span =
        row == kBoth ? flow.last() - flow.first() : flow.last_seen[row] - flow.first_seen[row];
    return {
        .count = packets - 1,
        .sum = static_cast<std::uint64_t>(span),
        .squares = gap_squares_of(*this, row),
        .minimum = static_cast<std::uint64_t>(gap_minimum[row]),
        .maximum = static_cast<std::uint64_t>(gap_maximum[row])};
}

std::uint64_t FlowStatistics::flag_packets(std::size_t row, std::size_t index) const noexcept {
    if (row == kBoth) {
        return flag_packets(0, index) + flag_packets(1, index);
    }
    return flags[row][index] + (carry ? carry->flags[row][index] : 0);
}

void StatisticsObserver::init(std::byte* state, const FlowEvent& event) {
    // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): placement into the flow's own slot
    auto* statistics = ::new (static_cast<void*>(state)) FlowStatistics;  // NOLINT(tree)
    add_size(*statistics, 0, event.bytes, true);
    add_flags(*statistics, 0, event.packet.tcp_flags, 1);
}

void StatisticsObserver::update(std::byte* state, const FlowEvent& event) {
    auto& statistics = *std::launder(reinterpret_cast<FlowStatistics*>(state));
    const auto row = static_cast<std::size_t>(event.direction);
    const std::uint64_t own_packets = event.flow.packets[row];
    add_size(statistics, row, event.bytes, own_packets == 1);
    add_gap(statistics, FlowStatistics::kBoth, event.gap, event.flow.all_packets() == 2);
    if (own_packets > 1) {
        add_gap(statistics, row, event.direction_gap, own_packets == 2);
    }
    add_flags(statistics, row, event.packet.tcp_flags, own_packets);
}

void StatisticsObserver::discard(std::byte* state) noexcept {
    std::launder(reinterpret_cast<FlowStatistics*>(state))->~FlowStatistics();
}

}  // namespace flowgauge
