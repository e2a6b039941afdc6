// FlowPool: slots for flows, each a Flow and the cold bytes of its observers. Memory is taken as
// flows come, in chunks of slots, and given back when a chunk is empty.
#pragma once

#include "core/base/reserved_memory.h"
#include "core/flow/flow.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace flowgauge {

// Neighbours of a flow in the order of last packets. Apart from the flow, because they are written
// when a neighbour moves: few bytes a flow stay in the caches.
struct FlowLinks {
    std::uint32_t older = kNoFlow;
    std::uint32_t newer = kNoFlow;
};

// Thread: the shard's worker. Cost: no allocation a flow; page faults where memory grows.
class FlowPool {
public:
    // Slots that are given back to the system together: their flows fill a huge page.
    static constexpr std::uint32_t kChunkSlots = 16384;

    // Room for `slots_max` flows at one time, with `cold_bytes` each, a multiple of kStateAlignment
    // (core/flow/flow_observer.h). Throws std::bad_alloc when there are no addresses for them.
    FlowPool(std::uint64_t slots_max, std::size_t cold_bytes);

    // Returns a free slot of the fullest end of the pool; its content is whatever its last flow
    // left. Requires: not all are taken.
    [[nodiscard]] std::uint32_t take() {
        Chunk* chunk = &chunks_[current_];
        if (chunk->used == kChunkSlots) [[unlikely]] {
            chunk = &next_chunk();
        }
        ++chunk->used;
        if (chunk->free == kNoFlow) {
            return current_ * kChunkSlots + chunk->fresh++;
        }
        const std::uint32_t slot = chunk->free;
        chunk->free = links_[slot].older;
        return slot;
    }

    void give_back(std::uint32_t slot) noexcept {
        Chunk& chunk = chunks_[slot / kChunkSlots];
        links_[slot].older = chunk.free;  // a free slot names the next one
        chunk.free = slot;
        lowest_ = std::min(lowest_, slot / kChunkSlots);
        if (--chunk.used == 0) [[unlikely]] {
            retire(slot / kChunkSlots);
        }
    }

    [[nodiscard]] Flow& flow(std::uint32_t slot) noexcept { return flows_[slot]; }
    [[nodiscard]] const Flow& flow(std::uint32_t slot) const noexcept { return flows_[slot]; }
    [[nodiscard]] std::byte* cold(std::uint32_t slot) noexcept {
        return cold_ + std::size_t{slot} * cold_bytes_;
    }

    [[nodiscard]] FlowLinks& links(std::uint32_t slot) noexcept { return links_[slot]; }

    // Chunks that hold memory now.
    [[nodiscard]] std::size_t chunks_in_use() const noexcept { return chunks_in_use_; }

private:
    struct Chunk {
        std::uint32_t used = 0;
        std::uint32_t fresh = 0;  // slots from here on were never taken; 0: holds no memory
        std::uint32_t free = kNoFlow;
    };

    [[nodiscard]] Chunk& next_chunk();
    void retire(std::uint32_t chunk) noexcept;

    std::size_t cold_bytes_;
    ReservedMemory flow_memory_;
    ReservedMemory cold_memory_;
    ReservedMemory link_memory_;
    Flow* flows_;
    std::byte* cold_;
    FlowLinks* links_;
    std::vector<Chunk> chunks_;
    std::uint32_t current_ = 0;  // where slots are taken from
    std::uint32_t lowest_ = 0;   // no chunk before it has room
    std::size_t chunks_in_use_ = 1;
};

}  // namespace flowgauge
