// FlowPool: slots for flows, each a Flow and the cold bytes of its observers, in slabs that are
// taken as flows come and never move.
#pragma once

#include "core/flow/flow.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace flowgauge {

// Thread: the shard's worker. Cost: one allocation a slab, none a flow.
class FlowPool {
public:
    // `cold_bytes` per slot, a multiple of kStateAlignment (core/flow/flow_observer.h).
    explicit FlowPool(std::size_t cold_bytes);

    // Returns a free slot; its content is whatever its last flow left. Throws std::bad_alloc when
    // the system has no memory for another slab.
    [[nodiscard]] std::uint32_t take() {
        if (free_ == kNoFlow) {
            add_slab();
        }
        const std::uint32_t slot = free_;
        free_ = flow(slot).bucket_next;
        return slot;
    }

    void give_back(std::uint32_t slot) noexcept {
        flow(slot).bucket_next = free_;
        free_ = slot;
    }

    [[nodiscard]] Flow& flow(std::uint32_t slot) noexcept {
        return slabs_[slot >> shift_].flows[slot & mask_];
    }
    [[nodiscard]] const Flow& flow(std::uint32_t slot) const noexcept {
        return slabs_[slot >> shift_].flows[slot & mask_];
    }
    [[nodiscard]] std::byte* cold(std::uint32_t slot) noexcept {
        return slabs_[slot >> shift_].cold.get() + (slot & mask_) * cold_bytes_;
    }

    [[nodiscard]] std::size_t slots() const noexcept { return slabs_.size() << shift_; }

private:
    struct Slab {
        std::unique_ptr<Flow[]> flows;
        std::unique_ptr<std::byte[]> cold;
    };

    void add_slab();

    std::size_t cold_bytes_;
    unsigned shift_;  // slots of a slab, as a power of two
    std::uint32_t mask_;
    std::vector<Slab> slabs_;
    std::uint32_t free_ = kNoFlow;
};

}  // namespace flowgauge
