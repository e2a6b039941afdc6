#include "sensor/performance_report.h"

#include "core/base/format.h"

#include <numeric>

namespace flowgauge {

std::string performance_report(const std::vector<std::unique_ptr<LiveCapture>>& captures) {
    std::uint64_t expired = 0;
    std::uint64_t ignored = 0;
    std::uint64_t dropped = 0;
    std::vector<std::uint64_t> processed;
    for (const std::unique_ptr<LiveCapture>& capture : captures) {
        for (const std::unique_ptr<LiveWorker>& worker : capture->workers()) {
            const LiveCounters& live = worker->live();
            expired += live.flows_expired.load(std::memory_order_relaxed);
            ignored += live.packets_rejected.load(std::memory_order_relaxed);
            dropped += live.capture_dropped.load(std::memory_order_relaxed);
            processed.push_back(live.packets_in_flows.load(std::memory_order_relaxed));
        }
    }
    return format(
        "{{\"flows_expired\": {}, \"packets_processed\": {}, \"packets_ignored\": {}, "
        "\"packets_dropped_filtered_by_kernel\": {}, \"meters_packets_processing_balance\": [{}]}}",
        expired,
        std::accumulate(processed.begin(), processed.end(), std::uint64_t{0}),
        ignored,
        dropped,
        join(processed, ", ")
    );
}

}  // namespace flowgauge
