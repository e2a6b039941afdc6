// SegmentWriter: appends blocks to the segments of a spool, one write under way at a time.
#pragma once

#include "core/base/file_descriptor.h"
#include "export/disk/disk_writer.h"
#include "export/sink/block.h"
#include "export/spool/spool_state.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace flowgauge {

// While a write is under way, blocks gather for the next one. A block counts as being in the spool
// when the kernel has its frame: it then survives the death of the process. That of the machine it
// survives after the next sync.
//
// Thread: one. Ownership: refers to the state and to the writer.
class SegmentWriter {
public:
    SegmentWriter(SpoolState& state, DiskWriter& writer) noexcept
        : state_(state),
          writer_(writer) {}
    SegmentWriter(const SegmentWriter&) = delete;
    SegmentWriter& operator=(const SegmentWriter&) = delete;
    ~SegmentWriter() = default;

    [[nodiscard]] bool has_room(std::uint64_t bytes) const noexcept;
    [[nodiscard]] bool is_full(std::uint64_t bytes) const noexcept;
    void append(Block block);
    [[nodiscard]] std::optional<Block> take_refused();
    [[nodiscard]] bool has_refused() const noexcept { return !refused_.empty(); }

    void turn();

    // When turn() has something to do by the clock.
    [[nodiscard]] std::optional<SteadyTime> deadline() const;

    // Whether no block waits or is being written.
    [[nodiscard]] bool is_idle() const noexcept { return waiting_.empty() && !is_writing_; }
    // Whether everything written is durable, and nothing is under way.
    [[nodiscard]] bool is_settled() const noexcept;
    // Whether turn() goes on without anything happening outside of this process and its disk.
    [[nodiscard]] bool is_busy() const noexcept;

    // Makes all durable as soon as it can, whatever the interval says.
    void hasten(bool hastened) noexcept { is_hastened_ = hastened; }

    // Room was made: the next block may be tried at once.
    void retry() noexcept { blocked_until_.reset(); }

    // Nothing more goes into the segment that is open; it is about to be removed. Requires:
    // is_idle() and can_leave().
    void leave() noexcept;
    [[nodiscard]] bool can_leave() const noexcept { return write_.file < 0; }

private:
    // A frame of the write that is under way.
    struct Written {
        Block block;
        std::uint64_t end = 0;  // behind it, in buffer_
    };

    [[nodiscard]] std::uint64_t cost(const Block& block, bool is_first) const noexcept;
    [[nodiscard]] std::uint64_t taken() const noexcept;
    void begin_write();
    [[nodiscard]] bool prepare_segment();
    [[nodiscard]] bool create_segment();
    void gather();
    void append_frame(Block block, const SpoolPoint& before);
    void finish_write();
    void commit(std::uint64_t bytes, std::size_t frames);
    void refuse(std::size_t frames_written, int error);
    void undo(std::uint64_t bytes);
    void note_sync(const DiskWrite& write, const std::string& what);
    [[nodiscard]] bool seal();
    void sync_if_due();
    void sync_directory();

    SpoolState& state_;
    DiskWriter& writer_;

    std::deque<Block> waiting_;
    std::uint64_t waiting_bytes_ = 0;  // their frames
    std::deque<Block> refused_;
    std::optional<SteadyTime> blocked_until_;  // the disk is full, or cannot be written
    bool is_hastened_ = false;

    std::uint64_t number_ = 0;  // of the segment that is open; 0: none
    FileDescriptor file_;
    std::uint64_t offset_ = 0;       // its committed bytes
    std::uint64_t fingerprint_ = 0;  // of the last preamble in it
    bool is_dirty_ = false;          // something is not durable yet
    SteadyTime dirty_since_{};

    bool is_writing_ = false;  // buffer_ is under way
    std::vector<Written> batch_;
    std::string buffer_;
    std::uint64_t batch_fingerprint_ = 0;
    DiskWrite write_;  // its file is -1 while nothing is under way

    FileDescriptor sealed_;  // the segment before, until it is durable
    DiskWrite seal_;
    bool is_directory_dirty_ = false;  // a segment was made
    bool is_directory_syncing_ = false;
    DiskWrite directory_sync_;
};

}  // namespace flowgauge
