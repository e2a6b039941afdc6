// RecentMap: a map of a fixed number of entries that forgets those that nobody asked for longest.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>

namespace flowgauge {

// Two halves, a young one and an old one. What is put or found is young; a full young half becomes
// the old one, and what the old one held is forgotten. So an entry lasts for at least half the
// bound of other entries. Thread: one.
template <typename Key, typename Value>
class RecentMap {
public:
    // Requires: entries_max >= 2.
    explicit RecentMap(std::size_t entries_max) : half_max_(entries_max / 2) {}

    void put(const Key& key, const Value& value) {
        old_.erase(key);
        young_.insert_or_assign(key, value);
        if (young_.size() >= half_max_) {
            forgotten_ += old_.size();
            old_ = std::exchange(young_, {});
        }
    }

    [[nodiscard]] std::optional<Value> find(const Key& key) {
        if (const auto young = young_.find(key); young != young_.end()) {
            return young->second;
        }
        const auto old = old_.find(key);
        if (old == old_.end()) {
            return std::nullopt;
        }
        const Value value = old->second;
        put(key, value);
        return value;
    }

    void erase(const Key& key) {
        young_.erase(key);
        old_.erase(key);
    }

    void clear() {
        young_.clear();
        old_.clear();
    }

    [[nodiscard]] std::size_t size() const noexcept { return young_.size() + old_.size(); }

    // How many had to go for others.
    [[nodiscard]] std::uint64_t forgotten() const noexcept { return forgotten_; }

private:
    std::size_t half_max_;
    std::unordered_map<Key, Value> young_;
    std::unordered_map<Key, Value> old_;  // no key of the young one
    std::uint64_t forgotten_ = 0;
};

}  // namespace flowgauge
