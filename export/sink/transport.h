// Transport: gets blocks out of the process. Knows nothing of what they say.
#pragma once

#include "core/base/result.h"
#include "export/sink/block.h"
#include "export/sink/sink_numbers.h"

#include <poll.h>

#include <chrono>
#include <optional>
#include <vector>

namespace flowgauge {

using SteadyTime = std::chrono::steady_clock::time_point;

// A block that its transport is done with. Law: acknowledged + dropped.total() = block.records.
// `block` may have lost its bytes, but not its records and sequence.
struct Delivery {
    Block block;
    std::uint64_t acknowledged = 0;  // accepted for good, as the transport defines it
    RecordLosses dropped;
};

// What a sink's thread sleeps for while it has nothing to do.
struct TransportWait {
    std::vector<pollfd> descriptors;     // empty: only time and records wake the sink
    std::optional<SteadyTime> deadline;  // when turn() is due at the latest

    void at_latest(SteadyTime time) {
        if (!deadline || time < *deadline) {
            deadline = time;
        }
    }
};

// Thread: that of the sink. No call waits for the outside: not for a disk, a peer or a name server.
// A transport whose outside does not answer has no room after a while, and the sink's queue decides
// what happens then. Failures are not final: it says `working = 0` in its numbers, tries again
// after a back-off of its own, and keeps its blocks meanwhile.
class Transport {
public:
    virtual ~Transport() = default;

    // Whether send() may be called now.
    [[nodiscard]] virtual bool has_room() const noexcept = 0;

    // Takes a block, which comes back in a Delivery from turn(). Blocks come in the order of their
    // sequence. Requires: has_room().
    virtual void send(Block block) = 0;

    // Goes on with everything that can be done without waiting. Appends the blocks it is done with,
    // in any order.
    virtual void turn(SteadyTime now, std::vector<Delivery>& done) = 0;

    // Fills in what to wait for. `wait` comes cleared.
    virtual void prepare_wait(TransportWait& wait) const = 0;

    // No block follows. turn() is called until is_idle(), or until the sink's patience is over.
    virtual void close() = 0;

    // Requires: closed. Whether every block has come back and nothing is open any more.
    [[nodiscard]] virtual bool is_idle() const noexcept = 0;

    // Before it gives up: of blocks that came from memory and are decided in part, appends a
    // Delivery of that part, and keeps the rest. Not for transports that know it of whole blocks
    // only.
    virtual void deliver_parts(std::vector<Delivery>& /*done*/) {}

    // Gives up: appends every block that has not come back, in the order of sequence, with all its
    // bytes, so that they can be spooled. Records of them may nevertheless have arrived.
    virtual void take_back(std::vector<Block>& blocks) = 0;

    [[nodiscard]] virtual const OutputNumbers& numbers() const noexcept = 0;

    // Whether an output without records has its head all the same: it then gets a block without
    // units.
    [[nodiscard]] virtual bool wants_head() const noexcept { return false; }

    // Why records are lost that find no room here or before it.
    [[nodiscard]] virtual RecordLoss loss() const noexcept {
        return numbers().working != 0 ? RecordLoss::kQueueFull : RecordLoss::kOutputFailed;
    }

    // A failure after which nothing will ever be written: of an output that cannot be opened again.
    [[nodiscard]] virtual const std::optional<Error>& failure() const noexcept {
        static const std::optional<Error> kNone;
        return kNone;
    }

    // What is open is finished, and what follows goes into a newly opened output (SIGHUP).
    virtual void reopen() {}
};

}  // namespace flowgauge
