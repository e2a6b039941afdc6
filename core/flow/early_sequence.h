// EarlySequence: NFStream's SPLT, the direction, size and inter-arrival time of the first n
// packets.
#pragma once

#include "core/flow/flow.h"
#include "core/flow/flow_observer.h"

#include <cstddef>
#include <cstdint>

namespace flowgauge {

// The entries of one flow, read in place. Entries from count() on do not exist yet.
class EarlySequence {
public:
    // `state` and `length` as in SequenceObserver.
    EarlySequence(const std::byte* state, std::uint16_t length) noexcept
        : state_(state),
          length_(length) {}

    [[nodiscard]] std::uint16_t count() const noexcept;
    [[nodiscard]] std::uint16_t length() const noexcept { return length_; }

    [[nodiscard]] Direction direction(std::size_t entry) const noexcept;
    [[nodiscard]] std::uint32_t bytes(std::size_t entry) const noexcept;  // by accounting mode
    [[nodiscard]] Tick gap(std::size_t entry) const noexcept;             // the first is 0

private:
    const std::byte* state_;
    std::uint16_t length_;
};

// Keeps the first `length` packets of each flow. Cost: length * 12 bytes a flow.
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

private:
    std::uint16_t length_;
};

}  // namespace flowgauge
