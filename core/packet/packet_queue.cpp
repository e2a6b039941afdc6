#include "core/packet/packet_queue.h"

#include "core/packet/frame.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace flowgauge {
namespace {

// The largest entry: a whole datagram with headers. The ring holds two of them at least, because
// the end of the ring may have to stay empty.
constexpr std::size_t kEntryMax =
    sizeof(QueuedPacket) + sizeof(Fragment) + kPacketBytesMax + 2 * kFrameSlackBytes;

}  // namespace

Fragment QueuedPacket::fragment() const noexcept {
    Fragment fragment;
    if (has_fragment) {
        std::memcpy(static_cast<void*>(&fragment), this + 1, sizeof fragment);
    }
    return fragment;
}

PacketQueue::PacketQueue(std::size_t bytes)
    : mask_(std::bit_ceil(std::max(bytes, 2 * kEntryMax)) - 1),
      ring_(std::make_unique_for_overwrite<std::byte[]>(mask_ + 1 + kFrameSlackBytes)) {}

QueuedPacket& PacketQueue::entry_at(std::uint64_t position) noexcept {
    return *std::launder(reinterpret_cast<QueuedPacket*>(&ring_[position & mask_]));
}

bool PacketQueue::has_room(std::size_t bytes) noexcept {
    if (written_ + bytes - consumed_seen_ <= mask_ + 1) {
        return true;
    }
    consumed_seen_ = consumed_.load(std::memory_order_acquire);
    return written_ + bytes - consumed_seen_ <= mask_ + 1;
}

bool PacketQueue::takes_any() noexcept {
    return has_room(2 * kEntryMax);  // half of it may be lost at the end of the ring
}

bool PacketQueue::push(
    QueuedKind kind, const Packet& packet, const Fragment& fragment, PacketBytes policy
) noexcept {
    const bool copies = policy == PacketBytes::kGo;
    const bool has_fragment = kind == QueuedKind::kFragment;
    const std::size_t header = sizeof(QueuedPacket) + (has_fragment ? sizeof(Fragment) : 0);
    const std::size_t bytes = header + (copies ? packet.ip.size() + kFrameSlackBytes : 0);
    const std::size_t entry = (bytes + kEntryAlignment - 1) / kEntryAlignment * kEntryAlignment;
    const std::size_t to_end = mask_ + 1 - (written_ & mask_);
    const std::size_t skipped = entry > to_end ? to_end : 0;
    if (!has_room(skipped + entry)) {
        return false;
    }
    if (skipped != 0) {
        // Entries are multiples of the alignment, so the first fields of a filler always fit.
        auto* filler = reinterpret_cast<QueuedPacket*>(&ring_[written_ & mask_]);
        filler->entry_bytes = static_cast<std::uint32_t>(skipped);
        filler->kind = QueuedKind::kSkip;
        written_ += skipped;
    }
    std::byte* at = &ring_[written_ & mask_];
    auto* made = ::new (static_cast<void*>(at))
        QueuedPacket{// NOLINT(tree): placement, in the ring
                     .entry_bytes = static_cast<std::uint32_t>(entry),
                     .kind = kind,
                     .has_fragment = has_fragment,
                     .packet = packet};
    if (has_fragment) {
        std::memcpy(at + sizeof(QueuedPacket), &fragment, sizeof fragment);
    }
    if (copies) {
        auto* copy = reinterpret_cast<std::uint8_t*>(at + header);
        std::copy(packet.ip.begin(), packet.ip.end(), copy);
        std::fill_n(copy + packet.ip.size(), kFrameSlackBytes, std::uint8_t{0});
        made->packet.ip = {copy, packet.ip.size()};
    }
    written_ += entry;
    ++pushed_;
    return true;
}

void PacketQueue::publish() noexcept {
    if (published_.load(std::memory_order_relaxed) != written_) {
        published_.store(written_, std::memory_order_release);
        entries_.signal();
    }
}

void PacketQueue::wait_for_room() noexcept {
    wait_until_freed(std::min(consumed_seen_ + (mask_ + 1) / 4, written_));
}

// Each side writes its own position before it reads the other's, in one total order: either the
// consumer sees what is wanted, or the producer sees that it is there.
void PacketQueue::wait_until_freed(std::uint64_t position) noexcept {
    while (true) {
        const std::uint32_t ticket = room_.ticket();
        wanted_.store(position, std::memory_order_seq_cst);
        if (consumed_.load(std::memory_order_seq_cst) >= position) {
            return;
        }
        room_.wait(ticket);
    }
}

const QueuedPacket* PacketQueue::front() noexcept {
    while (true) {
        if (read_ == published_seen_) {
            published_seen_ = published_.load(std::memory_order_acquire);
            if (read_ == published_seen_) {
                return nullptr;
            }
        }
        const QueuedPacket& entry = entry_at(read_);
        // The lines of the next entries come from another core's cache.
        for (std::size_t line = 0; line < 3; ++line) {
            __builtin_prefetch(&ring_[(read_ + kFetchAheadBytes + line * kCacheLineBytes) & mask_]);
        }
        if (entry.kind != QueuedKind::kSkip) {
            return &entry;
        }
        read_ += entry.entry_bytes;
    }
}

void PacketQueue::release() noexcept {
    const std::uint64_t before = consumed_.load(std::memory_order_relaxed);
    if (read_ == before) {
        return;
    }
    consumed_.store(read_, std::memory_order_seq_cst);
    const std::uint64_t wanted = wanted_.load(std::memory_order_seq_cst);
    if (before < wanted && wanted <= read_) {
        room_.signal();
    }
}

void PacketQueue::wait_for_entry() noexcept {
    const std::uint32_t ticket = entries_.ticket();
    if (published_.load(std::memory_order_acquire) == published_seen_) {
        entries_.wait(ticket);
    }
}

}  // namespace flowgauge
