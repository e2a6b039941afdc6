#include "sensor/performance_report.h"

#include "core/base/format.h"

#include <numeric>
#include <vector>

namespace flowgauge {

std::string performance_report(const SensorStatistics& statistics) {
    std::uint64_t expired = 0;
    std::uint64_t ignored = 0;
    std::uint64_t dropped = 0;
    std::vector<std::uint64_t> processed;
    for (const WorkerStatistics& worker : statistics.workers) {
        expired += worker.counters.shard.expired();
        ignored += worker.counters.rejected.total();
        dropped += worker.counters.ring_dropped;
        processed.push_back(worker.counters.shard.packets_in_flows);
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
