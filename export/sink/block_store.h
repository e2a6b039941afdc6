// BlockStore: where blocks wait when memory is not enough; the spool implements it.
#pragma once

#include "export/sink/block.h"
#include "export/sink/sink_numbers.h"
#include "export/sink/transport.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace flowgauge {

// Thread: that of the sink. Waits for the disk nowhere but in flush().
class BlockStore {
public:
    virtual ~BlockStore() = default;

    // Whether a block with that many bytes may be appended now: false when the store is full, the
    // disk is, or as many writes are under way as there may be.
    [[nodiscard]] virtual bool has_room(std::uint64_t bytes) const noexcept = 0;

    // Whether has_room() is false for want of space, so that waiting does not help.
    [[nodiscard]] virtual bool is_full(std::uint64_t bytes) const noexcept = 0;

    // Appends. Requires: has_room(). A block that could not be written after all comes back from
    // refused(), and counts in records until then; in records_unwritten, too, until it is written.
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

    virtual void turn(SteadyTime now) = 0;
    virtual void prepare_wait(TransportWait& wait) const = 0;

    // Writes what is under way and makes it durable. May wait, at most `patience`. Returns whether
    // all of it was.
    virtual bool flush(std::chrono::milliseconds patience) = 0;

    [[nodiscard]] virtual const StoreNumbers& numbers() const noexcept = 0;
};

}  // namespace flowgauge
