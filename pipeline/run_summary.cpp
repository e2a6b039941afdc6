#include "pipeline/run_summary.h"

#include "core/base/format.h"
#include "export/terminal/quantity_text.h"
#include "export/text/json_text.h"

#include <iterator>
#include <string_view>
#include <utility>

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

// With several sinks each says which one it is.
std::string row_name(std::string_view what, const SinkSummary& sink, bool named) {
    return named ? format("{}: {}", what, sink.name) : std::string(what);
}

template <typename Out>
void put_sink(Out out, const SinkSummary& sink, bool named) {
    put_row(out, row_name("flows written", sink, named), sink.counters.records_acknowledged);
    if (sink.counters.records_filtered != 0) {
        put_row(out, row_name("flows not wanted", sink, named), sink.counters.records_filtered);
    }
    if (sink.counters.records_stored != 0) {
        put_row(out, row_name("flows in the spool", sink, named), sink.counters.records_stored);
    }
}

template <typename Out>
void put_losses(Out out, const SinkSummary& sink, bool named) {
    if (sink.lost() != 0) {
        put_row(out, row_name("flows lost on the way out", sink, named), sink.lost());
    }
}

std::string json_sinks(const std::vector<SinkSummary>& sinks) {
    std::string out = "[";
    for (const SinkSummary& sink : sinks) {
        out += out.size() > 1 ? ", {\"name\": " : "{\"name\": ";
        append_json_string(out, sink.name);
        out += format(
            ", \"written\": {}, \"filtered\": {}, \"dropped\": {}, \"spooled\": {}}}",
            sink.counters.records_acknowledged,
            sink.counters.records_filtered,
            sink.lost(),
            sink.counters.records_stored
        );
    }
    return out + "]";
}

std::uint64_t lost(const std::vector<SinkSummary>& sinks) {
    std::uint64_t sum = 0;
    for (const SinkSummary& sink : sinks) {
        sum += sink.lost();
    }
    return sum;
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

void RunSummary::add(SinkSummary sink) {
    if (sinks.empty()) {
        for (std::size_t i = 0; i < kEndReasonCount; ++i) {
            shards.flows_expired[i] -= sink.counters.discarded_by_reason[i];
        }
        shards.flows_expired[static_cast<std::size_t>(EndReason::kMaxNflows)] +=
            sink.counters.records_discarded;
    }
    sinks.push_back(std::move(sink));
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
    for (const SinkSummary& sink : summary.sinks) {
        put_sink(out, sink, summary.sinks.size() > 1);
    }
    for (std::size_t i = 0; i < kEndReasonCount; ++i) {
        if (summary.shards.flows_expired[i] != 0) {
            put_row(
                out, format("  ended: {}", end_reason_name(i)), summary.shards.flows_expired[i]
            );
        }
    }
    for (const SinkSummary& sink : summary.sinks) {
        put_losses(out, sink, summary.sinks.size() > 1);
    }
    if (summary.first_sink().records_discarded != 0) {
        put_row(out, "flows beyond max_nflows", summary.first_sink().records_discarded);
    }
    if (summary.dissection.flows_refused != 0) {
        put_row(out, "flows not dissected", summary.dissection.flows_refused);
    }
    return text;
}

std::string to_json(const RunSummary& summary) {
    const SinkCounters first = summary.first_sink();
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
        first.records_acknowledged,
        summary.seconds,
        first.records_discarded,
        first.packets_discarded,
        summary.shards.flows_created,
        json_counts(summary.shards.flows_expired, end_reason_name),
        lost(summary.sinks),
        summary.dissection.packets_refused,
        summary.dissection.flows_refused,
        summary.late_packets
    );
    if (summary.capture_dropped) {
        text += format(", \"capture_dropped_packets\": {}", *summary.capture_dropped);
    }
    text += ", \"sinks\": " + json_sinks(summary.sinks);
    return text + "}\n";
}

}  // namespace flowgauge
