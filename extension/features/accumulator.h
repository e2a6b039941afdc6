// Accumulator: an aggregate over the packets of flows: what it keeps of each flow, and its value.
#pragma once

#include "core/expression/aggregate.h"
#include "core/expression/frame.h"
#include "core/extension/cell.h"

#include <cstddef>
#include <memory>

namespace flowgauge {

// Immutable. Thread: any; a state is its worker's. A state of zeros is one of no packets.
class Accumulator {
public:
    static constexpr std::size_t kStateMax = 32;  // bytes, a multiple of kStateAlignment

    virtual ~Accumulator() = default;
    Accumulator() = default;
    Accumulator(const Accumulator&) = delete;
    Accumulator& operator=(const Accumulator&) = delete;

    [[nodiscard]] virtual std::size_t state_bytes() const noexcept = 0;

    // A packet, the record of `frame`. No allocation but for text that is kept.
    virtual void add(std::byte* state, EvaluationFrame& frame, CellMemory& memory) const = 0;

    // Says the value.
    virtual void put(const std::byte* state, ColumnCapture& out) const = 0;

    // Whether the state keeps text, and gives it back.
    [[nodiscard]] virtual bool has_text() const noexcept { return false; }
    virtual void discard(std::byte* /*state*/, CellMemory& /*memory*/) const noexcept {}
};

// Requires: the aggregate outlives it.
[[nodiscard]] std::unique_ptr<const Accumulator> make_accumulator(const Aggregate& aggregate);

}  // namespace flowgauge
