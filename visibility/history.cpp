#include "visibility/history.h"

#include <algorithm>
#include <utility>

namespace flowgauge {
namespace {

// A cookie if the kernel tells one; else the inode, which is unique while the socket lives.
std::uint64_t identity_of(const SocketRow& row) noexcept {
    constexpr std::uint64_t kByInode = std::uint64_t{1} << 63;
    if (row.cookie != 0) {
        return row.cookie & ~kByInode;
    }
    return row.inode == 0 ? 0 : row.inode | kByInode;
}

// The ends by which flows ask. A ping socket has its identifier for a port, which flows do not.
SocketKey key_of(const SocketRow& row) noexcept {
    constexpr std::uint8_t kTcp = 6;
    constexpr std::uint8_t kUdp = 17;
    constexpr std::uint8_t kUdpLite = 136;
    SocketKey key = row.key;
    const bool has_ports =
        !row.raw && (key.protocol == kTcp || key.protocol == kUdp || key.protocol == kUdpLite);
    if (!has_ports) {
        key.local_port = 0;
        key.remote_port = 0;
    }
    return key;
}

}  // namespace

History::History(std::size_t sightings_max, LookTime retention, std::uint64_t seed)
    : sightings_max_(sightings_max),
      retention_(retention),
      seed_(seed) {}

// The socket may have been seen before its event was read. One that was told before, as those that
// send are from time to time, stays with whom it began.
void History::tell(const ToldSocket& told) {
    std::uint32_t slot = slot_of(told);
    if (slot != kNoSlot && sightings_[slot].told) {
        return;
    }
    changed_ = true;
    if (slot == kNoSlot) {
        slot = take_slot(told.key);
        if (slot == kNoSlot) {
            return;
        }
        sightings_[slot].not_before = told.at;
        sightings_[slot].first = told.at;
        sightings_[slot].last = told.at;
        sightings_[slot].name_space = told.name_space;
        entries_[slot].cookie = told.cookie;
        unconfirmed_.push_back(slot);
    }
    Sighting& sighting = sightings_[slot];
    sighting.told = true;
    sighting.listens = told.listens;
    sighting.not_before = std::min(told.at, sighting.not_before);
    sighting.first = std::min(told.at, sighting.first);
    set_owner(slot, {.owner = told.owner, .reason = OwnerReason::kOk});
    if (told.ended != 0 && entries_[slot].identity == 0) {
        std::erase(unconfirmed_, slot);
        end(slot, told.ended, told.ended);
    }
}

// The sighting that an event is about, if there is one.
std::uint32_t History::slot_of(const ToldSocket& told) const {
    if (told.cookie != 0) {
        const auto known = by_identity_.find(told.cookie);
        if (known != by_identity_.end() && sightings_[known->second].key == told.key) {
            return known->second;
        }
    }
    const auto [begin, end] = recent_.equal_range(hash_of(told.key, seed_));
    for (auto each = begin; each != end; ++each) {
        const Sighting& sighting = sightings_[each->second];
        if (!is_alive(each->second) || sighting.key != told.key) {
            continue;
        }
        const bool is_seen = told.cookie == 0 && !sighting.told && sighting.not_before < told.at &&
                             told.at <= sighting.first;
        const bool is_told = told.cookie != 0 && entries_[each->second].cookie == told.cookie;
        if (is_seen || is_told) {
            return each->second;
        }
    }
    return kNoSlot;
}

void History::look(const Look& look) {
    ++look_;
    shift_ = 0;
    next_places_.assign(look.rows.size(), kNoSlot);
    for (std::uint32_t place = 0; place < look.rows.size(); ++place) {
        see(look.rows[place], place, look);
    }
    places_.swap(next_places_);
    if (look.complete) {
        miss_the_others(look);
        covered_ = look.from;
    }
    forget_recent();
    looked_from_ = look.from;
}

// A socket without an inode is in no process: not accepted yet, or left to the kernel to close. It
// begins when it has one, and does not end by losing it.
void History::see(const SocketRow& row, std::uint32_t place, const Look& look) {
    const std::uint64_t identity = identity_of(row);
    if (identity == 0) {
        return;
    }
    std::uint32_t slot = slot_of(identity, place);
    if (slot != kNoSlot && row.inode != 0 && sightings_[slot].key != key_of(row)) {
        end(slot, entries_[slot].seen, look.to);
        slot = kNoSlot;
    }
    if (slot == kNoSlot) {
        if (row.inode == 0) {
            return;
        }
        slot = begin(row, look);
        if (slot == kNoSlot) {
            return;
        }
        identify(slot, row, identity);
    }
    Entry& entry = entries_[slot];
    entry.look = look_;
    entry.place = place;
    entry.seen = look.from;
    next_places_[place] = slot;
}

// The kernel lists sockets in the same order from look to look, so the row that was next is likely
// the one that is; where sockets came or went between, the others have moved together.
std::uint32_t History::slot_of(std::uint64_t identity, std::uint32_t place) {
    const std::int64_t before = place + shift_;
    if (before >= 0 && static_cast<std::size_t>(before) < places_.size()) {
        const std::uint32_t slot = places_[static_cast<std::size_t>(before)];
        if (slot != kNoSlot && entries_[slot].identity == identity && is_alive(slot)) {
            return slot;
        }
    }
    const auto found = by_identity_.find(identity);
    if (found == by_identity_.end()) {
        return kNoSlot;
    }
    shift_ = std::int64_t{entries_[found->second].place} - place;
    return found->second;
}

// The sighting that an event has begun for this socket, if one has.
std::uint32_t History::adopt(const SocketKey& key, std::uint32_t name_space) {
    const auto [begin, end] = recent_.equal_range(hash_of(key, seed_));
    std::uint32_t latest = kNoSlot;
    for (auto each = begin; each != end; ++each) {
        const std::uint32_t slot = each->second;
        const Sighting& sighting = sightings_[slot];
        if (is_alive(slot) && entries_[slot].identity == 0 && sighting.key == key &&
            (sighting.name_space == 0 || sighting.name_space == name_space) &&
            (latest == kNoSlot || sighting.first > sightings_[latest].first)) {
            latest = slot;
        }
    }
    return latest;
}

std::uint32_t History::begin(const SocketRow& row, const Look& look) {
    changed_ = true;
    const SocketKey key = key_of(row);
    std::uint32_t slot = adopt(key, row.name_space);
    if (slot != kNoSlot) {
        std::erase(unconfirmed_, slot);
    } else {
        slot = take_slot(key);
        if (slot == kNoSlot) {
            return kNoSlot;
        }
        sightings_[slot].not_before = looked_from_;
        sightings_[slot].first = look.to;
        list_unowned(slot);
    }
    Sighting& sighting = sightings_[slot];
    sighting.last = kStillThere;
    sighting.name_space = row.name_space;
    sighting.listens = row.state == SocketState::kListen;
    sighting.v6_only = row.v6_only;
    return slot;
}

void History::identify(std::uint32_t slot, const SocketRow& row, std::uint64_t identity) {
    entries_[slot].identity = identity;
    entries_[slot].inode = row.inode;
    entries_[slot].cgroup_id = row.cgroup_id;
    entries_[slot].uid = row.uid;
    by_identity_[identity] = slot;
    ++alive_;
}

// The socket goes on in other hands.
std::uint32_t History::begin_again(std::uint32_t slot, LookTime at) {
    const Sighting before = sightings_[slot];
    const Entry entry = entries_[slot];
    end(slot, entry.seen, at);
    const std::uint32_t next = take_slot(before.key);
    if (next == kNoSlot) {
        return kNoSlot;
    }
    Sighting& sighting = sightings_[next];
    sighting.not_before = at;
    sighting.first = at;
    sighting.name_space = before.name_space;
    sighting.listens = before.listens;
    sighting.v6_only = before.v6_only;
    const bool listed = entries_[next].listed;
    entries_[next] = entry;
    entries_[next].listed = listed;
    by_identity_[entry.identity] = next;
    ++alive_;
    if (entry.place < places_.size() && places_[entry.place] == slot) {
        places_[entry.place] = next;
    }
    return next;
}

// What this look has not shown is gone.
void History::miss_the_others(const Look& look) {
    const auto shown = static_cast<std::size_t>(
        std::ranges::count_if(places_, [](std::uint32_t slot) { return slot != kNoSlot; })
    );
    if (shown < alive_) {
        for (std::uint32_t slot = 0; slot < sightings_.size(); ++slot) {
            if (is_alive(slot) && entries_[slot].identity != 0 && entries_[slot].look != look_) {
                end(slot, entries_[slot].seen, look.from);
            }
        }
    }
    std::erase_if(unconfirmed_, [&](std::uint32_t slot) {
        const bool missed =
            is_alive(slot) && entries_[slot].identity == 0 && sightings_[slot].first < look.from;
        if (missed) {
            end(slot, sightings_[slot].first, look.from);
        }
        return missed || !is_alive(slot) || entries_[slot].identity != 0;
    });
}

void History::forget_recent() {
    for (const Recent& recent : recent_before_look_) {
        const auto [begin, end] = recent_.equal_range(recent.hash);
        const auto own =
            std::find_if(begin, end, [&](const auto& each) { return each.second == recent.slot; });
        if (own != end) {
            recent_.erase(own);
        }
    }
    recent_before_look_.swap(recent_since_look_);
    recent_since_look_.clear();
}

void History::list_unowned(std::uint32_t slot) {
    if (!std::exchange(entries_[slot].listed, true)) {
        unowned_.push_back(slot);
    }
}

void History::set_owner(std::uint32_t slot, const FoundOwner& found) {
    Sighting& sighting = sightings_[slot];
    const std::uint32_t number = found.owner == nullptr ? 0 : owners_.take(found.owner);
    changed_ = changed_ || number != sighting.owner || found.reason != sighting.reason;
    owners_.give_back(sighting.owner);
    sighting.owner = number;
    sighting.reason = found.reason;
}

void History::end(std::uint32_t slot, LookTime last, LookTime not_after) {
    changed_ = true;
    Sighting& sighting = sightings_[slot];
    sighting.last = last;
    sighting.not_after = std::max(not_after, last);
    if (entries_[slot].identity != 0) {
        by_identity_.erase(entries_[slot].identity);
        --alive_;
    }
    gone_.push_back({.slot = slot, .at = sighting.not_after});
}

void History::forget(LookTime now) {
    while (!gone_.empty() && gone_.front().at + retention_ < now) {
        clear(gone_.front().slot);
        gone_.pop_front();
    }
}

std::uint32_t History::take_slot(const SocketKey& key) {
    if (free_.empty() && sightings_.size() >= sightings_max_) {
        ++evicted_;
        if (gone_.empty()) {
            return kNoSlot;
        }
        clear(gone_.front().slot);
        gone_.pop_front();
    }
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(sightings_.size()));
        sightings_.emplace_back();
        entries_.emplace_back();
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    sightings_[slot] = {};
    sightings_[slot].key = key;
    sightings_[slot].taken = true;
    entries_[slot] = {.listed = entries_[slot].listed};
    const std::uint64_t hash = hash_of(key, seed_);
    recent_.emplace(hash, slot);
    recent_since_look_.push_back({.hash = hash, .slot = slot});
    return slot;
}

void History::clear(std::uint32_t slot) {
    changed_ = true;
    owners_.give_back(sightings_[slot].owner);
    sightings_[slot].owner = 0;
    sightings_[slot].taken = false;
    free_.push_back(slot);
}

std::shared_ptr<const SightingTable> History::table() {
    if (changed_ || table_ == nullptr) {
        table_ = std::make_shared<const SightingTable>(sightings_, seed_);
        changed_ = false;
    }
    return table_;
}

std::shared_ptr<const std::vector<std::shared_ptr<const SocketOwner>>> History::owners() const {
    return std::make_shared<const std::vector<std::shared_ptr<const SocketOwner>>>(owners_.owners()
    );
}

HistoryCounters History::counters() const noexcept {
    return {
        .kept = sightings_.size() - free_.size(),
        .alive = alive_,
        .unowned = unowned_.size(),
        .evicted = evicted_};
}

}  // namespace flowgauge
