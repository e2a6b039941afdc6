#include "command/status_text.h"

#include "command/extension_status.h"
#include "command/process_status.h"
#include "command/sensor_totals.h"
#include "command/status_rows.h"
#include "core/base/format.h"
#include "export/terminal/quantity_text.h"
#include "export/terminal/terminal_text.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

constexpr std::size_t kMessagesMax = 5;  // of the last ones

std::string since(std::int64_t now_ms, std::int64_t then_ms) {
    return duration_text(now_ms - then_ms, TimeUnit::kMilliseconds);
}

std::string utc(std::int64_t time_ms) {
    return utc_text(time_ms, TimeUnit::kMilliseconds) + " UTC";
}

// "1 time", "2 times".
std::string times(std::uint64_t count) {
    return grouped(count) + (count == 1 ? " time" : " times");
}

std::vector<NamedCount> rejection_reasons(const RejectionCounts& rejected) {
    std::vector<NamedCount> reasons;
    for (std::size_t i = 0; i < kRejectionCount; ++i) {
        const auto reason = static_cast<Rejection>(i);
        if (reason != Rejection::kReassembledFragment) {
            reasons.push_back({.name = std::string(to_string(reason)), .count = rejected.of(reason)}
            );
        }
    }
    return reasons;
}

std::vector<NamedCount> end_reasons(const SensorTotals& totals) {
    std::vector<NamedCount> reasons;
    for (std::size_t i = 0; i < kEndReasonCount; ++i) {
        reasons.push_back(
            {.name = std::string(to_string(static_cast<EndReason>(i))),
             .count = totals.ended_by_reason[i]}
        );
    }
    return reasons;
}

class StatusWriter {
public:
    StatusWriter(
        const SensorStatistics& before, const SensorStatistics& now, const TextStyle& style
    )
        : before_(before),
          now_(now),
          style_(style),
          rates_(before, now) {}

    [[nodiscard]] std::string text() && {
        put_head();
        put_inputs();
        put_flows();
        put_block("Processes", process_lines(before_, now_));
        put_block("Plugins and models", extension_lines(now_));
        put_sinks();
        put_config();
        put_mending();
        put_messages();
        return std::move(out_);
    }

private:
    void put(std::string_view text, StatusTone tone = StatusTone::kPlain) {
        constexpr std::string_view kCodes[] = {"", "\x1b[1m", "\x1b[32m", "\x1b[33m", "\x1b[1;31m"};
        const std::string_view code = style_.color ? kCodes[static_cast<std::size_t>(tone)] : "";
        out_ += code;
        out_ += text;
        out_ += code.empty() ? "" : "\x1b[0m";
    }

    void put_line(std::string_view text, StatusTone tone = StatusTone::kPlain) {
        put(text, tone);
        out_ += '\n';
    }

    void put_heading(std::string_view text) {
        out_ += '\n';
        put_line(text, StatusTone::kHeading);
    }

    void put_line(const StatusLine& line) { put_line(line.text, line.tone); }

    // Nothing for no lines.
    void put_block(std::string_view heading, const std::vector<StatusLine>& lines) {
        if (!lines.empty()) {
            put_heading(heading);
        }
        for (const StatusLine& line : lines) {
            put_line(line);
        }
    }

    void put_row(const StatusRow& row) { put_line(line_of(row)); }

    void put_head();
    void put_inputs();
    void put_interfaces(const InputStatistics& input);
    void put_packets(const InputStatistics& input);
    void put_flows();
    void put_sinks();
    void put_sink(const SinkStatistics& sink);
    void put_producer(const ProducerNumbers& producer);
    void put_config();
    void put_mending();
    void put_messages();

    const SensorStatistics& before_;
    const SensorStatistics& now_;
    TextStyle style_;
    Rates rates_;
    std::string out_;
};

void StatusWriter::put_head() {
    const bool ready = now_.not_ready.empty();
    put(format("{}: {}, ", printable(now_.sensor), to_string(now_.state)), StatusTone::kHeading);
    put_line(ready ? "ready" : "not ready", ready ? StatusTone::kGood : StatusTone::kBad);
    for (const std::string& reason : now_.not_ready) {
        put_line("  " + printable(reason), StatusTone::kBad);
    }
    const double cpu = now_.process.cpu_seconds - before_.process.cpu_seconds;
    put_line(format(
        "flowgauge {}, nDPI {}, up {} since {}",
        printable(now_.version),
        printable(now_.ndpi_version),
        since(now_.time_ms, now_.start_ms),
        utc(now_.start_ms)
    ));
    put_line(format(
        "CPU {}, memory {}, {} of {} descriptors",
        rates_.known() ? format("{:.1f}%", 100 * std::max(cpu, 0.0) / rates_.seconds()) : "-",
        bytes_text(now_.process.resident_bytes),
        now_.process.open_descriptors,
        now_.process.max_descriptors
    ));
}

void StatusWriter::put_inputs() {
    put_heading("Inputs");
    if (now_.inputs.empty()) {
        put_line("  none");
    }
    for (const InputStatistics& input : now_.inputs) {
        const bool failed = input.state == InputState::kFailed;
        std::string line = format("{}: {}", printable(input.name), to_string(input.state));
        line += input.source.empty() ? "" : ", " + printable(input.source);
        line += input.filter.empty() ? "" : ", filter: " + printable(input.filter);
        put_line(line, failed ? StatusTone::kBad : StatusTone::kPlain);
        if (!input.problem.empty()) {
            put_line(
                "  " + printable(input.problem), failed ? StatusTone::kBad : StatusTone::kWarning
            );
        }
        put_interfaces(input);
        if (input.files_read + input.files_failed != 0) {
            put_line(format(
                "  files        {} read, {} failed",
                grouped(input.files_read),
                grouped(input.files_failed)
            ));
        }
        put_packets(input);
    }
}

void StatusWriter::put_interfaces(const InputStatistics& input) {
    for (const InterfaceStatistics& interface : input.interfaces) {
        const bool works = interface.present && interface.up;
        std::string line = "  ";
        append_left(line, printable(interface.name), 12);
        line += interface.present ? (interface.up ? " up" : " down") : " absent";
        if (works) {
            line += ", ring " + bytes_text(interface.ring_bytes);
        }
        if (interface.downs != 0) {
            line += ", was lost " + times(interface.downs);
        }
        put_line(line, works ? StatusTone::kPlain : StatusTone::kWarning);
    }
}

void StatusWriter::put_packets(const InputStatistics& input) {
    const SensorTotals before = totals_of_input(before_, input.name);
    const SensorTotals now = totals_of_input(now_, input.name);
    const std::uint64_t rejected = now.rejected_packets();
    const std::uint64_t offered = now.packets_read + now.dropped_by_kernel;
    put_row(
        {.label = "read",
         .total = grouped(now.packets_read),
         .share = "",
         .rate = rates_.text(before.packets_read, now.packets_read),
         .detail = rates_.known() ? rates_.bit_text(before.bytes_read, now.bytes_read) : ""}
    );
    put_row(
        {.label = "in flows",
         .total = grouped(now.packets_in_flows),
         .share = visible_share(now.packets_in_flows, now.packets_read),
         .rate = rates_.text(before.packets_in_flows, now.packets_in_flows),
         .detail = ""}
    );
    put_row(
        {.label = "rejected",
         .total = grouped(rejected),
         .share = visible_share(rejected, now.packets_read),
         .rate = rates_.text(before.rejected_packets(), rejected),
         .detail = counts_text(rejection_reasons(now.rejected))}
    );
    if (input.interfaces.empty()) {
        return;
    }
    const bool drops = rates_.of(before.dropped_by_kernel, now.dropped_by_kernel) > 0;
    put_row(
        {.label = "dropped",
         .total = grouped(now.dropped_by_kernel),
         .share = visible_share(now.dropped_by_kernel, offered),
         .rate = rates_.text(before.dropped_by_kernel, now.dropped_by_kernel),
         .detail = "by the kernel: no room in the ring",
         .tone = drops ? StatusTone::kBad : StatusTone::kPlain}
    );
    put_row(
        {.label = "saturation",
         .total = "",
         .share = visible_share(now.streak_permille, 1000),
         .rate = "",
         .detail = "the longest run of full blocks of a ring",
         .tone = now.streak_permille >= 500 ? StatusTone::kWarning : StatusTone::kPlain}
    );
}

void StatusWriter::put_flows() {
    const SensorTotals before = totals_of(before_);
    const SensorTotals now = totals_of(now_);
    put_heading("Flows");
    put_row(
        {.label = "active",
         .total = grouped(now.flows_active),
         .share = visible_share(now.flows_active, now.flows_capacity),
         .rate = "",
         .detail = format("of {}", grouped(now.flows_capacity))}
    );
    put_row(
        {.label = "created",
         .total = grouped(now.flows_created),
         .share = "",
         .rate = rates_.text(before.flows_created, now.flows_created),
         .detail = ""}
    );
    put_row(
        {.label = "ended",
         .total = grouped(now.flows_ended),
         .share = "",
         .rate = rates_.text(before.flows_ended, now.flows_ended),
         .detail = counts_text(end_reasons(now))}
    );
    if (now.sheds_dissection || now.not_dissected != 0) {
        put_row(
            {.label = "not dissected",
             .total = grouped(now.not_dissected),
             .share = visible_share(now.not_dissected, now.flows_created),
             .rate = rates_.text(before.not_dissected, now.not_dissected),
             .detail = now.sheds_dissection ? "dissection gives way to capture" : "",
             .tone = now.sheds_dissection ? StatusTone::kWarning : StatusTone::kPlain}
        );
    }
}

void StatusWriter::put_sinks() {
    put_heading("Sinks");
    if (now_.sinks.empty()) {
        put_line("  none");
    }
    for (const SinkStatistics& sink : now_.sinks) {
        put_sink(sink);
    }
}

void StatusWriter::put_sink(const SinkStatistics& sink) {
    const auto found = std::ranges::find(before_.sinks, sink.name, &SinkStatistics::name);
    const SinkStatistics& before = found == before_.sinks.end() ? sink : *found;
    put_line(
        format("{}: {} {}", printable(sink.name), printable(sink.type), printable(sink.destination))
    );
    if (!sink.working || !sink.problem.empty()) {
        const std::string last =
            sink.last_success_ms == 0
                ? "never worked"
                : format("worked last {} ago", since(now_.time_ms, sink.last_success_ms));
        const std::string problem = sink.problem.empty() ? "does not work" : sink.problem;
        put_line(
            format("  {} ({})", printable(problem), last),
            sink.working ? StatusTone::kWarning : StatusTone::kBad
        );
    }
    std::vector<NamedCount> reasons;
    std::uint64_t dropped = 0;
    std::uint64_t dropped_before = 0;
    for (const auto& [reason, count] : sink.records_dropped) {
        reasons.push_back({.name = reason, .count = count});
        dropped += count;
    }
    for (const auto& [reason, count] : before.records_dropped) {
        dropped_before += count;
    }
    const auto row = [this](std::string_view label, std::uint64_t was, std::uint64_t is) {
        return StatusRow{
            .label = label,
            .total = grouped(is),
            .share = "",
            .rate = rates_.text(was, is),
            .detail = ""};
    };
    put_row(row("in", before.records_in, sink.records_in));
    put_row(row("acknowledged", before.records_acknowledged, sink.records_acknowledged));
    put_row(
        {.label = "queued",
         .total = grouped(sink.records_queued),
         .share = visible_share(sink.records_queued, sink.queue_capacity),
         .rate = "",
         .detail = format("of {}", grouped(sink.queue_capacity))}
    );
    StatusRow drops = row("dropped", dropped_before, dropped);
    drops.share = visible_share(dropped, sink.records_in);
    drops.detail = counts_text(reasons);
    drops.tone = dropped > dropped_before ? StatusTone::kBad : StatusTone::kPlain;
    put_row(drops);
    if (sink.records_shortened != 0) {
        put_row(row("shortened", before.records_shortened, sink.records_shortened));
    }
    if (sink.producer.producers != 0) {
        put_producer(sink.producer);
    }
}

void StatusWriter::put_producer(const ProducerNumbers& producer) {
    constexpr double kUsPerMs = 1e3;
    put_line(
        format(
            "  brokers: {} of {} connected, round trip {:.1f} ms (99%: {:.1f} ms), {} messages "
            "waiting",
            producer.brokers_up,
            producer.brokers,
            static_cast<double>(producer.round_trip_us) / kUsPerMs,
            static_cast<double>(producer.round_trip_p99_us) / kUsPerMs,
            grouped(producer.messages_waiting)
        ),
        producer.brokers_up == 0 ? StatusTone::kWarning : StatusTone::kPlain
    );
}

void StatusWriter::put_config() {
    const ConfigStatistics& config = now_.config;
    put_heading("Configuration");
    put_line("  " + (config.path.empty() ? "command line only" : printable(config.path)));
    put_line(format(
        "  in force since {} ({} ago); reloads: {}, refused: {}",
        utc(config.last_reload_ms),
        since(now_.time_ms, config.last_reload_ms),
        config.reloads,
        config.reloads_refused
    ));
    if (!config.last_reload_successful) {
        put_line("  the last reload was refused: " + printable(config.problem), StatusTone::kBad);
    }
}

void StatusWriter::put_mending() {
    std::vector<std::string> lines = now_.missing_rights;
    for (const InputStatistics& input : now_.inputs) {
        for (const InterfaceStatistics& interface : input.interfaces) {
            lines.insert(lines.end(), interface.hints.begin(), interface.hints.end());
        }
    }
    for (const WorkerStatistics& worker : now_.workers) {
        if (worker.stalled) {
            lines.push_back(format("worker {} of {} does not turn", worker.worker, worker.input));
        }
    }
    if (!now_.config.restart_keys.empty()) {
        lines.push_back(format(
            "keys in force after a restart: {}; restart with: systemctl restart flowgauge",
            join(now_.config.restart_keys, ", ")
        ));
    }
    if (!lines.empty()) {
        put_heading("To mend");
    }
    for (const std::string& line : lines) {
        put_line("  " + printable(line), StatusTone::kWarning);
    }
}

void StatusWriter::put_messages() {
    if (now_.messages.empty() && now_.messages_suppressed == 0) {
        return;
    }
    put_heading("Messages");
    for (std::size_t i = 0; i < std::min(now_.messages.size(), kMessagesMax); ++i) {
        const LogStatistics& message = now_.messages[i];
        std::string line = "  ";
        append_right(line, since(now_.time_ms, message.time_ms), 6);
        line += " ago  ";
        append_left(line, printable(message.severity), 7);
        line += "  " + printable(message.text);
        line += message.times > 1 ? " (" + times(message.times) + ")" : "";
        put_line(line, message.severity == "error" ? StatusTone::kBad : StatusTone::kPlain);
    }
    if (now_.messages_suppressed != 0) {
        put_line(format("  {} left out by the rate limit", grouped(now_.messages_suppressed)));
    }
}

}  // namespace

std::string status_text(
    const SensorStatistics& before, const SensorStatistics& now, const TextStyle& style
) {
    return StatusWriter(before, now, style).text();
}

}  // namespace flowgauge
