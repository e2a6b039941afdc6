// What all workers together say of processes: their counters and their tallies, added up.
#pragma once

#include "core/attribution/process_tally.h"
#include "telemetry/sensor_statistics.h"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace flowgauge {

[[nodiscard]] AttributionCounters sum_of_attribution(std::span<const WorkerStatistics> workers);

// Adds the tallies of workers up, by name.
class ProcessSums {
public:
    void add(const ProcessTally& tally);

    // Largest first, as SensorStatistics::processes.
    [[nodiscard]] std::vector<TrafficStatistics> list() const;

private:
    std::map<std::string, ProcessTally::Counts, std::less<>> sums_;
};

}  // namespace flowgauge
