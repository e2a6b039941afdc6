#include "telemetry/traffic_labels.h"

#include <algorithm>
#include <string_view>

namespace flowgauge {
namespace {

constexpr std::string_view kOther = "other";

double share(std::uint64_t part, std::uint64_t whole) noexcept {
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

TrafficLabels::Counts TrafficLabels::counts_of(const TrafficStatistics& each) noexcept {
    return {each.flows, each.packets, each.bytes};
}

// With f of N labels given away it takes (f / N)^2 / N of all bytes or flows: nothing at first, and
// the share of an average label for the last one.
bool TrafficLabels::earns_label(const Counts& counts, const Counts& total) const noexcept {
    const double fill = share(shown_.size(), labels_max_);
    const double needed = fill * fill / static_cast<double>(std::max(labels_max_, std::size_t{1}));
    return shown_.size() < labels_max_ && (share(counts.bytes, total.bytes) >= needed ||
                                           share(counts.flows, total.flows) >= needed);
}

void TrafficLabels::give_labels(std::span<const TrafficStatistics> all, const Counts& total) {
    for (const TrafficStatistics& each : all) {
        if (each.name == kOther || shown_.contains(each.name) ||
            !earns_label(counts_of(each), total)) {
            continue;
        }
        const auto hidden = hidden_.find(each.name);
        shown_.emplace(each.name, hidden == hidden_.end() ? Counts{} : hidden->second);
    }
}

std::vector<TrafficStatistics> TrafficLabels::select(std::span<const TrafficStatistics> all) {
    Counts total;
    for (const TrafficStatistics& each : all) {
        total.flows += each.flows;
        total.packets += each.packets;
        total.bytes += each.bytes;
    }
    give_labels(all, total);
    hidden_.clear();
    std::vector<TrafficStatistics> selected;
    TrafficStatistics other{.name = std::string(kOther)};
    for (const TrafficStatistics& each : all) {
        const auto shown = shown_.find(each.name);
        const Counts kept = shown == shown_.end() ? counts_of(each) : shown->second;
        other.flows += kept.flows;
        other.packets += kept.packets;
        other.bytes += kept.bytes;
        if (shown == shown_.end()) {
            hidden_.emplace(each.name, kept);
            continue;
        }
        selected.push_back(
            {.name = each.name,
             .flows = each.flows - kept.flows,
             .packets = each.packets - kept.packets,
             .bytes = each.bytes - kept.bytes}
        );
    }
    std::sort(selected.begin(), selected.end(), [](const auto& a, const auto& b) {
        return a.name < b.name;
    });
    selected.push_back(std::move(other));
    return selected;
}

}  // namespace flowgauge
