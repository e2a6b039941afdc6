// Spool: blocks that wait on disk, in order, until they are acknowledged.
#pragma once

#include "core/base/result.h"
#include "export/disk/disk_writer.h"
#include "export/sink/block.h"
#include "export/sink/block_store.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
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

// What is appended survives the death of the process as soon as it counts in frames_written. After
// a crash frames may be handed out again that were acknowledged; never are frames left out.
//
// Thread: that of the sink. Waits for the disk nowhere but in open() and flush(), and in next() for
// a frame that is not in memory any more. Destruction waits for writes that are under way; blocks
// that wait for theirs are lost without flush().
class Spool : public BlockStore {
public:
    // Errors: kOutput with place, cause and remedy. Damage is no error: it is counted and told.
    [[nodiscard]] static Result<std::unique_ptr<Spool>> open(SpoolOptions options);

    // What was handed out and is not acknowledged will be handed out again, before the rest.
    virtual void rewind() = 0;
};

}  // namespace flowgauge
