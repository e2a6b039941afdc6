#include "core/flow/flow_pool.h"

#include <algorithm>
#include <bit>

namespace flowgauge {
namespace {

// A slab is about this large, so that long early sequences do not make it huge.
constexpr std::size_t kSlabBytes = std::size_t{1} << 18;
constexpr std::size_t kSlabSlotsMax = 1024;

unsigned slab_shift(std::size_t slot_bytes) noexcept {
    const std::size_t slots = std::clamp<std::size_t>(kSlabBytes / slot_bytes, 1, kSlabSlotsMax);
    return static_cast<unsigned>(std::bit_width(slots)) - 1;
}

}  // namespace

FlowPool::FlowPool(std::size_t cold_bytes)
    : cold_bytes_(cold_bytes),
      shift_(slab_shift(sizeof(Flow) + cold_bytes)),
      mask_((1U << shift_) - 1) {}

void FlowPool::add_slab() {
    const auto first = static_cast<std::uint32_t>(slots());
    const std::size_t count = std::size_t{1} << shift_;
    // Observers construct their state when a flow begins: the cold bytes need no value before that.
    slabs_.push_back(
        {.flows = std::make_unique<Flow[]>(count),
         .cold = std::make_unique_for_overwrite<std::byte[]>(count * cold_bytes_)}
    );
    for (std::uint32_t i = 0; i < count; ++i) {
        slabs_.back().flows[i].bucket_next = i + 1 < count ? first + i + 1 : kNoFlow;
    }
    free_ = first;
}

}  // namespace flowgauge
