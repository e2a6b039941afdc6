// Spool: blocks that wait on disk, in order, until they are acknowledged.
#pragma once

#include "core/base/result.h"
#include "export/disk/disk_writer.h"
#include "export/sink/block.h"
#include "export/sink/transport.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace flowgauge {

struct SpoolOptions {
    std::string directory;  // made if it is missing; one sink's alone (locked with flock(2))
    std::uint64_t size = std::uint64_t{4} << 30;           // bytes on disk at most
    std::uint64_t segment_size = std::uint64_t{32} << 20;  // bytes
    // Until then at the latest what was written is durable against a power failure, and so is what
    // was acknowledged against being sent once more.
    std::chrono::milliseconds sync_interval{1000};
    std::function<void(const std::string& text)> tell;  // of damage and full disks; rate-limited
};

// Law: records_recovered + records appended = records() + acknowledged + records_damaged.
struct SpoolNumbers {
    std::uint64_t records = 0;            // not acknowledged yet, handed out or not
    std::uint64_t records_recovered = 0;  // found when it was opened
    std::uint64_t records_damaged = 0;    // counted before, and could not be read back
    std::uint64_t bytes = 0;              // on disk, with what is set aside
    std::uint64_t corrupt_bytes = 0;      // of no readable frame; the files are set aside
    std::uint64_t frames_written = 0;
    std::uint64_t errors = 0;  // of writes, reads and syncs; a full disk is none
};

// What is appended survives the death of the process as soon as it counts in frames_written. After
// a crash frames may be handed out again that were acknowledged; never are frames left out.
//
// Thread: that of the sink. Waits for the disk nowhere but in open() and flush(), and in next() for
// a frame that is not in memory any more. Destruction waits for writes that are under way; blocks
// that wait for theirs are lost without flush().
class Spool {
public:
    virtual ~Spool() = default;

    // Errors: kOutput with place, cause and remedy. Damage is no error: it is counted and told.
    [[nodiscard]] static Result<std::unique_ptr<Spool>> open(SpoolOptions options);

    // Whether a block with that many bytes may be appended now: false when the spool is full, the
    // disk is, or as many writes are under way as there may be.
    [[nodiscard]] virtual bool has_room(std::uint64_t bytes) const noexcept = 0;

    // Whether has_room() is false because the spool or the disk is full, or cannot be written to:
    // waiting does not help. It is tried again each second, and when a segment was removed.
    [[nodiscard]] virtual bool is_full(std::uint64_t bytes) const noexcept = 0;

    // Appends. Requires: has_room(). A block that could not be written after all comes back from
    // refused(), as do those behind it; it then counts as never appended.
    virtual void append(Block block) = 0;
    [[nodiscard]] virtual std::optional<Block> refused() = 0;

    // The oldest block that was not handed out, with spool_frame and preamble set, or nothing when
    // there is none or it is still being read: prepare_wait() says when to ask again.
    [[nodiscard]] virtual std::optional<Block> next() = 0;

    // Whether next() will give a block now or later.
    [[nodiscard]] virtual bool has_next() const noexcept = 0;

    // Every record of that frame is decided. The frames may come in any order; the position on disk
    // moves over what is acknowledged without a gap, and is durable before a segment goes.
    virtual void acknowledge(std::uint64_t spool_frame) = 0;

    // What was handed out and is not acknowledged will be handed out again, before the rest.
    virtual void rewind() = 0;

    virtual void turn(SteadyTime now) = 0;
    // Adds to what `wait` holds.
    virtual void prepare_wait(TransportWait& wait) const = 0;

    // Writes what was appended and makes it and the acknowledged position durable. May wait, at
    // most `patience`. Returns false if not all of it could be done.
    [[nodiscard]] virtual bool flush(std::chrono::milliseconds patience) = 0;

    [[nodiscard]] virtual const SpoolNumbers& numbers() const noexcept = 0;
};

}  // namespace flowgauge
