// The table of all metrics: name, type, unit, labels, meaning, and how samples come out of
// SensorStatistics. /metrics, docs/METRICS.md and the tests of dashboards and rules read it.
#pragma once

#include "telemetry/sensor_statistics.h"

#include <cstdint>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

enum class MetricType : std::uint8_t { kCounter, kGauge };

// The samples of one metric by the values of its labels. Equal values are added up: a scrape in
// which a series comes twice would be refused as a whole.
class MetricSamples {
public:
    using ByLabels = std::map<std::vector<std::string>, double>;

    void add(double value, std::initializer_list<std::string_view> label_values) {
        by_labels_[{label_values.begin(), label_values.end()}] += value;
    }
    [[nodiscard]] const ByLabels& by_labels() const noexcept { return by_labels_; }

private:
    ByLabels by_labels_;
};

struct Metric {
    std::string_view name;
    MetricType type = MetricType::kGauge;
    std::string_view unit;    // base units: seconds, bytes; else what is counted
    std::string_view labels;  // names with commas between; each has few values (metric_table.cpp)
    std::string_view help;    // one sentence
    void (*read)(const SensorStatistics& statistics, MetricSamples& samples) = nullptr;
};

// In the order of /metrics.
[[nodiscard]] std::span<const Metric> all_metrics() noexcept;

// The names in Metric::labels.
[[nodiscard]] std::vector<std::string> label_names(const Metric& metric);

[[nodiscard]] std::string_view to_string(MetricType type) noexcept;

// docs/METRICS.md.
[[nodiscard]] std::string metrics_markdown();

}  // namespace flowgauge
