#include "telemetry/metrics_text.h"

#include "telemetry/metric_table.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cstddef>
#include <cstdint>
#include <sstream>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// Bytes of the UTF-8 character that `text` begins with; 0: none (RFC 3629 section 4).
std::size_t character_size(std::string_view text) noexcept {
    struct Shape {
        unsigned mask, lead;
        std::size_t size;
        std::uint32_t least;
    };
    constexpr Shape kShapes[] = {
        {0x80, 0x00, 1, 0},
        {0xE0, 0xC0, 2, 0x80},
        {0xF0, 0xE0, 3, 0x800},
        {0xF8, 0xF0, 4, 0x10000}};
    const auto byte = [&](std::size_t i) {
        return static_cast<unsigned char>(text[i]);
    };
    for (const Shape& shape : kShapes) {
        if ((byte(0) & shape.mask) != shape.lead || text.size() < shape.size) {
            continue;
        }
        std::uint32_t code = byte(0) & ~shape.mask;
        for (std::size_t i = 1; i < shape.size; ++i) {
            if ((byte(i) & 0xC0U) != 0x80U) {
                return 0;
            }
            code = code << 6U | (byte(i) & 0x3FU);
        }
        const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
        return code >= shape.least && code <= 0x10FFFF && !is_surrogate ? shape.size : 0;
    }
    return 0;
}

std::string as_utf8(std::string_view text) {
    std::string valid;
    while (!text.empty()) {
        const std::size_t size = character_size(text);
        valid += size == 0 ? kReplacement : text.substr(0, size);
        text.remove_prefix(size == 0 ? 1 : size);
    }
    return valid;
}

prometheus::ClientMetric client_metric(
    const Metric& metric,
    const std::vector<std::string>& names,
    const MetricSamples::ByLabels::value_type& sample
) {
    prometheus::ClientMetric made;
    for (std::size_t i = 0; i < names.size(); ++i) {
        made.label.push_back({.name = names[i], .value = as_utf8(sample.first[i])});
    }
    if (metric.type == MetricType::kCounter) {
        made.counter.value = sample.second;
    } else {
        made.gauge.value = sample.second;
    }
    return made;
}

}  // namespace

std::string metrics_text(const SensorStatistics& statistics) {
    std::vector<prometheus::MetricFamily> families;
    for (const Metric& metric : all_metrics()) {
        MetricSamples samples;
        metric.read(statistics, samples);
        if (samples.by_labels().empty()) {
            continue;
        }
        prometheus::MetricFamily family{
            .name = std::string(metric.name),
            .help = std::string(metric.help),
            .type = metric.type == MetricType::kCounter ? prometheus::MetricType::Counter
                                                        : prometheus::MetricType::Gauge,
            .metric = {}};
        const std::vector<std::string> names = label_names(metric);
        for (const auto& sample : samples.by_labels()) {
            family.metric.push_back(client_metric(metric, names, sample));
        }
        families.push_back(std::move(family));
    }
    std::ostringstream text;
    prometheus::TextSerializer().Serialize(text, families);
    return std::move(text).str();
}

}  // namespace flowgauge
