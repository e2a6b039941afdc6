#include "core/flow/flow_table.h"

#include <algorithm>
#include <bit>

namespace flowgauge {
namespace {

// Buckets that always are in use. They shrink no further.
constexpr std::size_t kBucketsMin = 1024;

// Flows a bucket on average. While a doubling is under way the buckets that still wait for their
// split hold up to twice as many, so four of seven keep overflows few: about one look-up in thirty
// goes on in another bucket.
constexpr std::size_t kFlowsPerBucket = 4;

// Overflow buckets go back all together, when none is in use and they are worth a system call.
constexpr std::size_t kOverflowBytesKept = std::size_t{64} << 10;

std::size_t buckets_for(std::uint64_t flows) noexcept {
    const std::uint64_t buckets = flows / kFlowsPerBucket + 1;
    return std::max<std::size_t>(std::bit_ceil(buckets), kBucketsMin);
}

}  // namespace

FlowTable::FlowTable(FlowPool& pool, std::uint64_t flows_max)
    : pool_(pool),
      bucket_memory_(buckets_for(flows_max) * sizeof(Bucket), HugePages::kWanted),
      // Every full bucket may go on in one more, and flows of one hash need as many as they fill.
      overflow_memory_(
          (flows_max / kBucketFlows + buckets_for(flows_max)) * sizeof(Bucket), HugePages::kAvoid
      ),
      buckets_(reinterpret_cast<Bucket*>(bucket_memory_.data())),
      overflows_(reinterpret_cast<Bucket*>(overflow_memory_.data())),
      round_(kBucketsMin) {}

void FlowTable::fetch_flow(std::uint32_t slot) const noexcept {
    const Flow& flow = pool_.flow(slot);
    __builtin_prefetch(&flow, 1);
    __builtin_prefetch(&flow.packets, 1);
    __builtin_prefetch(&pool_.links(slot), 1);
}

void FlowTable::fetch_neighbours(std::uint32_t slot) const noexcept {
    const FlowLinks& own = pool_.links(slot);
    if (own.older != kNoFlow) {
        __builtin_prefetch(&pool_.links(own.older), 1);
    }
    if (own.newer != kNoFlow) {
        __builtin_prefetch(&pool_.links(own.newer), 1);
    }
}

void FlowTable::insert(std::uint32_t slot, std::uint32_t hash) noexcept {
    if (size_ >= kFlowsPerBucket * (round_ + split_)) {
        split_bucket();
    }
    put(bucket_of(hash), slot, hash);
    append(slot);
    ++size_;
}

void FlowTable::remove(std::uint32_t slot, std::uint32_t hash) noexcept {
    take_out(bucket_of(hash), slot);
    unlink(slot);
    --size_;
    // Merges begin at half the load at which splits do, so that a size that swings costs neither.
    if (size_ < kFlowsPerBucket / 2 * (round_ + split_) && round_ + split_ > kBucketsMin) {
        merge_bucket();
    }
}

void FlowTable::clear() noexcept {
    std::fill(buckets_, buckets_ + buckets(), Bucket{});  // locked memory cannot be given back
    const std::size_t used = buckets() * sizeof(Bucket);
    const std::size_t kept = kBucketsMin * sizeof(Bucket);
    bucket_memory_.give_back(kept, used - kept);
    overflow_memory_.give_back(0, overflows_fresh_ * sizeof(Bucket));
    round_ = kBucketsMin;
    split_ = 0;
    size_ = 0;
    overflows_fresh_ = 0;
    overflows_in_use_ = 0;
    free_overflow_ = kNoBucket;
    oldest_ = kNoFlow;
    newest_ = kNoFlow;
}

// Only the last bucket of a chain has room.
void FlowTable::put(Bucket& first, std::uint32_t slot, std::uint32_t hash) noexcept {
    Bucket* bucket = &first;
    while (bucket->next != kNoBucket) {
        bucket = &overflow(bucket->next);
    }
    if (bucket->count == kBucketFlows) {
        bucket->next = take_overflow();
        bucket = &overflow(bucket->next);
    }
    bucket->hashes[bucket->count] = hash;
    bucket->slots[bucket->count] = slot;
    ++bucket->count;
}

// The last flow of the chain takes the place that becomes free.
void FlowTable::take_out(Bucket& first, std::uint32_t slot) noexcept {
    Bucket* holder = &first;
    std::uint32_t place = 0;
    while (true) {
        auto* const end = holder->slots.begin() + holder->count;
        auto* const found = std::find(holder->slots.begin(), end, slot);
        if (found != end) {
            place = static_cast<std::uint32_t>(found - holder->slots.begin());
            break;
        }
        holder = &overflow(holder->next);
    }
    Bucket* before = nullptr;
    Bucket* last = holder;
    while (last->next != kNoBucket) {
        before = last;
        last = &overflow(last->next);
    }
    --last->count;
    holder->hashes[place] = last->hashes[last->count];
    holder->slots[place] = last->slots[last->count];
    if (last->count != 0 || last == &first) {
        return;
    }
    if (before == nullptr) {  // the holder was the last: find who names it
        before = &first;
        while (&overflow(before->next) != last) {
            before = &overflow(before->next);
        }
    }
    free_overflow(before->next);
    before->next = kNoBucket;
}

// Puts all flows of a chain, which is no bucket's any more, where they belong now.
void FlowTable::move_all(Bucket& from) noexcept {
    Bucket chain = from;
    from = {};
    while (true) {
        const std::uint32_t next = chain.next;
        for (std::uint32_t i = 0; i < chain.count; ++i) {
            put(bucket_of(chain.hashes[i]), chain.slots[i], chain.hashes[i]);
        }
        if (next == kNoBucket) {
            return;
        }
        chain = overflow(next);
        free_overflow(next);
    }
}

// Divides bucket split_ between itself and a new bucket at the end.
void FlowTable::split_bucket() noexcept {
    if (round_ + split_ == bucket_memory_.bytes() / sizeof(Bucket)) {
        return;  // as many buckets as were reserved; chains grow instead
    }
    Bucket& divided = buckets_[split_];
    if (++split_ == round_) {
        round_ *= 2;
        split_ = 0;
    }
    move_all(divided);
}

// Undoes the last split; memory behind the last bucket goes back unit by unit.
void FlowTable::merge_bucket() noexcept {
    if (split_ == 0) {
        round_ /= 2;
        split_ = round_;
    }
    --split_;
    const std::size_t gone = round_ + split_;
    move_all(buckets_[gone]);
    const std::size_t at = gone * sizeof(Bucket);
    if (at % ReservedMemory::kUnitBytes == 0) {
        bucket_memory_.give_back(at, ReservedMemory::kUnitBytes);
    }
}

std::uint32_t FlowTable::take_overflow() noexcept {
    ++overflows_in_use_;
    std::uint32_t number = free_overflow_;
    if (number == kNoBucket) {
        number = ++overflows_fresh_;
    } else {
        free_overflow_ = overflow(number).next;
    }
    overflow(number) = {};
    return number;
}

void FlowTable::free_overflow(std::uint32_t number) noexcept {
    overflow(number).next = free_overflow_;
    free_overflow_ = number;
    if (--overflows_in_use_ == 0 && overflows_fresh_ * sizeof(Bucket) > kOverflowBytesKept) {
        overflow_memory_.give_back(0, overflows_fresh_ * sizeof(Bucket));
        overflows_fresh_ = 0;
        free_overflow_ = kNoBucket;
    }
}

}  // namespace flowgauge
