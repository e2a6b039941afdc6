// PacketQueue: decoded packets on their way to the worker that owns their flow, bytes included.
//
// A bounded ring of bytes with one producer and one consumer: the file reader feeding a worker, or
// one live worker handing over to another. The consumer reads packets in place.
#pragma once

#include "core/base/time.h"
#include "core/base/wakeup.h"
#include "core/packet/decoder.h"
#include "core/packet/packet.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace flowgauge {

enum class QueuedKind : std::uint8_t {
    kPacket,    // for the shard
    kFragment,  // for the reassembler
    kTime,      // packet.tick says how far the producer has come
    kEnd,       // packet.tick says where it ended
    kSkip,      // filler at the end of the ring; the consumer never sees it
};

// Whether the bytes of a packet stay where they are until the consumer has taken it.
enum class PacketBytes : std::uint8_t { kStay, kGo };

// One entry. packet.ip points behind it, or to where the producer has the bytes, with
// kFrameSlackBytes readable after them.
struct QueuedPacket {
    std::uint32_t entry_bytes = 0;
    QueuedKind kind = QueuedKind::kSkip;
    bool has_fragment = false;
    Packet packet;

    // What the producer gave with a kFragment. It stands behind the packet, of which most have
    // none.
    [[nodiscard]] Fragment fragment() const noexcept;
};

// Memory order: the producer releases published_, the consumer releases consumed_; each acquires
// the other's, so entries and freed room are seen whole. wanted_ and consumed_ are in one order.
class PacketQueue {
public:
    // `bytes` of memory, rounded up to a power of two and to what the largest packet needs.
    explicit PacketQueue(std::size_t bytes);

    // Producer ------------------------------------------------------------------------------------

    // Copies the packet in, and its bytes unless they stay. Returns false when there is no room.
    // Seen by the consumer after publish().
    [[nodiscard]] bool push(
        QueuedKind kind,
        const Packet& packet,
        const Fragment& fragment,
        PacketBytes policy = PacketBytes::kGo
    ) noexcept;

    // Whether push() has room for any packet, however large.
    [[nodiscard]] bool takes_any() noexcept;

    void publish() noexcept;

    // Sleeps until the consumer has freed a good part. Requires: push() failed, publish() was
    // called.
    void wait_for_room() noexcept;

    // The end of what was pushed so far, and sleeping until all before such a place was freed.
    // Requires: publish() was called since.
    [[nodiscard]] std::uint64_t written() const noexcept { return written_; }
    void wait_until_freed(std::uint64_t position) noexcept;

    // Entries pushed so far.
    [[nodiscard]] std::uint64_t pushed() const noexcept { return pushed_; }

    // Consumer ------------------------------------------------------------------------------------

    // The oldest published entry that was not popped, or nullptr.
    [[nodiscard]] const QueuedPacket* front() noexcept;

    // Leaves front() behind; it stays readable until release(). Requires: front().
    void pop() noexcept { read_ += entry_at(read_).entry_bytes; }

    // Frees what was popped.
    void release() noexcept;

    // Sleeps until something is published. Requires: front() gave nullptr, what was popped is
    // released.
    void wait_for_entry() noexcept;

private:
    static constexpr std::size_t kCacheLineBytes = 64;
    static constexpr std::size_t kEntryAlignment = 16;
    static constexpr std::size_t kFetchAheadBytes = 4 * sizeof(QueuedPacket);

    [[nodiscard]] QueuedPacket& entry_at(std::uint64_t position) noexcept;
    [[nodiscard]] bool has_room(std::size_t bytes) noexcept;

    std::size_t mask_;
    std::unique_ptr<std::byte[]> ring_;

    alignas(kCacheLineBytes) std::atomic<std::uint64_t> published_{0};
    std::uint64_t written_ = 0;        // producer's own
    std::uint64_t consumed_seen_ = 0;  // producer's copy of consumed_
    std::uint64_t pushed_ = 0;
    std::atomic<std::uint64_t> wanted_{0};  // what the producer sleeps for
    Wakeup entries_;

    alignas(kCacheLineBytes) std::atomic<std::uint64_t> consumed_{0};
    std::uint64_t read_ = 0;            // consumer's own; what lies before it is popped
    std::uint64_t published_seen_ = 0;  // consumer's copy of published_
    Wakeup room_;
};

}  // namespace flowgauge
