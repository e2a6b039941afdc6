#include "core/packet/fragment_store.h"

#include "core/base/hash.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace flowgauge {
namespace {

// A datagram has 2 pieces at least, of one chunk at least; this many keep the pools in step.
constexpr std::size_t kChunksPerDatagram = 2;

template <typename Row, typename Link>
void chain(std::vector<Row>& rows, Link Row::*link) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].*link = i + 1 < rows.size() ? static_cast<Link>(i + 1) : kNoIndex;
    }
}

}  // namespace

FragmentStore::FragmentStore(std::size_t memory_bytes)
    : seed_(random_seed()),
      chunk_count_(std::max<std::size_t>(memory_bytes / kChunkBytes, 2)),
      // Not value-initialised: pages are touched only as fragments come.
      chunk_bytes_(new std::uint8_t[chunk_count_ * kChunkBytes]),  // NOLINT(tree): taken once
      chunk_next_(chunk_count_),
      pieces_(chunk_count_),
      datagrams_(std::max<std::size_t>(chunk_count_ / kChunksPerDatagram, 1)),
      buckets_(std::bit_ceil(datagrams_.size()), kNoIndex),
      free_chunks_(chunk_count_) {
    for (std::size_t i = 0; i < chunk_count_; ++i) {
        chunk_next_[i] = i + 1 < chunk_count_ ? static_cast<std::uint32_t>(i + 1) : kNoIndex;
    }
    chain(pieces_, &FragmentPiece::next);
    chain(datagrams_, &FragmentedDatagram::hash_next);
}

std::size_t FragmentStore::bucket_of(const DatagramKey& key) const noexcept {
    const std::uint64_t rest = (std::uint64_t{key.id} << 32) | (std::uint64_t{key.vlan_id} << 16) |
                               (std::uint64_t{key.protocol} << 8) | key.encapsulations;
    std::uint64_t hash = hash_words(seed_, key.source.high, key.source.low);
    hash = hash_words(hash, key.destination.high, key.destination.low);
    hash = hash_words(hash, rest, key.tunnel_id);
    return hash & (buckets_.size() - 1);
}

std::uint32_t FragmentStore::find(const DatagramKey& key) const noexcept {
    std::uint32_t index = buckets_[bucket_of(key)];
    while (index != kNoIndex && !(datagrams_[index].key == key)) {
        index = datagrams_[index].hash_next;
    }
    return index;
}

std::uint32_t FragmentStore::create(const DatagramKey& key, CaptureTime time) noexcept {
    const std::uint32_t index = free_datagram_;
    if (index == kNoIndex) {
        return kNoIndex;
    }
    FragmentedDatagram& made = datagrams_[index];
    free_datagram_ = made.hash_next;
    made = {};
    made.key = key;
    made.first_time = time;
    std::uint32_t& bucket = buckets_[bucket_of(key)];
    made.hash_next = bucket;
    bucket = index;
    AgeList& ages = ages_of(made);
    made.older = ages.newest;
    if (ages.newest == kNoIndex) {
        ages.oldest = index;
    } else {
        datagrams_[ages.newest].newer = index;
    }
    ages.newest = index;
    return index;
}

void FragmentStore::unlink(std::uint32_t index) noexcept {
    const FragmentedDatagram& gone = datagrams_[index];
    std::uint32_t* link = &buckets_[bucket_of(gone.key)];
    while (*link != index) {
        link = &datagrams_[*link].hash_next;
    }
    *link = gone.hash_next;
    AgeList& ages = ages_of(gone);
    (gone.older == kNoIndex ? ages.oldest : datagrams_[gone.older].newer) = gone.newer;
    (gone.newer == kNoIndex ? ages.newest : datagrams_[gone.newer].older) = gone.older;
}

void FragmentStore::release(std::uint32_t index) noexcept {
    unlink(index);
    release_pieces(datagrams_[index]);
    datagrams_[index].hash_next = free_datagram_;
    free_datagram_ = index;
}

void FragmentStore::release_pieces(FragmentedDatagram& datagram) noexcept {
    std::uint32_t index = datagram.first_piece;
    while (index != kNoIndex) {
        const std::uint32_t next = pieces_[index].next;
        release_piece(index);
        index = next;
    }
    datagram.first_piece = kNoIndex;
    datagram.last_piece = kNoIndex;
}

void FragmentStore::release_piece(std::uint32_t index) noexcept {
    FragmentPiece& gone = pieces_[index];
    std::uint32_t chunk = gone.first_chunk;
    while (chunk != kNoIndex) {
        const std::uint32_t next = chunk_next_[chunk];
        chunk_next_[chunk] = free_chunk_;
        free_chunk_ = chunk;
        ++free_chunks_;
        chunk = next;
    }
    gone.next = free_piece_;
    free_piece_ = index;
}

std::uint32_t FragmentStore::create_piece(
    std::span<const std::uint8_t> header, std::span<const std::uint8_t> payload
) noexcept {
    const std::size_t bytes = header.size() + payload.size();
    const std::size_t chunks = (bytes + kChunkBytes - 1) / kChunkBytes;
    const std::uint32_t index = free_piece_;
    if (index == kNoIndex || chunks > free_chunks_) {
        return kNoIndex;
    }
    free_piece_ = pieces_[index].next;
    FragmentPiece& made = pieces_[index];
    made = {};
    tail_chunk_ = kNoIndex;
    append(header, made);
    append(payload, made);
    return index;
}

// Requires: enough free chunks, and no other piece begun since this one.
void FragmentStore::append(std::span<const std::uint8_t> bytes, FragmentPiece& piece) noexcept {
    while (!bytes.empty()) {
        const std::size_t used = piece.stored % kChunkBytes;
        if (used == 0) {
            const std::uint32_t fresh = free_chunk_;
            free_chunk_ = chunk_next_[fresh];
            --free_chunks_;
            chunk_next_[fresh] = kNoIndex;
            (tail_chunk_ == kNoIndex ? piece.first_chunk : chunk_next_[tail_chunk_]) = fresh;
            tail_chunk_ = fresh;
        }
        const std::size_t count = std::min(bytes.size(), kChunkBytes - used);
        std::memcpy(&chunk_bytes_[tail_chunk_ * kChunkBytes + used], bytes.data(), count);
        piece.stored += static_cast<std::uint32_t>(count);
        bytes = bytes.subspan(count);
    }
}

void FragmentStore::copy_out(const FragmentPiece& piece, std::uint8_t* out) const noexcept {
    std::size_t left = piece.stored;
    for (std::uint32_t chunk = piece.first_chunk; left > 0; chunk = chunk_next_[chunk]) {
        const std::size_t count = std::min(left, kChunkBytes);
        std::memcpy(out, &chunk_bytes_[chunk * kChunkBytes], count);
        out += count;
        left -= count;
    }
}

bool FragmentStore::ends_with(
    const FragmentPiece& piece, std::uint32_t skip, std::span<const std::uint8_t> bytes
) const noexcept {
    if (piece.stored - skip != bytes.size()) {
        return false;
    }
    std::size_t at = 0;
    std::uint32_t chunk = piece.first_chunk;
    for (std::size_t i = skip; i < piece.stored; ++i) {
        while (i - at >= kChunkBytes) {
            at += kChunkBytes;
            chunk = chunk_next_[chunk];
        }
        if (chunk_bytes_[chunk * kChunkBytes + (i - at)] != bytes[i - skip]) {
            return false;
        }
    }
    return true;
}

}  // namespace flowgauge
