// FlowTable: finds the flow of a key, and knows which flow has been silent longest.
//
// The index is a linear hash (Litwin 1980) of buckets of one cache line: it grows and shrinks by
// one bucket at a time, so that no packet ever pays for a doubling, and a look-up touches one line
// of the index and the flow itself. A bucket that is full goes on in another one.
#pragma once

#include "core/base/reserved_memory.h"
#include "core/flow/flow.h"
#include "core/flow/flow_pool.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace flowgauge {

// Thread: the shard's worker. Ownership: flows live in the pool; a removed flow keeps its slot.
// Every `hash` is the same function of the flow's key, for as long as the flow is in the table.
class FlowTable {
public:
    // Room for `flows_max` flows. Throws std::bad_alloc when there are no addresses for them.
    FlowTable(FlowPool& pool, std::uint64_t flows_max);

    // Returns the slot of the flow with that key, or kNoFlow.
    [[nodiscard]] std::uint32_t find(const FlowKey& key, std::uint32_t hash) const noexcept {
        for (const Bucket* bucket = &bucket_of(hash);; bucket = &overflow(bucket->next)) {
            for (std::uint32_t i = 0; i < bucket->count; ++i) {
                if (bucket->hashes[i] == hash && pool_.flow(bucket->slots[i]).key == key) {
                    return bucket->slots[i];
                }
            }
            if (bucket->next == kNoBucket) [[likely]] {
                return kNoFlow;
            }
        }
    }

    // Puts a slot in, whose key is set, as the newest. Requires: the key is not in it.
    void insert(std::uint32_t slot, std::uint32_t hash) noexcept;

    void remove(std::uint32_t slot, std::uint32_t hash) noexcept;

    // Takes all flows out at once, which costs next to nothing, and gives the index's memory back.
    void clear() noexcept;

    // Makes the flow the one with the latest packet.
    void touch(std::uint32_t slot) noexcept {
        if (slot != newest_) {
            unlink(slot);
            append(slot);
        }
    }

    // Buckets in use now, and what one of them holds: `see(slot)` for each flow.
    [[nodiscard]] std::size_t buckets() const noexcept { return round_ + split_; }
    template <typename See>
    void look_into(std::size_t index, See&& see) const {
        for (const Bucket* bucket = &buckets_[index];; bucket = &overflow(bucket->next)) {
            for (std::uint32_t i = 0; i < bucket->count; ++i) {
                see(bucket->slots[i]);
            }
            if (bucket->next == kNoBucket) {
                return;
            }
        }
    }

    // The flow that has been silent longest, or kNoFlow.
    [[nodiscard]] std::uint32_t oldest() const noexcept { return oldest_; }

    // The flow whose last packet came next after that of `slot`, or kNoFlow.
    [[nodiscard]] std::uint32_t newer_than(std::uint32_t slot) const noexcept {
        return pool_.links(slot).newer;
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    // Announce a look-up: the three steps of fetching what it will touch, each of which needs what
    // the one before has fetched. `guess` is a slot that probably is the flow's, or kNoFlow.
    void fetch_bucket(std::uint32_t hash) const noexcept {
        __builtin_prefetch(&buckets_[bucket_index(hash)]);
    }
    [[nodiscard]] std::uint32_t guess(std::uint32_t hash) const noexcept {
        const Bucket& bucket = bucket_of(hash);
        for (std::uint32_t i = 0; i < bucket.count; ++i) {
            if (bucket.hashes[i] == hash) {
                return bucket.slots[i];
            }
        }
        return kNoFlow;
    }
    void fetch_flow(std::uint32_t slot) const noexcept;
    void fetch_neighbours(std::uint32_t slot) const noexcept;

private:
    static constexpr std::uint32_t kBucketFlows = 7;
    static constexpr std::uint32_t kNoBucket = 0;

    // Zeroed memory is an empty bucket.
    struct alignas(64) Bucket {
        std::array<std::uint32_t, kBucketFlows> hashes;
        std::uint32_t count;
        std::array<std::uint32_t, kBucketFlows> slots;
        std::uint32_t next;  // number of the overflow bucket that goes on, from 1; 0 for none
    };
    static_assert(sizeof(Bucket) == 64);

    // Buckets below split_ have been divided already and look at one more bit of the hash.
    [[nodiscard]] std::size_t bucket_index(std::uint32_t hash) const noexcept {
        const std::size_t index = hash & (round_ - 1);
        return index < split_ ? hash & (2 * round_ - 1) : index;
    }
    [[nodiscard]] Bucket& bucket_of(std::uint32_t hash) const noexcept {
        return buckets_[bucket_index(hash)];
    }
    [[nodiscard]] Bucket& overflow(std::uint32_t number) const noexcept {
        return overflows_[number - 1];
    }

    void put(Bucket& first, std::uint32_t slot, std::uint32_t hash) noexcept;
    void take_out(Bucket& first, std::uint32_t slot) noexcept;
    void move_all(Bucket& from) noexcept;
    void split_bucket() noexcept;
    void merge_bucket() noexcept;
    [[nodiscard]] std::uint32_t take_overflow() noexcept;
    void free_overflow(std::uint32_t number) noexcept;

    void append(std::uint32_t slot) noexcept {
        pool_.links(slot) = {.older = newest_, .newer = kNoFlow};
        (newest_ == kNoFlow ? oldest_ : pool_.links(newest_).newer) = slot;
        newest_ = slot;
    }
    void unlink(std::uint32_t slot) noexcept {
        const FlowLinks& own = pool_.links(slot);
        (own.older == kNoFlow ? oldest_ : pool_.links(own.older).newer) = own.newer;
        (own.newer == kNoFlow ? newest_ : pool_.links(own.newer).older) = own.older;
    }

    FlowPool& pool_;
    ReservedMemory bucket_memory_;
    ReservedMemory overflow_memory_;
    Bucket* buckets_;
    Bucket* overflows_;
    std::size_t round_;      // buckets at the start of this doubling
    std::size_t split_ = 0;  // the next bucket to split; round_ + split_ are in use
    std::size_t size_ = 0;
    std::uint32_t overflows_fresh_ = 0;  // numbers up to here were taken before
    std::uint32_t overflows_in_use_ = 0;
    std::uint32_t free_overflow_ = kNoBucket;
    std::uint32_t oldest_ = kNoFlow;
    std::uint32_t newest_ = kNoFlow;
};

}  // namespace flowgauge
