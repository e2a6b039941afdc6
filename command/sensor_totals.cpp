#include "command/sensor_totals.h"

#include "core/base/format.h"
#include "export/terminal/quantity_text.h"

#include <algorithm>
#include <array>

namespace flowgauge {
namespace {

void add(SensorTotals& totals, const WorkerCounters& counters) {
    totals.packets_read += counters.packets_read;
    totals.bytes_read += counters.bytes_read;
    totals.packets_in_flows += counters.shard.packets_in_flows;
    totals.rejected.merge(counters.rejected);
    totals.dropped_by_kernel += counters.ring_dropped;
    totals.flows_active += counters.flows_active;
    totals.flows_capacity += counters.flows_capacity;
    totals.flows_created += counters.shard.flows_created;
    totals.flows_ended += counters.shard.expired();
    for (std::size_t i = 0; i < kEndReasonCount; ++i) {
        totals.ended_by_reason[i] += counters.shard.flows_expired[i];
    }
    totals.not_dissected += counters.dissection_shed_flows;
    totals.sheds_dissection = totals.sheds_dissection || counters.dissection_shed != 0;
    totals.streak_permille = std::max(totals.streak_permille, counters.ring_streak_permille);
}

}  // namespace

SensorTotals totals_of(const SensorStatistics& statistics) {
    SensorTotals totals;
    for (const WorkerStatistics& worker : statistics.workers) {
        add(totals, worker.counters);
    }
    return totals;
}

SensorTotals totals_of_input(const SensorStatistics& statistics, std::string_view input) {
    SensorTotals totals;
    for (const WorkerStatistics& worker : statistics.workers) {
        if (worker.input == input) {
            add(totals, worker.counters);
        }
    }
    return totals;
}

Rates::Rates(const SensorStatistics& before, const SensorStatistics& now) noexcept {
    if (before.start_ms == now.start_ms && now.time_ms > before.time_ms) {
        seconds_ = (static_cast<double>(now.time_ms) - static_cast<double>(before.time_ms)) / 1000;
    }
}

double Rates::of(std::uint64_t before, std::uint64_t now) const noexcept {
    return known() && now > before ? static_cast<double>(now - before) / seconds_ : 0;
}

std::string Rates::text(std::uint64_t before, std::uint64_t now) const {
    // Rounded up from nothing: what happens at all is not shown as 0.
    const double rate = of(before, now);
    const double shown = rate > 0 && rate < 1 ? 1 : rate + 0.5;
    return known() ? short_count(static_cast<std::uint64_t>(shown)) + "/s" : "-";
}

std::string Rates::bit_text(std::uint64_t bytes_before, std::uint64_t bytes_now) const {
    return known() ? bit_rate_text(8 * of(bytes_before, bytes_now)) : "-";
}

std::string bit_rate_text(double bits_per_second) {
    constexpr std::array<std::string_view, 5> kUnits{"", "k", "M", "G", "T"};
    std::size_t unit = 0;
    // Half a last digit below 1000, so that rounding never adds a digit.
    while (bits_per_second >= 999.5 && unit + 1 < kUnits.size()) {
        bits_per_second /= 1000;
        ++unit;
    }
    int decimals = 0;
    if (unit > 0 && bits_per_second < 99.95) {
        decimals = bits_per_second < 9.995 ? 2 : 1;
    }
    return format("{:.{}f} {}bit/s", bits_per_second, decimals, kUnits[unit]);
}

}  // namespace flowgauge
