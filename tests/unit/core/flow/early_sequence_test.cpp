#include "core/flow/early_sequence.h"

#include <gtest/gtest.h>

#include <vector>

namespace flowgauge {
namespace {

// State of one flow, alone in memory of exactly the size that the observer asks for.
class OneFlow {
public:
    explicit OneFlow(std::uint16_t length)
        : length_(length),
          observer_(length),
          state_(observer_.state_bytes()) {}

    void packet(Direction direction, std::uint32_t bytes, Tick gap) {
        const FlowEvent event{
            .packet = packet_, .flow = flow_, .direction = direction, .bytes = bytes, .gap = gap};
        if (seen_++ == 0) {
            observer_.init(state_.data(), event);
        } else {
            observer_.update(state_.data(), event);
        }
    }

    [[nodiscard]] EarlySequence read() const { return {state_.data(), length_}; }

private:
    std::uint16_t length_;
    SequenceObserver observer_;
    std::vector<std::byte> state_;
    Packet packet_;
    Flow flow_;
    int seen_ = 0;
};

TEST(EarlySequence, KeepsTheFirstPacketsInOrder) {
    OneFlow flow(3);
    flow.packet(Direction::kSrc2Dst, 60, 0);
    flow.packet(Direction::kDst2Src, 1514, 7);
    const EarlySequence two = flow.read();
    ASSERT_EQ(two.count(), 2);
    EXPECT_EQ(two.length(), 3);
    EXPECT_EQ(two.gap(0), 0);
    EXPECT_EQ(two.gap(1), 7);
    EXPECT_EQ(two.bytes(0), 60U);
    EXPECT_EQ(two.bytes(1), 1514U);
    EXPECT_EQ(two.direction(0), Direction::kSrc2Dst);
    EXPECT_EQ(two.direction(1), Direction::kDst2Src);
}

TEST(EarlySequence, IgnoresPacketsBeyondItsLength) {
    for (const std::uint16_t length : std::vector<std::uint16_t>{1, 2, 3, 7, 255, 256, 65535}) {
        OneFlow flow(length);
        for (std::uint32_t i = 0; i < length + 5U; ++i) {
            const auto direction = i % 3 == 0 ? Direction::kSrc2Dst : Direction::kDst2Src;
            flow.packet(direction, 100 + i, Tick{i} << 33);
        }
        const EarlySequence sequence = flow.read();
        ASSERT_EQ(sequence.count(), length);
        for (std::uint32_t i = 0; i < length; ++i) {
            ASSERT_EQ(sequence.gap(i), Tick{i} << 33) << length;
            ASSERT_EQ(sequence.bytes(i), 100 + i) << length;
            const auto direction = i % 3 == 0 ? Direction::kSrc2Dst : Direction::kDst2Src;
            ASSERT_EQ(sequence.direction(i), direction) << length;
        }
    }
}

TEST(EarlySequence, HoldsTheLongestGapThereIs) {
    OneFlow flow(2);
    flow.packet(Direction::kSrc2Dst, 60, 0);
    flow.packet(Direction::kDst2Src, 60, kTickMax);
    EXPECT_EQ(flow.read().gap(1), kTickMax);
    EXPECT_EQ(flow.read().direction(1), Direction::kDst2Src);
}

TEST(EarlySequence, Takes12BytesAnEntryAndTwoForTheirNumber) {
    for (const std::uint16_t length : std::vector<std::uint16_t>{1, 2, 3, 20, 255, 65535}) {
        EXPECT_EQ(SequenceObserver::state_bytes(length), std::size_t{length} * 12 + 2);
    }
}

}  // namespace
}  // namespace flowgauge
