// FlowTable: finds the flow of a key, and knows which flow has been silent longest.
//
// The index is a linear hash (Litwin 1980): it grows and shrinks by one bucket at a time, so that
// no packet ever pays for a doubling. Chains are short: as many buckets as flows.
#pragma once

#include "core/flow/flow.h"
#include "core/flow/flow_pool.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace flowgauge {

// Thread: the shard's worker. Ownership: flows live in the pool; a removed flow keeps its slot.
class FlowTable {
public:
    explicit FlowTable(FlowPool& pool);

    // Returns the slot of the flow with that key, or kNoFlow. `hash` is hash_of(key).
    [[nodiscard]] std::uint32_t find(const FlowKey& key, std::uint32_t hash) const noexcept;

    // Puts a slot in, whose key and hash are set, as the newest. Requires: the key is not in it.
    void insert(std::uint32_t slot);

    void remove(std::uint32_t slot) noexcept;

    // Makes the flow the one with the latest packet.
    void touch(std::uint32_t slot) noexcept;

    // The flow that has been silent longest, or kNoFlow.
    [[nodiscard]] std::uint32_t oldest() const noexcept { return oldest_; }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    static constexpr std::size_t kSegmentBuckets = 4096;
    using Segment = std::unique_ptr<std::uint32_t[]>;

    [[nodiscard]] std::size_t bucket_index(std::uint32_t hash) const noexcept;
    [[nodiscard]] std::uint32_t& bucket(std::size_t index) const noexcept {
        return segments_[index / kSegmentBuckets][index % kSegmentBuckets];
    }
    void append(std::uint32_t slot) noexcept;
    void unchain(std::uint32_t slot) noexcept;
    void split_bucket();
    void merge_bucket() noexcept;

    FlowPool& pool_;
    std::vector<Segment> segments_;
    std::size_t round_ = kSegmentBuckets;  // buckets at the start of this doubling
    std::size_t split_ = 0;                // the next bucket to split; round_ + split_ are in use
    std::size_t size_ = 0;
    std::uint32_t oldest_ = kNoFlow;
    std::uint32_t newest_ = kNoFlow;
};

}  // namespace flowgauge
