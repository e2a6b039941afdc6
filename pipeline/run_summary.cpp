#include "pipeline/run_summary.h"

#include "core/base/format.h"
#include "export/terminal/quantity_text.h"

#include <iterator>
#include <string_view>

namespace flowgauge {
namespace {

template <std::size_t N, typename Name>
std::string json_counts(const std::array<std::uint64_t, N>& counts, Name name) {
    std::string out = "{";
    for (std::size_t i = 0; i < N; ++i) {
        if (counts[i] != 0) {
            out += format("{}\"{}\": {}", out.size() > 1 ? ", " : "", name(i), counts[i]);
        }
    }
    return out + "}";
}

std::string_view rejection_name(std::size_t index) {
    return to_string(static_cast<Rejection>(index));
}

std::string_view end_reason_name(std::size_t index) {
    return to_string(static_cast<EndReason>(index));
}

template <typename Out>
void put_row(Out out, std::string_view name, std::uint64_t value) {
    format_to(out, "  {:<28} {:>16}\n", name, grouped(value));
}

}  // namespace

void RunSummary::add(const ShardCounters& counters) noexcept {
    shards.packets_in_flows += counters.packets_in_flows;
    shards.flows_created += counters.flows_created;
    for (std::size_t i = 0; i < kEndReasonCount; ++i) {
        shards.flows_expired[i] += counters.flows_expired[i];
    }
}

void RunSummary::add(const DissectionCounters& counters) noexcept {
    dissection.packets += counters.packets;
    dissection.packets_refused += counters.packets_refused;
    dissection.flows_refused += counters.flows_refused;
}

void RunSummary::set(const SinkCounters& counters) noexcept {
    sink = counters;
    for (std::size_t i = 0; i < kEndReasonCount; ++i) {
        shards.flows_expired[i] -= counters.discarded_by_reason[i];
    }
    shards.flows_expired[static_cast<std::size_t>(EndReason::kMaxNflows)] +=
        counters.records_discarded;
}

std::string to_text(const RunSummary& summary) {
    std::string text;
    auto out = std::back_inserter(text);
    const double rate =
        summary.seconds > 0 ? static_cast<double>(summary.packets_read) / summary.seconds : 0;
    format_to(
        out,
        "flowgauge: {:.3f} s, {} packets a second\n",
        summary.seconds,
        grouped(static_cast<std::uint64_t>(rate))
    );
    put_row(out, "packets read", summary.packets_read);
    put_row(out, "packets in flows", summary.shards.packets_in_flows);
    put_row(out, "packets rejected", summary.rejected.total());
    for (std::size_t i = 0; i < kRejectionCount; ++i) {
        if (summary.rejected.frames[i] != 0) {
            put_row(out, format("  {}", rejection_name(i)), summary.rejected.frames[i]);
        }
    }
    if (summary.capture_dropped) {
        put_row(out, "dropped by the kernel", *summary.capture_dropped);
    }
    if (summary.late_packets != 0) {
        put_row(out, "late packets", summary.late_packets);
    }
    put_row(out, "flows written", summary.sink.records_acknowledged);
    for (std::size_t i = 0; i < kEndReasonCount; ++i) {
        if (summary.shards.flows_expired[i] != 0) {
            put_row(
                out, format("  ended: {}", end_reason_name(i)), summary.shards.flows_expired[i]
            );
        }
    }
    const std::uint64_t lost = summary.sink.records_dropped + summary.records_queue_full;
    if (lost != 0) {
        put_row(out, "flows lost on the way out", lost);
    }
    if (summary.sink.records_discarded != 0) {
        put_row(out, "flows beyond max_nflows", summary.sink.records_discarded);
    }
    if (summary.dissection.flows_refused != 0) {
        put_row(out, "flows not dissected", summary.dissection.flows_refused);
    }
    return text;
}

std::string to_json(const RunSummary& summary) {
    std::string text = format(
        "{{\"packets_read\": {}, \"packets_in_flows\": {}, \"packets_rejected\": {}, \"flows\": "
        "{}, "
        "\"seconds\": {:.6f}, \"flows_discarded\": {}, \"packets_in_flows_discarded\": {}, "
        "\"flows_created\": {}, "
        "\"flows_expired\": {}, \"records_dropped\": {}, \"dissection_packets_refused\": {}, "
        "\"dissection_flows_refused\": {}, \"late_packets\": {}",
        summary.packets_read,
        summary.shards.packets_in_flows,
        json_counts(summary.rejected.frames, rejection_name),
        summary.sink.records_acknowledged,
        summary.seconds,
        summary.sink.records_discarded,
        summary.sink.packets_discarded,
        summary.shards.flows_created,
        json_counts(summary.shards.flows_expired, end_reason_name),
        summary.sink.records_dropped + summary.records_queue_full,
        summary.dissection.packets_refused,
        summary.dissection.flows_refused,
        summary.late_packets
    );
    if (summary.capture_dropped) {
        text += format(", \"capture_dropped_packets\": {}", *summary.capture_dropped);
    }
    return text + "}\n";
}

}  // namespace flowgauge
