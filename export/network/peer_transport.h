// PeerTransport: the way to one collector, so that several can be put together.
#pragma once

#include "export/sink/block.h"
#include "export/sink/transport.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace flowgauge {

// A block that may have gone to another peer in part.
struct PendingBlock {
    Block block;
    std::size_t units_sent = 0;  // of them, the first so many may have arrived somewhere
};

// Thread: that of the sink. It is awake when it is made. Asleep it has no connection and makes
// none.
class PeerTransport : public Transport {
public:
    void send(Block block) final { accept({.block = std::move(block), .units_sent = 0}); }

    void take_back(std::vector<Block>& blocks) final {
        std::vector<PendingBlock> pending;
        give_back(pending);
        for (PendingBlock& one : pending) {
            blocks.push_back(std::move(one.block));
        }
    }

    // As send(). Requires: has_room(), and awake.
    virtual void accept(PendingBlock pending) = 0;

    // As take_back(), and ends the connection if it held anything.
    virtual void give_back(std::vector<PendingBlock>& blocks) = 0;

    // Whether there is a connection that works, as far as one can know.
    [[nodiscard]] virtual bool is_up() const noexcept = 0;

    // Attempts to get a working connection that failed, since the start.
    [[nodiscard]] virtual std::uint64_t failures() const noexcept = 0;

    // Since when the peer has taken nothing although it should: it is down, or does not read.
    [[nodiscard]] virtual std::optional<SteadyTime> stuck_since() const noexcept = 0;

    // Takes blocks and connects again, also after rest() and close().
    virtual void wake() = 0;

    // Ends the connection properly and falls asleep: within a few turns, or after a deadline. What
    // the peer has not confirmed by then is there for give_back().
    virtual void rest(SteadyTime now) = 0;
    [[nodiscard]] virtual bool is_asleep() const noexcept = 0;
};

}  // namespace flowgauge
