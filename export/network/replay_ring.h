// ReplayRing: the blocks of a connection, those that wait and those that were sent and may have to
// be sent again.
#pragma once

#include "export/network/peer_transport.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

namespace flowgauge {

// A block goes through three places: waiting, staged (given to the connection), and sent (the
// socket has taken its last byte). It leaves, acknowledged, when replay_size bytes of blocks were
// sent behind it, or when the peer has confirmed everything. When a connection is lost, all that is
// still here waits again.
//
// Positions are bytes on the wire since the session began. Thread: one. Bounds: replay_size +
// unsent_max + two blocks; the history of evicted blocks has 16,384 entries.
class ReplayRing {
public:
    ReplayRing(std::uint64_t replay_size, std::uint64_t unsent_max);

    // Whether less than unsent_max bytes wait or are staged.
    [[nodiscard]] bool has_room() const noexcept { return unsent_bytes_ < unsent_max_; }
    void add(PendingBlock pending);

    // The next unit that waits. Requires of all but the first: has_next().
    [[nodiscard]] bool has_next() const noexcept { return staged_ < entries_.size(); }
    [[nodiscard]] const Block& next_block() const { return entries_[staged_].block; }
    [[nodiscard]] std::string_view next_unit() const { return next_block().unit(staged_unit_); }
    [[nodiscard]] std::uint32_t next_records() const {
        return next_block().units[staged_unit_].records;
    }
    void stage_next();

    // The oldest `units` staged ones were sent; behind them the wire is at `position`. Returns the
    // records in them that had been sent before.
    std::uint64_t mark_sent(std::size_t units, std::uint64_t position);

    // Lets blocks go that have been sent long enough. Up to `horizon` the peer surely has
    // everything.
    void evict(std::uint64_t horizon, std::vector<Delivery>& done);

    // The peer has everything that was sent: lets go of it, and of the history.
    void confirm_sent(std::vector<Delivery>& done);

    // The connection is gone, and what was sent behind `position` may never have arrived. Returns
    // how many records have left the ring acknowledged and were behind it: an upper bound of what
    // is lost.
    [[nodiscard]] std::uint64_t lose_session(std::uint64_t position);

    // Gives everything away. Requires: no session, or a lost one.
    void take(std::vector<PendingBlock>& blocks);

    [[nodiscard]] bool is_empty() const noexcept { return entries_.empty(); }
    [[nodiscard]] bool has_unsent() const noexcept { return sent_ < entries_.size(); }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return sent_bytes_ + unsent_bytes_; }

private:
    struct Entry {
        Block block;
        std::size_t units_sent = 0;      // in this session
        std::size_t units_ever = 0;      // in this or an earlier one
        std::uint64_t end_position = 0;  // once it has been sent
    };
    struct Evicted {
        std::uint64_t end_position = 0;
        std::uint64_t records = 0;
    };

    void skip_staged() noexcept;
    void skip_sent(std::uint64_t position) noexcept;
    void let_go(std::vector<Delivery>& done);

    std::uint64_t replay_size_;
    std::uint64_t unsent_max_;
    std::deque<Entry> entries_;
    std::size_t staged_ = 0;       // of entries_, the first with a unit that waits
    std::size_t staged_unit_ = 0;  // that unit
    std::size_t sent_ = 0;         // of entries_, the first that is not sent whole
    std::uint64_t sent_bytes_ = 0;
    std::uint64_t unsent_bytes_ = 0;
    std::deque<Evicted> history_;  // of this session
};

}  // namespace flowgauge
