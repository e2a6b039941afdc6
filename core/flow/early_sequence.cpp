#include "core/flow/early_sequence.h"

#include <cstring>

namespace flowgauge {
namespace {

// State: count (8 bytes, to keep the ticks aligned), then ticks, sizes and directions of all
// entries.
constexpr std::size_t kHeaderBytes = 8;

struct Place {
    std::size_t gap;
    std::size_t bytes;
    std::size_t direction;
};

constexpr Place place_of(std::size_t entry, std::size_t length) noexcept {
    return {
        .gap = kHeaderBytes + entry * sizeof(Tick),
        .bytes = kHeaderBytes + length * sizeof(Tick) + entry * sizeof(std::uint32_t),
        .direction = kHeaderBytes + length * (sizeof(Tick) + sizeof(std::uint32_t)) + entry};
}

}  // namespace

std::size_t SequenceObserver::state_bytes(std::uint16_t length) noexcept {
    return (place_of(length, length).direction + 7) / 8 * 8;
}

void SequenceObserver::init(std::byte* state, const FlowEvent& event) const noexcept {
    constexpr std::uint64_t kNone = 0;
    std::memcpy(state, &kNone, sizeof kNone);
    update(state, event);
}

void SequenceObserver::update(std::byte* state, const FlowEvent& event) const noexcept {
    std::uint16_t count = 0;
    std::memcpy(&count, state, sizeof count);
    if (count == length_) {
        return;
    }
    const Place place = place_of(count, length_);
    std::memcpy(state + place.gap, &event.gap, sizeof event.gap);
    std::memcpy(state + place.bytes, &event.bytes, sizeof event.bytes);
    state[place.direction] = static_cast<std::byte>(event.direction);
    ++count;
    std::memcpy(state, &count, sizeof count);
}

EarlySequence SequenceObserver::read(const std::byte* state, std::uint16_t length) noexcept {
    EarlySequence sequence{.length = length};
    std::memcpy(&sequence.count, state, sizeof sequence.count);
    const Place place = place_of(0, length);
    sequence.gaps = reinterpret_cast<const Tick*>(state + place.gap);
    sequence.bytes = reinterpret_cast<const std::uint32_t*>(state + place.bytes);
    sequence.directions = reinterpret_cast<const std::uint8_t*>(state + place.direction);
    return sequence;
}

}  // namespace flowgauge
