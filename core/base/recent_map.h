// RecentMap: a map with a bound; what was not asked for longest gives way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <unordered_map>
#include <utility>

namespace flowgauge {

// Thread: one. Cost: a list and a hash table; for the control plane.
template <typename Key, typename Value, typename Hash = std::hash<Key>>
class RecentMap {
public:
    // Requires: entries_max > 0.
    explicit RecentMap(std::size_t entries_max) : entries_max_(entries_max) {}

    // The value, now the most recent; or null. Valid until the next put() or erase().
    [[nodiscard]] Value* find(const Key& key) {
        const auto found = index_.find(key);
        if (found == index_.end()) {
            return nullptr;
        }
        entries_.splice(entries_.begin(), entries_, found->second);
        return &found->second->second;
    }

    // Adds or replaces; the least recent entry goes when there is no room.
    Value& put(const Key& key, Value value) {
        if (Value* there = find(key)) {
            *there = std::move(value);
            return *there;
        }
        if (index_.size() >= entries_max_) {
            index_.erase(entries_.back().first);
            entries_.pop_back();
            ++evicted_;
        }
        entries_.emplace_front(key, std::move(value));
        index_.emplace(key, entries_.begin());
        return entries_.front().second;
    }

    void erase(const Key& key) {
        const auto found = index_.find(key);
        if (found != index_.end()) {
            entries_.erase(found->second);
            index_.erase(found);
        }
    }

    void clear() {
        entries_.clear();
        index_.clear();
    }

    // Calls visit(key, value) for each, the most recent first; it may change the value.
    template <typename Visit>
    void for_each(Visit&& visit) {
        for (auto& [key, value] : entries_) {
            visit(key, value);
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return index_.size(); }
    [[nodiscard]] std::uint64_t evicted() const noexcept { return evicted_; }

private:
    using Entries = std::list<std::pair<Key, Value>>;

    std::size_t entries_max_;
    Entries entries_;
    std::unordered_map<Key, typename Entries::iterator, Hash> index_;
    std::uint64_t evicted_ = 0;
};

}  // namespace flowgauge
