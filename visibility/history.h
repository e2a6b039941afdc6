// History: sockets as looks and events have shown them, kept for as long as flows may ask.
#pragma once

#include "visibility/events/socket_event.h"
#include "visibility/owner_pool.h"
#include "visibility/sighting.h"
#include "visibility/sighting_table.h"
#include "visibility/sockets/socket_row.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

namespace flowgauge {

// One pass over all sockets, each of which was read at some time between the two. A look that is
// not `complete` has left some out: what is not in it may still be there.
struct Look {
    std::span<const SocketRow> rows;
    LookTime from = 0;
    LookTime to = 0;
    bool complete = true;
};

// Who holds a socket: what the search has found.
struct FoundOwner {
    std::shared_ptr<const SocketOwner> owner;
    OwnerReason reason = OwnerReason::kUnseen;  // kOk if `owner` is a process
};

// What an event has told. The owner is not null.
struct ToldSocket {
    SocketKey key;
    LookTime at = 0;
    LookTime ended = 0;  // of a connection that failed; 0: not known
    bool listens = false;
    std::uint32_t name_space = 0;  // 0: not known
    std::uint64_t cookie = 0;      // 0: not known
    std::shared_ptr<const SocketOwner> owner;
};

// Who holds a socket instead of whom it was noted for.
struct Succession {
    std::shared_ptr<const SocketOwner> owner;  // null: nobody
    bool is_new = false;                       // from now on, not all the time
};

struct HistoryCounters {
    std::uint64_t kept = 0;
    std::uint64_t alive = 0;
    std::uint64_t unowned = 0;  // of those alive: in no process that is known
    std::uint64_t evicted = 0;  // forgotten before their time, or never noted, for want of room
};

// Thread: one. Bound: `sightings_max`; then the one that has been gone longest is forgotten, and if
// none is gone, what is new is not noted. Cost of a look that shows nothing new: a comparison a
// row.
class History {
public:
    // What is gone is kept for `retention` nanoseconds: as long as its flows may take to end.
    History(std::size_t sightings_max, LookTime retention, std::uint64_t seed);

    // A process has begun with a socket. Events come in the order of time, and those before a look
    // come before it as far as they are known then.
    void tell(const ToldSocket& told);

    void look(const Look& look);

    // Calls `find` with (inode, row of the socket) for each socket without a process that exists,
    // and notes the FoundOwner that it returns.
    template <typename Find>
    void own(Find&& find) {
        std::erase_if(unowned_, [&](std::uint32_t slot) {
            Entry& entry = entries_[slot];
            if (is_alive(slot) && sightings_[slot].reason != OwnerReason::kOk) {
                set_owner(slot, find(entry.inode, entry.uid, entry.cgroup_id));
            }
            entry.listed = is_alive(slot) && sightings_[slot].reason != OwnerReason::kOk;
            return !entry.listed;
        });
    }

    // Calls `find` with (owner, inode, told) for each socket of a process that exists. Where the
    // holder was another all the time, the sighting is corrected; where it is another from `at` on,
    // a new one begins.
    template <typename Find>
    void follow(LookTime at, Find&& find) {
        for (std::uint32_t slot = 0; slot < sightings_.size(); ++slot) {
            if (!is_alive(slot) || entries_[slot].identity == 0 ||
                sightings_[slot].reason != OwnerReason::kOk) {
                continue;
            }
            const Succession next = find(
                *owners_.owners()[sightings_[slot].owner],
                entries_[slot].inode,
                sightings_[slot].told
            );
            if (next.owner != nullptr) {
                const std::uint32_t now = next.is_new ? begin_again(slot, at) : slot;
                if (now != kNoSlot) {
                    set_owner(now, {.owner = next.owner, .reason = OwnerReason::kOk});
                }
            }
        }
    }

    // More is known of some owners: `find` returns what stands for an owner now, or null.
    template <typename Find>
    void replace_owners(Find&& find) {
        changed_ = owners_.replace(std::forward<Find>(find)) || changed_;
    }

    // Calls `visit` with each owner of a sighting.
    template <typename Visit>
    void each_owner(Visit&& visit) const {
        owners_.each(std::forward<Visit>(visit));
    }

    // Forgets what has been gone for long enough.
    void forget(LookTime now);

    void set_retention(LookTime retention) noexcept { retention_ = retention; }

    // Whether table() would differ from the last one.
    [[nodiscard]] bool has_changed() const noexcept { return changed_; }
    [[nodiscard]] std::shared_ptr<const SightingTable> table();
    [[nodiscard]] std::shared_ptr<const std::vector<std::shared_ptr<const SocketOwner>>> owners(
    ) const;

    // Until when all sockets are known: the beginning of the last complete look.
    [[nodiscard]] LookTime covered() const noexcept { return covered_; }

    [[nodiscard]] HistoryCounters counters() const noexcept;

private:
    static constexpr std::uint32_t kNoSlot = 0xffffffff;

    // What only the history needs of a sighting.
    struct Entry {
        std::uint64_t identity = 0;  // names the socket; 0: told, not seen yet
        std::uint64_t inode = 0;
        std::uint64_t cookie = 0;  // as told
        std::uint64_t cgroup_id = 0;
        std::uint32_t uid = 0;
        std::uint32_t look = 0;   // the latest that showed it
        std::uint32_t place = 0;  // its row there
        bool listed = false;      // in unowned_, for this sighting or an earlier one of the slot
        LookTime seen = 0;        // when that look began
    };
    struct Gone {
        std::uint32_t slot;
        LookTime at;
    };
    [[nodiscard]] bool is_alive(std::uint32_t slot) const noexcept {
        return sightings_[slot].taken && sightings_[slot].not_after == kStillThere;
    }
    [[nodiscard]] std::uint32_t slot_of(const ToldSocket& told) const;
    void see(const SocketRow& row, std::uint32_t place, const Look& look);
    [[nodiscard]] std::uint32_t slot_of(std::uint64_t identity, std::uint32_t place);
    [[nodiscard]] std::uint32_t adopt(const SocketKey& key, std::uint32_t name_space);
    [[nodiscard]] std::uint32_t begin(const SocketRow& row, const Look& look);
    void identify(std::uint32_t slot, const SocketRow& row, std::uint64_t identity);
    [[nodiscard]] std::uint32_t begin_again(std::uint32_t slot, LookTime at);
    void miss_the_others(const Look& look);
    void forget_recent();
    void list_unowned(std::uint32_t slot);
    void set_owner(std::uint32_t slot, const FoundOwner& found);
    void end(std::uint32_t slot, LookTime last, LookTime not_after);
    [[nodiscard]] std::uint32_t take_slot(const SocketKey& key);
    void clear(std::uint32_t slot);

    std::size_t sightings_max_;
    LookTime retention_;
    std::uint64_t seed_;
    std::vector<Sighting> sightings_;
    std::vector<Entry> entries_;  // of the same numbers
    std::vector<std::uint32_t> free_;
    std::deque<Gone> gone_;  // in the order in which they are forgotten
    OwnerPool owners_;

    std::unordered_map<std::uint64_t, std::uint32_t> by_identity_;
    // By key: told, or first seen, since the last look but one.
    std::unordered_multimap<std::uint64_t, std::uint32_t> recent_;
    struct Recent {
        std::uint64_t hash;
        std::uint32_t slot;
    };
    std::vector<Recent> recent_since_look_;
    std::vector<Recent> recent_before_look_;
    std::vector<std::uint32_t> unconfirmed_;  // told, not seen yet
    std::vector<std::uint32_t> unowned_;      // alive, without a process
    std::vector<std::uint32_t> places_;       // slot of each row of the last look
    std::vector<std::uint32_t> next_places_;  // and of this one
    std::int64_t shift_ = 0;                  // how much further a row was in the last look
    std::uint32_t look_ = 0;
    std::size_t alive_ = 0;  // with an identity
    LookTime covered_ = 0;
    LookTime looked_from_ = 0;  // the last look
    std::uint64_t evicted_ = 0;
    bool changed_ = true;
    std::shared_ptr<const SightingTable> table_;
};

}  // namespace flowgauge
