#include "core/flow/flow_pool.h"

#include <algorithm>
#include <cstdlib>

namespace flowgauge {
namespace {

// Cold bytes up to this are mostly used; those of long early sequences mostly are not.
constexpr std::size_t kDenseBytesMax = 1024;

// Slots are numbered with 32 bits, of which the last means none.
std::size_t whole_chunks(std::uint64_t slots) noexcept {
    constexpr std::uint64_t kChunksMax = kNoFlow / FlowPool::kChunkSlots;
    const std::uint64_t chunks = (slots + FlowPool::kChunkSlots - 1) / FlowPool::kChunkSlots;
    return static_cast<std::size_t>(std::clamp<std::uint64_t>(chunks, 1, kChunksMax));
}

}  // namespace

static_assert(FlowPool::kChunkSlots * sizeof(Flow) == ReservedMemory::kUnitBytes);

FlowPool::FlowPool(std::uint64_t slots_max, std::size_t cold_bytes)
    : cold_bytes_(cold_bytes),
      flow_memory_(whole_chunks(slots_max) * kChunkSlots * sizeof(Flow), HugePages::kWanted),
      cold_memory_(
          whole_chunks(slots_max) * kChunkSlots * cold_bytes,
          cold_bytes <= kDenseBytesMax ? HugePages::kWanted : HugePages::kAvoid
      ),
      link_memory_(whole_chunks(slots_max) * kChunkSlots * sizeof(FlowLinks), HugePages::kWanted),
      // The kernel's zeroed pages are flows already: Flow is an implicit-lifetime type.
      flows_(reinterpret_cast<Flow*>(flow_memory_.data())),
      cold_(cold_memory_.data()),
      links_(reinterpret_cast<FlowLinks*>(link_memory_.data())),
      chunks_(whole_chunks(slots_max)) {}

// The lowest chunk with room: flows gather there, and the chunks behind them become empty.
FlowPool::Chunk& FlowPool::next_chunk() {
    while (lowest_ < chunks_.size() && chunks_[lowest_].used == kChunkSlots) {
        ++lowest_;
    }
    if (lowest_ == chunks_.size()) {
        // A record was never released: going on would overwrite a flow.
        std::abort();  // NOLINT(tree)
    }
    current_ = lowest_;
    Chunk& chunk = chunks_[current_];
    chunks_in_use_ += chunk.fresh == 0 ? 1 : 0;
    return chunk;
}

// The chunk has lost its last flow. The one that slots are taken from keeps its memory, so that a
// flow that comes and goes does not cost page faults.
void FlowPool::retire(std::uint32_t chunk) noexcept {
    if (chunk == current_) {
        return;
    }
    const std::size_t first = std::size_t{chunk} * kChunkSlots;
    flow_memory_.give_back(first * sizeof(Flow), kChunkSlots * sizeof(Flow));
    cold_memory_.give_back(first * cold_bytes_, kChunkSlots * cold_bytes_);
    link_memory_.give_back(first * sizeof(FlowLinks), kChunkSlots * sizeof(FlowLinks));
    chunks_[chunk] = {};
    --chunks_in_use_;
}

}  // namespace flowgauge
