#include "telemetry/visibility_statistics.h"

#include <algorithm>
#include <cstddef>

namespace flowgauge {

AttributionCounters sum_of_attribution(std::span<const WorkerStatistics> workers) {
    AttributionCounters sum;
    for (const WorkerStatistics& worker : workers) {
        const AttributionCounters& one = worker.counters.attribution;
        for (std::size_t i = 0; i < kOwnerMatchCount; ++i) {
            sum.by_match[i] += one.by_match[i];
        }
        for (std::size_t i = 0; i < kOwnerReasonCount; ++i) {
            sum.by_reason[i] += one.by_reason[i];
        }
        sum.waited += one.waited;
        sum.waiting += one.waiting;
        sum.unheld += one.unheld;
    }
    return sum;
}

void ProcessSums::add(const ProcessTally& tally) {
    tally.visit([this](std::string_view name, const ProcessTally::Counts& counts) {
        ProcessTally::Counts& sum = sums_[std::string(name)];
        sum.flows += counts.flows;
        sum.packets += counts.packets;
        sum.bytes += counts.bytes;
    });
}

std::vector<TrafficStatistics> ProcessSums::list() const {
    std::vector<TrafficStatistics> all;
    for (const auto& [name, counts] : sums_) {
        all.push_back(
            {.name = name, .flows = counts.flows, .packets = counts.packets, .bytes = counts.bytes}
        );
    }
    std::ranges::sort(all, [](const TrafficStatistics& a, const TrafficStatistics& b) {
        return a.bytes != b.bytes ? a.bytes > b.bytes : a.name < b.name;
    });
    return all;
}

}  // namespace flowgauge
