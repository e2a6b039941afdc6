// Spool: blocks that wait on disk, in order, until they are acknowledged.
#pragma once

#include "core/base/result.h"
#include "export/disk/disk_writer.h"
#include "export/sink/block.h"
#include "export/sink/transport.h"

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
    std::function<void(const std::string& text)> tell;     // of damage and full disks; rate-limited
};

// Law: records_recovered + records appended = records() + acknowledged + records_damaged.
struct SpoolNumbers {
    std::uint64_t records = 0;            // not acknowledged yet, handed out or not
    std::uint64_t records_recovered = 0;  // found when it was opened
    std::uint64_t records_damaged = 0;    // counted before, and could not be read back
    std::uint64_t bytes = 0;              // on disk
    std::uint64_t corrupt_bytes = 0;      // set aside, of no readable frame
    std::uint64_t frames_written = 0;
    std::uint64_t errors = 0;  // of writes, reads and syncs
};

// Thread: that of the sink. Waits for the disk nowhere but in open() and flush().
class Spool {
public:
    virtual ~Spool() = default;

    // Errors: kOutput with place, cause and remedy. Damage is no error: it is counted and told.
    [[nodiscard]] static Result<std::unique_ptr<Spool>> open(SpoolOptions options);

    // Whether a block with that many bytes may be appended now: false when the spool is full, the
    // disk is, or as many writes are under way as there may be.
    [[nodiscard]] virtual bool has_room(std::uint64_t bytes) const noexcept = 0;

    // Whether has_room() is false for want of space, so that waiting does not help.
    [[nodiscard]] virtual bool is_full(std::uint64_t bytes) const noexcept = 0;

    // Appends. Requires: has_room(). A block that could not be written after all comes back from
    // refused().
    virtual void append(Block block) = 0;
    [[nodiscard]] virtual std::optional<Block> refused() = 0;

    // The oldest block that was not handed out, with spool_frame and preamble set, or nothing when
    // there is none or it is still being read.
    [[nodiscard]] virtual std::optional<Block> next() = 0;

    // Whether next() will give a block now or later.
    [[nodiscard]] virtual bool has_next() const noexcept = 0;

    // Every record of that frame is decided. The frames may come in any order; the position on disk
    // moves over what is acknowledged without a gap, and is durable before a segment goes.
    virtual void acknowledge(std::uint64_t spool_frame) = 0;

    // What was handed out and is not acknowledged will be handed out again, before the rest.
    virtual void rewind() = 0;

    virtual void turn(SteadyTime now) = 0;
    virtual void prepare_wait(TransportWait& wait) const = 0;

    // Writes what is under way and makes it durable. May wait, at most `patience`.
    [[nodiscard]] virtual bool flush(std::chrono::milliseconds patience) = 0;

    [[nodiscard]] virtual const SpoolNumbers& numbers() const noexcept = 0;
};

}  // namespace flowgauge
