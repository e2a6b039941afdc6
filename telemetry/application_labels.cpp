#include "telemetry/application_labels.h"

#include <algorithm>
#include <string_view>

namespace flowgauge {
namespace {

constexpr std::string_view kOther = "other";

double share(std::uint64_t part, std::uint64_t whole) noexcept {
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

ApplicationLabels::Counts ApplicationLabels::counts_of(const ApplicationStatistics& application
) noexcept {
    return {application.flows, application.packets, application.bytes};
}

// With f of N labels given away it takes (f / N)^2 / N of all bytes or flows: nothing at first, and
// the share of an average label for the last one.
bool ApplicationLabels::earns_label(const Counts& counts, const Counts& total) const noexcept {
    const double fill = share(shown_.size(), labels_max_);
    const double needed = fill * fill / static_cast<double>(std::max(labels_max_, std::size_t{1}));
    return shown_.size() < labels_max_ && (share(counts.bytes, total.bytes) >= needed ||
                                           share(counts.flows, total.flows) >= needed);
}

void ApplicationLabels::give_labels(
    std::span<const ApplicationStatistics> all, const Counts& total
) {
    for (const ApplicationStatistics& application : all) {
        if (application.name == kOther || shown_.contains(application.name) ||
            !earns_label(counts_of(application), total)) {
            continue;
        }
        const auto hidden = hidden_.find(application.name);
        shown_.emplace(application.name, hidden == hidden_.end() ? Counts{} : hidden->second);
    }
}

std::vector<ApplicationStatistics> ApplicationLabels::select(
    std::span<const ApplicationStatistics> all
) {
    Counts total;
    for (const ApplicationStatistics& application : all) {
        total.flows += application.flows;
        total.packets += application.packets;
        total.bytes += application.bytes;
    }
    give_labels(all, total);
    hidden_.clear();
    std::vector<ApplicationStatistics> selected;
    ApplicationStatistics other{.name = std::string(kOther)};
    for (const ApplicationStatistics& application : all) {
        const auto shown = shown_.find(application.name);
        const Counts kept = shown == shown_.end() ? counts_of(application) : shown->second;
        other.flows += kept.flows;
        other.packets += kept.packets;
        other.bytes += kept.bytes;
        if (shown == shown_.end()) {
            hidden_.emplace(application.name, kept);
            continue;
        }
        selected.push_back(
            {.name = application.name,
             .flows = application.flows - kept.flows,
             .packets = application.packets - kept.packets,
             .bytes = application.bytes - kept.bytes}
        );
    }
    std::sort(selected.begin(), selected.end(), [](const auto& a, const auto& b) {
        return a.name < b.name;
    });
    selected.push_back(std::move(other));
    return selected;
}

}  // namespace flowgauge
