// TrafficLabels: which applications, or processes, have a series of their own, and what "other"
// holds.
#pragma once

#include "telemetry/sensor_statistics.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace flowgauge {

// Prometheus keeps every series that it has seen, and takes a counter that falls for a restart. So
// a name that was given a label keeps it until the sensor ends, at most `labels_max` get one, and
// no number falls: what a name had while it was part of "other" stays there. The sum over all
// labels is exact at every time.
//
// Free labels go to the largest, but the fewer are left, the larger a share of all bytes or flows
// it takes to get one: what comes first must not keep out what matters later.
class TrafficLabels {
public:
    explicit TrafficLabels(std::size_t labels_max) : labels_max_(labels_max) {}

    // Those that are shown, in the order of their names, and "other" behind them. Requires: calls
    // see the same names grow.
    [[nodiscard]] std::vector<TrafficStatistics> select(std::span<const TrafficStatistics> all);

private:
    struct Counts {
        std::uint64_t flows = 0;
        std::uint64_t packets = 0;
        std::uint64_t bytes = 0;
    };

    static Counts counts_of(const TrafficStatistics& each) noexcept;
    [[nodiscard]] bool earns_label(const Counts& counts, const Counts& total) const noexcept;
    void give_labels(std::span<const TrafficStatistics> all, const Counts& total);

    std::size_t labels_max_;
    std::map<std::string, Counts, std::less<>> shown_;   // name -> what "other" keeps of it
    std::map<std::string, Counts, std::less<>> hidden_;  // name -> what it had at the last call
};

}  // namespace flowgauge
