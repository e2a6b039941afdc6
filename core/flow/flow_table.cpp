#include "core/flow/flow_table.h"

#include <algorithm>

namespace flowgauge {

FlowTable::FlowTable(FlowPool& pool) : pool_(pool) {
    segments_.push_back(std::make_unique<std::uint32_t[]>(kSegmentBuckets));
    std::fill_n(segments_.back().get(), kSegmentBuckets, kNoFlow);
}

// Buckets below split_ have been divided already and look at one more bit of the hash.
std::size_t FlowTable::bucket_index(std::uint32_t hash) const noexcept {
    const std::size_t index = hash & (round_ - 1);
    return index < split_ ? hash & (2 * round_ - 1) : index;
}

std::uint32_t FlowTable::find(const FlowKey& key, std::uint32_t hash) const noexcept {
    std::uint32_t slot = bucket(bucket_index(hash));
    while (slot != kNoFlow) {
        const Flow& flow = pool_.flow(slot);
        if (flow.hash == hash && flow.key == key) {
            return slot;
        }
        slot = flow.bucket_next;
    }
    return kNoFlow;
}

void FlowTable::insert(std::uint32_t slot) {
    if (size_ >= round_ + split_) {
        split_bucket();
    }
    Flow& flow = pool_.flow(slot);
    std::uint32_t& head = bucket(bucket_index(flow.hash));
    flow.bucket_next = head;
    head = slot;
    append(slot);
    ++size_;
}

void FlowTable::remove(std::uint32_t slot) noexcept {
    std::uint32_t* link = &bucket(bucket_index(pool_.flow(slot).hash));
    while (*link != slot) {
        link = &pool_.flow(*link).bucket_next;
    }
    *link = pool_.flow(slot).bucket_next;
    unchain(slot);
    --size_;
    if (size_ + round_ / 2 < round_ + split_ && round_ + split_ > kSegmentBuckets) {
        merge_bucket();
    }
}

void FlowTable::touch(std::uint32_t slot) noexcept {
    if (slot == newest_) {
        return;
    }
    unchain(slot);
    append(slot);
}

void FlowTable::append(std::uint32_t slot) noexcept {
    Flow& flow = pool_.flow(slot);
    flow.older = newest_;
    flow.newer = kNoFlow;
    (newest_ == kNoFlow ? oldest_ : pool_.flow(newest_).newer) = slot;
    newest_ = slot;
}

void FlowTable::unchain(std::uint32_t slot) noexcept {
    const Flow& flow = pool_.flow(slot);
    (flow.older == kNoFlow ? oldest_ : pool_.flow(flow.older).newer) = flow.newer;
    (flow.newer == kNoFlow ? newest_ : pool_.flow(flow.newer).older) = flow.older;
}

// Divides bucket split_ between itself and a new bucket at the end.
void FlowTable::split_bucket() {
    const std::size_t made = round_ + split_;
    if (made % kSegmentBuckets == 0) {
        segments_.push_back(std::make_unique_for_overwrite<std::uint32_t[]>(kSegmentBuckets));
    }
    std::uint32_t slot = bucket(split_);
    std::uint32_t low = kNoFlow;
    std::uint32_t high = kNoFlow;
    while (slot != kNoFlow) {
        Flow& flow = pool_.flow(slot);
        const std::uint32_t next = flow.bucket_next;
        std::uint32_t& head = (flow.hash & round_) == 0 ? low : high;
        flow.bucket_next = head;
        head = slot;
        slot = next;
    }
    bucket(split_) = low;
    bucket(made) = high;
    if (++split_ == round_) {
        round_ *= 2;
        split_ = 0;
    }
}

// Undoes the last split; a segment without buckets is freed.
void FlowTable::merge_bucket() noexcept {
    if (split_ == 0) {
        round_ /= 2;
        split_ = round_;
    }
    --split_;
    const std::size_t gone = round_ + split_;
    std::uint32_t* tail = &bucket(split_);
    while (*tail != kNoFlow) {
        tail = &pool_.flow(*tail).bucket_next;
    }
    *tail = bucket(gone);
    if (gone % kSegmentBuckets == 0) {
        segments_.pop_back();
    }
}

}  // namespace flowgauge
