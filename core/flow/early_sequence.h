// EarlySequence: NFStream's SPLT, the direction, size and inter-arrival time of the first n
// packets.
#pragma once

#include "core/flow/flow.h"
#include "core/flow/flow_observer.h"

#include <cstddef>
#include <cstdint>

namespace flowgauge {

// The entries of one flow, read or written in place. Entries from `count` on do not exist yet.
struct EarlySequence {
    std::uint16_t count = 0;
    std::uint16_t length = 0;
    const Tick* gaps = nullptr;                // the first is 0
    const std::uint32_t* bytes = nullptr;      // by accounting mode
    const std::uint8_t* directions = nullptr;  // Direction
};

// Keeps the first `length` packets of each flow. Cost: length * 13 bytes a flow.
class SequenceObserver {
public:
    // Requires: 0 < length <= 65535.
    explicit SequenceObserver(std::uint16_t length) noexcept : length_(length) {}

    [[nodiscard]] std::size_t state_bytes() const noexcept { return state_bytes(length_); }
    void init(std::byte* state, const FlowEvent& event) const noexcept;
    void update(std::byte* state, const FlowEvent& event) const noexcept;
    static void expire(std::byte* /*state*/, const Flow& /*flow*/) noexcept {}
    static void discard(std::byte* /*state*/) noexcept {}

    [[nodiscard]] static std::size_t state_bytes(std::uint16_t length) noexcept;

    // What a flow's state holds. Requires: `state` was made by an observer of the same length.
    [[nodiscard]] static EarlySequence read(const std::byte* state, std::uint16_t length) noexcept;

private:
    std::uint16_t length_;
};

}  // namespace flowgauge
