#include "command/process_status.h"

#include "command/sensor_totals.h"
#include "core/base/format.h"
#include "export/terminal/quantity_text.h"
#include "export/terminal/terminal_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <span>
#include <string>

namespace flowgauge {
namespace {

constexpr std::size_t kProcessesMax = 4;  // that are named

std::string nanoseconds_text(std::uint64_t nanoseconds) {
    return duration_text(static_cast<std::int64_t>(nanoseconds), TimeUnit::kNanoseconds);
}

std::uint64_t sum_of(std::span<const std::uint64_t> counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::uint64_t all_flows(const SensorStatistics& statistics) {
    return sum_of(statistics.visibility.attributed.by_match);
}

std::uint64_t count_of(const SensorStatistics& statistics, OwnerMatch match) {
    return statistics.visibility.attributed.by_match[static_cast<std::size_t>(match)];
}

// Flows of which no process is known, though perhaps a user.
std::uint64_t unknown_flows(const SensorStatistics& statistics) {
    return count_of(statistics, OwnerMatch::kUidOnly) + count_of(statistics, OwnerMatch::kNone);
}

std::string matches_text(const SensorStatistics& statistics) {
    std::vector<NamedCount> words;
    for (std::size_t i = 0; i < static_cast<std::size_t>(OwnerMatch::kUidOnly); ++i) {
        words.push_back(
            {.name = std::string(kOwnerMatchNames[i]),
             .count = statistics.visibility.attributed.by_match[i]}
        );
    }
    return counts_text(std::move(words));
}

std::string reasons_text(const SensorStatistics& statistics) {
    std::vector<NamedCount> words;
    for (std::size_t i = static_cast<std::size_t>(OwnerReason::kOk) + 1; i < kOwnerReasonCount;
         ++i) {
        words.push_back(
            {.name = std::string(kOwnerReasonNames[i]),
             .count = statistics.visibility.attributed.by_reason[i]}
        );
    }
    return counts_text(std::move(words));
}

// "sockets from sock_diag, events off; every 200 ms (100 ms configured), the last one took 7.40 ms"
StatusLine source_line(const VisibilityStatistics& visibility) {
    const PollerCounters& poller = visibility.poller;
    const bool stretched = poller.period_ns > poller.period_set_ns;
    std::string text = format(
        "  sockets from {}, events {}; every {}",
        printable(visibility.state.table),
        printable(visibility.state.events),
        nanoseconds_text(poller.period_ns)
    );
    if (stretched) {
        text += format(
            " instead of {}, to stay below max_cpu_percent", nanoseconds_text(poller.period_set_ns)
        );
    }
    text += format(
        "; the last look took {}",
        nanoseconds_text(poller.last_table_ns + poller.last_owner_ns + poller.last_publish_ns)
    );
    return {.text = std::move(text), .tone = stretched ? StatusTone::kWarning : StatusTone::kPlain};
}

StatusLine sockets_line(const PollerCounters& poller) {
    std::string detail = format(
        "of {} processes in {} namespaces", grouped(poller.processes), grouped(poller.namespaces)
    );
    if (poller.namespaces_skipped != 0) {
        detail += format(", {} not looked at", grouped(poller.namespaces_skipped));
    }
    if (poller.sockets_unowned != 0) {
        detail += format("; {} sockets of no known process", grouped(poller.sockets_unowned));
    }
    return line_of(
        {.label = "sockets",
         .total = grouped(poller.sockets),
         .share = "",
         .rate = "",
         .detail = std::move(detail)}
    );
}

struct FlowsCount {
    std::string_view label;
    std::uint64_t was = 0;
    std::uint64_t is = 0;
    std::string detail;
};

StatusLine flows_line(const FlowsCount& count, const SensorStatistics& now, const Rates& rates) {
    return line_of(
        {.label = count.label,
         .total = grouped(count.is),
         .share = visible_share(count.is, all_flows(now)),
         .rate = rates.text(count.was, count.is),
         .detail = count.detail}
    );
}

// What went wrong, where something did.
void add_troubles(
    const SensorStatistics& before, const SensorStatistics& now, std::vector<StatusLine>& lines
) {
    struct Trouble {
        std::string_view label;
        std::uint64_t was;
        std::uint64_t is;
        std::string_view detail;
    };
    const PollerCounters& was = before.visibility.poller;
    const PollerCounters& is = now.visibility.poller;
    const Rates rates(before, now);
    for (const Trouble& trouble : std::array{
             Trouble{
                 "events lost",
                 was.events_lost,
                 is.events_lost,
                 "no room for what the kernel told; connections of an instant may be missed"},
             Trouble{
                 "forgotten",
                 was.history_evicted,
                 is.history_evicted,
                 "sockets, before their flows ended: no room"},
             Trouble{
                 "not held",
                 before.visibility.attributed.unheld,
                 now.visibility.attributed.unheld,
                 "records that could not wait for the next look: no room"},
             Trouble{"denied", was.denied, is.denied, "looks that the kernel refused"}}) {
        if (trouble.is != 0) {
            const bool goes_on = rates.of(trouble.was, trouble.is) > 0;
            lines.push_back(line_of(
                {.label = trouble.label,
                 .total = grouped(trouble.is),
                 .share = "",
                 .rate = rates.text(trouble.was, trouble.is),
                 .detail = std::string(trouble.detail),
                 .tone = goes_on ? StatusTone::kWarning : StatusTone::kPlain}
            ));
        }
    }
}

// "firefox 11.2 GiB, unknown 66.8 MiB"
StatusLine traffic_line(const std::vector<TrafficStatistics>& processes) {
    std::string detail;
    for (std::size_t i = 0; i < std::min(processes.size(), kProcessesMax); ++i) {
        detail += (i == 0 ? "" : ", ") + printable(processes[i].name) + " " +
                  bytes_text(processes[i].bytes);
    }
    return line_of(
        {.label = "by bytes", .total = "", .share = "", .rate = "", .detail = std::move(detail)}
    );
}

}  // namespace

std::vector<StatusLine> process_lines(const SensorStatistics& before, const SensorStatistics& now) {
    const VisibilityStatistics& visibility = now.visibility;
    if (!visibility.state.on) {
        return {};
    }
    const Rates rates(before, now);
    std::vector<StatusLine> lines{source_line(visibility), sockets_line(visibility.poller)};
    lines.push_back(flows_line(
        {.label = "flows known",
         .was = all_flows(before) - unknown_flows(before),
         .is = all_flows(now) - unknown_flows(now),
         .detail = matches_text(now)},
        now,
        rates
    ));
    lines.push_back(flows_line(
        {.label = "not known",
         .was = unknown_flows(before),
         .is = unknown_flows(now),
         .detail = reasons_text(now)},
        now,
        rates
    ));
    if (!now.processes.empty()) {
        lines.push_back(traffic_line(now.processes));
    }
    add_troubles(before, now, lines);
    for (const std::string& note : visibility.state.notes) {
        lines.push_back({.text = "  " + printable(note), .tone = StatusTone::kWarning});
    }
    return lines;
}

}  // namespace flowgauge
