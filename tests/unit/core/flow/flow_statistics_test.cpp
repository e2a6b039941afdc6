#include "core/flow/flow_statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace flowgauge {
namespace {

constexpr std::size_t kBoth = FlowStatistics::kBoth;

// Feeds one flow as the shard does, and keeps every value for the plain computation.
class OneFlow {
public:
    OneFlow() = default;
    OneFlow(const OneFlow&) = delete;
    OneFlow& operator=(const OneFlow&) = delete;
    ~OneFlow() {
        if (flow_.all_packets() != 0) {
            StatisticsObserver::discard(state_.data());
        }
    }

    void packet(
        Tick tick,
        std::uint32_t bytes,
        Direction direction = Direction::kSrc2Dst,
        std::uint8_t tcp_flags = 0
    ) {
        const auto row = static_cast<std::size_t>(direction);
        const bool first = flow_.all_packets() == 0;
        const bool first_of_row = flow_.packets[row] == 0;
        const Tick gap = first ? 0 : tick - flow_.last();
        const Tick direction_gap = first_of_row ? 0 : tick - flow_.last_seen[row];
        if (first_of_row) {
            flow_.first_seen[row] = tick;
        }
        flow_.last_seen[row] = tick;
        ++flow_.packets[row];
        flow_.bytes[row] += bytes;
        Packet packet;
        packet.tcp_flags = tcp_flags;
        const FlowEvent event{
            .packet = packet,
            .flow = flow_,
            .direction = direction,
            .bytes = bytes,
            .gap = gap,
            .direction_gap = direction_gap};
        if (first) {
            StatisticsObserver::init(state_.data(), event);
        } else {
            StatisticsObserver::update(state_.data(), event);
            gaps_[kBoth].push_back(static_cast<std::uint64_t>(gap));
        }
        if (!first_of_row) {
            gaps_[row].push_back(static_cast<std::uint64_t>(direction_gap));
        }
        sizes_[row].push_back(bytes);
        sizes_[kBoth].push_back(bytes);
    }

    [[nodiscard]] const FlowStatistics& statistics() const {
        return *reinterpret_cast<const FlowStatistics*>(state_.data());
    }
    [[nodiscard]] Distribution sizes(std::size_t row) const {
        return statistics().packet_sizes(flow_, row);
    }
    [[nodiscard]] Distribution gaps(std::size_t row) const {
        return statistics().inter_arrival_times(flow_, row);
    }

    // Two passes in long double over everything that was fed.
    void expect_plain_statistics() const {
        for (const std::size_t row : {std::size_t{0}, std::size_t{1}, kBoth}) {
            SCOPED_TRACE(row);
            expect_distribution(sizes(row), sizes_[row]);
            expect_distribution(gaps(row), gaps_[row]);
        }
    }

private:
    static void expect_close(double value, long double expected) {
        EXPECT_LE(
            std::fabs(static_cast<long double>(value) - expected),
            1e-12L * std::max(1.0L, std::fabs(expected))
        ) << value
          << " is not " << static_cast<double>(expected);
    }

    static void expect_distribution(
        const Distribution& distribution, const std::vector<std::uint64_t>& values
    ) {
        if (values.empty()) {
            EXPECT_EQ(distribution.minimum, 0U);
            EXPECT_EQ(distribution.maximum, 0U);
            EXPECT_EQ(distribution.mean(), 0.0);
            EXPECT_EQ(distribution.deviation(), 0.0);
            return;
        }
        const auto count = static_cast<long double>(values.size());
        long double sum = 0;
        for (const std::uint64_t value : values) {
            sum += static_cast<long double>(value);
        }
        long double squares = 0;
        for (const std::uint64_t value : values) {
            const long double distance = static_cast<long double>(value) - sum / count;
            squares += distance * distance;
        }
        EXPECT_EQ(distribution.minimum, *std::ranges::min_element(values));
        EXPECT_EQ(distribution.maximum, *std::ranges::max_element(values));
        expect_close(distribution.mean(), sum / count);
        expect_close(
            distribution.deviation(), values.size() < 2 ? 0 : std::sqrt(squares / (count - 1))
        );
    }

    alignas(FlowStatistics) std::array<std::byte, sizeof(FlowStatistics)> state_{};
    Flow flow_;
    std::array<std::vector<std::uint64_t>, 3> sizes_;
    std::array<std::vector<std::uint64_t>, 3> gaps_;
};

TEST(FlowStatistics, OfOnePacketAreItsSizeAndNoGap) {
    OneFlow flow;
    flow.packet(1000, 74);
    EXPECT_EQ(flow.sizes(0).minimum, 74U);
    EXPECT_EQ(flow.sizes(0).mean(), 74.0);
    EXPECT_EQ(flow.sizes(0).deviation(), 0.0);
    EXPECT_EQ(flow.sizes(kBoth).maximum, 74U);
    flow.expect_plain_statistics();
}

TEST(FlowStatistics, OfTwoPacketsHaveASampleDeviationOfSizesButNotOfGaps) {
    OneFlow flow;
    flow.packet(1000, 60);
    flow.packet(1010, 62);
    EXPECT_DOUBLE_EQ(flow.sizes(0).deviation(), std::sqrt(2.0));
    EXPECT_EQ(flow.gaps(0).mean(), 10.0);
    EXPECT_EQ(flow.gaps(0).deviation(), 0.0);
    flow.expect_plain_statistics();
}

TEST(FlowStatistics, OfThreePacketsHaveASampleDeviationOfGaps) {
    OneFlow flow;
    flow.packet(1000, 60);
    flow.packet(1010, 60);
    flow.packet(1030, 60);
    EXPECT_EQ(flow.gaps(0).mean(), 15.0);
    EXPECT_DOUBLE_EQ(flow.gaps(0).deviation(), std::sqrt(50.0));
    EXPECT_EQ(flow.sizes(0).deviation(), 0.0);
    flow.expect_plain_statistics();
}

// NFStream: bidirectional gaps are to the packet before, directional ones to that of the direction.
TEST(FlowStatistics, TakeGapsOfADirectionBetweenItsOwnPackets) {
    OneFlow flow;
    flow.packet(0, 100);
    flow.packet(3, 1000, Direction::kDst2Src);
    flow.packet(10, 200);
    flow.packet(30, 3000, Direction::kDst2Src);
    EXPECT_EQ(flow.gaps(kBoth).minimum, 3U);
    EXPECT_EQ(flow.gaps(kBoth).maximum, 20U);
    EXPECT_EQ(flow.gaps(kBoth).mean(), 10.0);
    EXPECT_EQ(flow.gaps(0).minimum, 10U);
    EXPECT_EQ(flow.gaps(0).maximum, 10U);
    EXPECT_EQ(flow.gaps(1).mean(), 27.0);
    flow.expect_plain_statistics();
}

TEST(FlowStatistics, OfAMissingDirectionAreZero) {
    OneFlow flow;
    flow.packet(0, 100);
    flow.packet(5, 300);
    EXPECT_EQ(flow.sizes(1).mean(), 0.0);
    EXPECT_EQ(flow.sizes(1).minimum, 0U);
    EXPECT_EQ(flow.sizes(kBoth).minimum, 100U);
    EXPECT_EQ(flow.gaps(1).maximum, 0U);
    flow.expect_plain_statistics();
}

TEST(FlowStatistics, TakeEqualTimesAsGapsOfZero) {
    OneFlow flow;
    for (int i = 0; i < 5; ++i) {
        flow.packet(77, 40, i % 2 == 0 ? Direction::kSrc2Dst : Direction::kDst2Src);
    }
    EXPECT_EQ(flow.gaps(kBoth).maximum, 0U);
    EXPECT_EQ(flow.gaps(kBoth).deviation(), 0.0);
    flow.expect_plain_statistics();
}

TEST(FlowStatistics, AgreeWithTwoPassesOverRandomSequences) {
    std::mt19937_64 random(11);
    for (int round = 0; round < 300; ++round) {
        SCOPED_TRACE(round);
        OneFlow flow;
        const std::uint64_t packets = 1 + random() % (round % 10 == 0 ? 3000 : 40);
        const std::uint64_t largest_gap = std::uint64_t{1} << (random() % 40);
        const std::uint64_t largest_size = std::uint64_t{1} << (random() % 32);
        Tick tick = static_cast<Tick>(random() % 2'000'000'000'000);
        for (std::uint64_t i = 0; i < packets; ++i) {
            tick += static_cast<Tick>(random() % largest_gap);
            const bool reverse = i > 0 && random() % 3 == 0;
            flow.packet(
                tick,
                static_cast<std::uint32_t>(random() % largest_size),
                reverse ? Direction::kDst2Src : Direction::kSrc2Dst
            );
        }
        flow.expect_plain_statistics();
    }
}

TEST(FlowStatistics, HoldTheLargestSizes) {
    constexpr std::uint32_t kLargest = std::numeric_limits<std::uint32_t>::max();
    OneFlow flow;
    for (int i = 0; i < 1000; ++i) {
        flow.packet(i, i % 2 == 0 ? kLargest : kLargest - 2);
    }
    EXPECT_EQ(flow.sizes(0).maximum, kLargest);
    flow.expect_plain_statistics();
}

// More packets than the counters of a flow hold by themselves.
TEST(FlowStatistics, CountFlagsBeyond16Bits) {
    constexpr std::uint64_t kPackets = 200'000;
    OneFlow flow;
    for (std::uint64_t i = 0; i < kPackets; ++i) {
        const std::uint8_t flags = i % 4 == 0 ? kTcpAck | kTcpPsh : kTcpAck;
        flow.packet(static_cast<Tick>(i), 60, Direction::kSrc2Dst, flags);
    }
    flow.packet(kPackets, 60, Direction::kDst2Src, kTcpFin);
    EXPECT_EQ(flow.statistics().flag_packets(0, 4), kPackets);
    EXPECT_EQ(flow.statistics().flag_packets(0, 5), kPackets / 4);
    EXPECT_EQ(flow.statistics().flag_packets(kBoth, 7), 1U);
    EXPECT_EQ(flow.statistics().flag_packets(kBoth, 0), 0U);
    flow.expect_plain_statistics();
}

// n * squares takes more than 128 bits from here on.
TEST(FlowStatistics, SurviveGapsOfYearsInNanoseconds) {
    constexpr Tick kThirtyYears = 30LL * 365 * 86'400 * 1'000'000'000;
    OneFlow flow;
    flow.packet(0, 60);
    for (int i = 0; i < 5000; ++i) {
        flow.packet(i + (i > 700 ? kThirtyYears : 0), 60);
    }
    flow.expect_plain_statistics();
}

TEST(FlowStatistics, SurviveTheLongestGapThereIs) {
    OneFlow flow;
    flow.packet(0, 60);
    for (int i = 0; i < 100; ++i) {
        flow.packet(kTickMax - 100 + i, 60);
    }
    flow.expect_plain_statistics();
}

TEST(FlowStatistics, OfEqualLongGapsHaveNoDeviation) {
    constexpr Tick kTenDays = 10LL * 86'400 * 1'000'000'000;
    OneFlow flow;
    for (int i = 0; i < 1000; ++i) {
        flow.packet(i * kTenDays, 60);
    }
    EXPECT_EQ(flow.gaps(0).deviation(), 0.0);
    EXPECT_EQ(flow.gaps(0).mean(), static_cast<double>(kTenDays));
}

TEST(FlowStatistics, CountFlagsByDirectionInTheOrderOfTheColumns) {
    OneFlow flow;
    flow.packet(0, 60, Direction::kSrc2Dst, kTcpSyn | kTcpEce | kTcpCwr);
    flow.packet(1, 60, Direction::kDst2Src, kTcpSyn | kTcpAck);
    flow.packet(2, 60, Direction::kSrc2Dst, kTcpAck | kTcpPsh | kTcpUrg);
    flow.packet(3, 60, Direction::kSrc2Dst, kTcpFin | kTcpAck);
    flow.packet(4, 60, Direction::kDst2Src, kTcpRst);
    flow.packet(5, 60, Direction::kDst2Src, 0);
    constexpr std::array<std::array<std::uint64_t, kTcpFlagCount>, 3> kExpected{
        {// syn, cwr, ece, urg, ack, psh, rst, fin
         {1, 1, 1, 1, 2, 1, 0, 1},
         {1, 0, 0, 0, 1, 0, 1, 0},
         {2, 1, 1, 1, 3, 1, 1, 1}}};
    for (std::size_t row = 0; row < kExpected.size(); ++row) {
        for (std::size_t flag = 0; flag < kTcpFlagCount; ++flag) {
            EXPECT_EQ(flow.statistics().flag_packets(row, flag), kExpected[row][flag])
                << row << ", " << flag;
        }
    }
}

}  // namespace
}  // namespace flowgauge
