// RingSource: the frames of one worker, read from one ring that the kernel fills (AF_PACKET,
// TPACKET_V3). The kernel hands over whole blocks; the worker walks a block and gives it back.
#pragma once

#include "capture/live_filter.h"
#include "capture/ring_memory.h"
#include "core/base/file_descriptor.h"
#include "core/base/result.h"
#include "core/packet/frame.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace flowgauge {

// Counters of one ring since it was opened. Single writer: the worker that reads the ring.
// Law: packets = frames peeked + drops, once reception has stopped and the ring is drained.
struct RingStatistics {
    std::uint64_t packets = 0;  // received by the kernel, dropped ones included, refused ones not
    std::uint64_t drops = 0;    // for want of a free block
    std::uint64_t freezes = 0;  // times the kernel found the next block not given back
    std::uint64_t blocks = 0;   // handed over by the kernel
    std::uint64_t polls = 0;    // calls of wait()
    std::uint64_t truncated_frames = 0;     // shorter than on the wire: the snapshot length
    std::uint64_t network_down_events = 0;  // times the interface went down or away
};

// Ownership: owns an address range that holds the ring and a readable page behind it, because nDPI
// reads a little past the last frame (kFrameSlackBytes); or owns nothing, over memory of others.
class RingMapping {
public:
    RingMapping() = default;
    explicit RingMapping(std::uint8_t* memory_of_others) noexcept : base_(memory_of_others) {}
    RingMapping(RingMapping&& other) noexcept
        : base_(std::exchange(other.base_, nullptr)),
          bytes_(std::exchange(other.bytes_, 0)) {}
    RingMapping& operator=(RingMapping&& other) noexcept {
        std::swap(base_, other.base_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    RingMapping(const RingMapping&) = delete;
    RingMapping& operator=(const RingMapping&) = delete;
    ~RingMapping();

    // Maps the ring of `socket`. Requires: the ring was set up with this geometry.
    [[nodiscard]] static Result<RingMapping> map(int socket, const RingGeometry& geometry);

    [[nodiscard]] std::uint8_t* data() const noexcept { return static_cast<std::uint8_t*>(base_); }

private:
    void* base_ = nullptr;
    std::size_t bytes_ = 0;  // 0: of others
};

// A ring that something else than the kernel fills, block after block as the kernel does
// (TPACKET_V3, <linux/if_packet.h>).
struct RingMemory {
    std::uint8_t* blocks = nullptr;  // geometry.bytes(), and kFrameSlackBytes readable after them
    RingGeometry geometry;
    LinkType link_type = LinkType::kEthernet;
    FileDescriptor ready;  // an eventfd(2), signalled whenever a block was handed over
};

struct RingSetup {
    NetworkInterface interface;
    RingGeometry geometry;
    std::chrono::milliseconds ring_retire{60};
};

// Thread: used by one thread at a time, its worker. attach() alone may be called by another one.
// Ownership: closes its socket and unmaps its ring. Move-only; moving it keeps frames valid.
class RingSource {
public:
    // Opens a ring on an interface, which may be down. Nothing is received before attach(): the
    // socket refuses all frames from before it is bound, so no frame of another interface and no
    // frame from before the ring can enter.
    // Requires: the geometry comes from plan_ring(). The kernel kills processes for an oversize
    // one.
    [[nodiscard]] static Result<RingSource> open(const RingSetup& setup);

    // Reads `memory`, which must outlive it. There is no interface: nothing is filtered, nothing
    // goes down, stopping reception is for the other side, and no drops are counted here.
    [[nodiscard]] static RingSource over_memory(RingMemory memory) noexcept;

    // Puts `program` in place of the socket's filter, in one step of the kernel's.
    [[nodiscard]] Result<void> attach(const FilterProgram& program) const;

    // The frame at the head of the ring, or nullptr when the kernel has handed over no block. Stays
    // the head, at the same address, until pop(); its bytes are valid as long as its block.
    [[nodiscard]] const Frame* peek() noexcept { return has_head_ ? &head_ : load_head(); }

    // Whether pop() gives the block of the head back, and with it the bytes of every frame in it.
    [[nodiscard]] bool ends_block() const noexcept { return frames_left_ == 1; }

    // Leaves the head behind. With the last frame of a block the kernel gets the block back.
    // Requires: peek() returned a frame since the last pop().
    void pop() noexcept;

    // Waits until a block may be ready (true) or the time is over (false). An interface that went
    // down is counted, and reception goes on when it is up again.
    bool wait(std::chrono::milliseconds timeout) noexcept;

    // Refuses all further frames. Those received before follow within the retire time: wait for
    // that and a margin, peek and pop until nothing is left, then read the statistics.
    void stop_reception() noexcept;

    // Asks the kernel and adds to what was read before: the kernel's counters are 32 bits wide and
    // start anew at each reading, so call it at least every second.
    const RingStatistics& read_statistics() noexcept;

    // How full the ring was since the last call: the longest run of blocks that waited to be read,
    // the one begun included, in thousandths of all blocks. Looked at when a block is begun; 1000
    // means that the kernel has had no block to write to.
    [[nodiscard]] std::uint32_t take_block_streak() noexcept;

    // Whether the interface was deleted or left the network namespace. This ring then receives
    // nothing ever again, not even from a new interface of the same name: open a new group. Costs a
    // system call; ask when network_down_events has grown.
    [[nodiscard]] bool interface_gone() const noexcept;

    // The socket, for poll sets and for joining a group. Stays owned by this object.
    [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }

private:
    RingSource() = default;

    const Frame* load_head() noexcept;
    bool open_block() noexcept;
    void release_block() noexcept;
    void extend_streak() noexcept;
    [[nodiscard]] std::uint8_t* block(std::uint32_t index) const noexcept {
        return mapping_.data() + std::size_t{index} * block_bytes_;
    }
    [[nodiscard]] std::uint8_t* current_block() const noexcept { return block(block_index_); }

    FileDescriptor socket_;
    RingMapping mapping_;
    std::uint32_t block_bytes_ = 0;
    std::uint32_t block_count_ = 0;
    std::uint32_t block_index_ = 0;  // the block that is read, or will be next
    std::uint32_t frames_left_ = 0;  // in that block, the head included; 0: the kernel has it
    const std::uint8_t* cursor_ = nullptr;  // kernel's header of the head
    bool has_head_ = false;
    Frame head_;
    RingStatistics statistics_;
    std::uint32_t streak_blocks_ = 0;  // the longest run since take_block_streak()
    int interface_index_ = 0;
    bool is_filled_by_kernel_ = true;
};

}  // namespace flowgauge
