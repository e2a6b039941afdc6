#include "core/flow/early_sequence.h"

#include <cstring>

namespace flowgauge {
namespace {

// State: for each entry its gap, shifted to make room for the direction in the lowest bit; then the
// sizes of all entries; then their number.
constexpr std::size_t place_of_gap(std::size_t entry) noexcept {
    return entry * sizeof(std::uint64_t);
}
constexpr std::size_t place_of_bytes(std::size_t entry, std::size_t length) noexcept {
    return length * sizeof(std::uint64_t) + entry * sizeof(std::uint32_t);
}
constexpr std::size_t place_of_count(std::size_t length) noexcept {
    return place_of_bytes(length, length);
}

template <typename Value>
Value load(const std::byte* at) noexcept {
    Value value{};
    std::memcpy(&value, at, sizeof value);
    return value;
}

}  // namespace

std::uint16_t EarlySequence::count() const noexcept {
    return load<std::uint16_t>(state_ + place_of_count(length_));
}

Direction EarlySequence::direction(std::size_t entry) const noexcept {
    return static_cast<Direction>(load<std::uint64_t>(state_ + place_of_gap(entry)) & 1);
}

std::uint32_t EarlySequence::bytes(std::size_t entry) const noexcept {
    return load<std::uint32_t>(state_ + place_of_bytes(entry, length_));
}

Tick EarlySequence::gap(std::size_t entry) const noexcept {
    return static_cast<Tick>(load<std::uint64_t>(state_ + place_of_gap(entry)) >> 1);
}

std::size_t SequenceObserver::state_bytes(std::uint16_t length) noexcept {
    return place_of_count(length) + sizeof(std::uint16_t);
}

void SequenceObserver::init(std::byte* state, const FlowEvent& event) const noexcept {
    constexpr std::uint16_t kNone = 0;
    std::memcpy(state + place_of_count(length_), &kNone, sizeof kNone);
    update(state, event);
}

void SequenceObserver::update(std::byte* state, const FlowEvent& event) const noexcept {
    auto count = load<std::uint16_t>(state + place_of_count(length_));
    if (count == length_) {
        return;
    }
    const std::uint64_t gap_and_direction =
        static_cast<std::uint64_t>(event.gap) << 1 | static_cast<std::uint64_t>(event.direction);
    std::memcpy(state + place_of_gap(count), &gap_and_direction, sizeof gap_and_direction);
    std::memcpy(state + place_of_bytes(count, length_), &event.bytes, sizeof event.bytes);
    ++count;
    std::memcpy(state + place_of_count(length_), &count, sizeof count);
}

}  // namespace flowgauge
