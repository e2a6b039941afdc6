#include "export/terminal/traffic_groups.h"

#include <algorithm>

namespace flowgauge {
namespace {

std::uint32_t word_of(GroupKey key) noexcept {
    return (std::uint32_t{key.first} << 16) | key.second;
}

}  // namespace

GroupKey group_of(const Application& application) noexcept {
    if (application.app == 0) {
        return {.first = 0, .second = application.master};
    }
    const bool alone = application.master == application.app;
    return {.first = alone ? std::uint16_t{0} : application.master, .second = application.app};
}

GroupKey group_of(const RecordView& view) noexcept {
    if (view.context.layout.application) {
        return group_of(view.application());
    }
    const FlowKey& key = view.flow().key;
    return {.first = key.protocol(), .second = std::min(key.lower_port(), key.upper_port())};
}

void TrafficGroups::add(GroupKey key, const TrafficSum& sum) {
    const std::uint32_t word = word_of(key);
    auto found = sums_.find(word);
    if (found == sums_.end()) {
        if (sums_.size() >= groups_max_) {
            beyond_.add(sum);
            return;
        }
        found = sums_.emplace(word, TrafficSum{}).first;
    }
    found->second.add(sum);
}

std::vector<TrafficGroups::Group> TrafficGroups::all() const {
    std::vector<Group> groups;
    groups.reserve(sums_.size());
    for (const auto& [word, sum] : sums_) {
        const GroupKey key{
            .first = static_cast<std::uint16_t>(word >> 16),
            .second = static_cast<std::uint16_t>(word)};
        groups.push_back({.key = key, .sum = sum});
    }
    return groups;
}

}  // namespace flowgauge
