// OwnerPool: the owners of all sightings, by number.
#pragma once

#include "core/attribution/attribution.h"

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace flowgauge {

// Each owner is kept while a sighting names it. Number 0 is nobody of whom anything is known, for
// ever. Thread: one. Bound: one owner a sighting.
class OwnerPool {
public:
    OwnerPool() : owners_{std::make_shared<const SocketOwner>()}, uses_{1} {}

    // The number of `owner`, which is used once more. Requires: not null.
    std::uint32_t take(const std::shared_ptr<const SocketOwner>& owner) {
        const auto [at, fresh] = numbers_.try_emplace(owner.get(), 0);
        if (fresh) {
            at->second = place(owner);
        }
        ++uses_[at->second];
        return at->second;
    }

    void give_back(std::uint32_t number) {
        if (number != 0 && --uses_[number] == 0) {
            numbers_.erase(owners_[number].get());
            owners_[number] = owners_[0];
            free_.push_back(number);
        }
    }

    // Puts what `find` returns for an owner in its place, unless that is null or the same. Returns
    // whether any was.
    template <typename Find>
    bool replace(Find&& find) {
        bool replaced = false;
        for (std::uint32_t number = 1; number < owners_.size(); ++number) {
            if (uses_[number] == 0) {
                continue;
            }
            std::shared_ptr<const SocketOwner> next = find(*owners_[number]);
            if (next != nullptr && next != owners_[number] && !numbers_.contains(next.get())) {
                numbers_.erase(owners_[number].get());
                numbers_.emplace(next.get(), number);
                owners_[number] = std::move(next);
                replaced = true;
            }
        }
        return replaced;
    }

    // Calls `visit` with each owner that is used, nobody left out.
    template <typename Visit>
    void each(Visit&& visit) const {
        for (std::uint32_t number = 1; number < owners_.size(); ++number) {
            if (uses_[number] != 0) {
                visit(*owners_[number]);
            }
        }
    }

    [[nodiscard]] const std::vector<std::shared_ptr<const SocketOwner>>& owners() const noexcept {
        return owners_;
    }

private:
    std::uint32_t place(const std::shared_ptr<const SocketOwner>& owner) {
        if (free_.empty()) {
            owners_.push_back(owner);
            uses_.push_back(0);
            return static_cast<std::uint32_t>(owners_.size() - 1);
        }
        const std::uint32_t number = free_.back();
        free_.pop_back();
        owners_[number] = owner;
        return number;
    }

    std::vector<std::shared_ptr<const SocketOwner>> owners_;
    std::vector<std::uint32_t> uses_;
    std::vector<std::uint32_t> free_;
    std::unordered_map<const SocketOwner*, std::uint32_t> numbers_;
};

}  // namespace flowgauge
