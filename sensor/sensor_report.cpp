// What the sensor knows about itself: the part of Sensor that only reads.
#include "core/base/format.h"
#include "sensor/process_statistics.h"
#include "sensor/sensor.h"
#include "service/log.h"
#include "service/sensor_name.h"
#include "service/version.h"
#include "telemetry/extension_statistics.h"
#include "telemetry/sink_statistics.h"
#include "telemetry/visibility_statistics.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;

std::int64_t now_ms() {
    using std::chrono::system_clock;
    return std::chrono::duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::string_view severity_name(Severity severity) {
    return severity == Severity::kError ? "error" : "warning";
}

}  // namespace

SensorStatistics Sensor::statistics() const {
    SensorStatistics statistics;
    statistics.state = state_;
    statistics.sensor = sensor_name(settings_.sensor);
    const BuildVersion build = build_version();
    statistics.version = build.flowgauge;
    statistics.ndpi_version = build.ndpi;
    statistics.compiler = build.compiler;
    statistics.time_ms = now_ms();
    statistics.start_ms = start_ms_;
    add_sinks(statistics);  // before the workers, see sink_reading.h
    inputs_->collect(statistics);
    const std::size_t live = inputs_->live_turns().size();
    for (std::size_t i = 0; i < std::min(live, statistics.workers.size()); ++i) {
        statistics.workers[i].stalled = watch_.is_stalled(i);
    }
    statistics.config = reload_->statistics();
    add_applications(statistics);
    add_visibility(statistics);
    statistics.extension = statistics_of(settings_.meter.extension.get());
    statistics.process = read_process_statistics();
    for (const LoggedMessage& message : recent_messages()) {
        statistics.messages.push_back(
            {.time_ms = message.time_ms,
             .severity = std::string(severity_name(message.severity)),
             .text = message.text,
             .times = message.times}
        );
    }
    statistics.messages_suppressed = messages_suppressed();
    statistics.missing_rights = missing_rights_;
    if (server_ != nullptr) {
        statistics.http = server_->statistics();
    }
    add_readiness(statistics);
    return statistics;
}

void Sensor::add_sinks(SensorStatistics& statistics) const {
    for (std::size_t i = 0; i < line_->sinks(); ++i) {
        const LineSink& each = line_->sink(i);
        SinkStatistics sink;
        set_numbers(sink, line_->read_sink(i));
        sink.name = each.name;
        sink.type = each.type;
        sink.destination = each.destination;
        sink.problem = sink.working ? std::string() : each.problem->text();
        statistics.sinks.push_back(std::move(sink));
    }
}

void Sensor::add_applications(SensorStatistics& statistics) const {
    const std::shared_ptr<const ApplicationNames> names = line_->application_names();
    if (names == nullptr) {
        return;
    }
    std::map<std::string, ApplicationTally::Counts> sums;
    for (std::size_t i = 0; i < line_->size(); ++i) {
        line_->lane(i).meter->dissection_desk().applications.visit(
            [&](const Application* application, const ApplicationTally::Counts& counts) {
                ApplicationTally::Counts& sum =
                    sums[application == nullptr ? "other" : names->application(*application)];
                sum.flows += counts.flows;
                sum.packets += counts.packets;
                sum.bytes += counts.bytes;
            }
        );
    }
    for (const auto& [name, counts] : sums) {
        statistics.applications.push_back(
            {.name = name, .flows = counts.flows, .packets = counts.packets, .bytes = counts.bytes}
        );
    }
    std::ranges::sort(statistics.applications, [](const auto& a, const auto& b) {
        return a.bytes != b.bytes ? a.bytes > b.bytes : a.name < b.name;
    });
}

void Sensor::add_visibility(SensorStatistics& statistics) const {
    if (visibility_ == nullptr) {
        return;
    }
    statistics.visibility.state = visibility_->state();
    statistics.visibility.poller = visibility_->counters();
    statistics.visibility.attributed = sum_of_attribution(statistics.workers);
    ProcessSums processes;
    for (std::size_t i = 0; i < line_->size(); ++i) {
        processes.add(line_->lane(i).attribution->processes());
    }
    statistics.processes = processes.list();
}

void Sensor::add_readiness(SensorStatistics& statistics) const {
    if (state_ == SensorState::kStarting || state_ == SensorState::kStopping) {
        statistics.not_ready.emplace_back(
            state_ == SensorState::kStarting ? "the sensor is starting" : "the sensor is stopping"
        );
    }
    for (const InputStatistics& input : statistics.inputs) {
        const bool live = !input.interfaces.empty() || input.files_read == 0;
        if (input.state == InputState::kWaiting && live && !input.problem.empty()) {
            statistics.not_ready.push_back("input " + input.name + " waits: " + input.problem);
        }
    }
    for (const SinkStatistics& sink : statistics.sinks) {
        if (!sink.working) {
            statistics.not_ready.push_back("sink " + sink.name + ": " + sink.problem);
        }
    }
    if (watch_.stalled() > 0) {
        statistics.not_ready.push_back(format("{} workers are stuck", watch_.stalled()));
    }
}

RunSummary Sensor::summary() const {
    RunSummary summary;
    SensorStatistics statistics;
    inputs_->collect(statistics);
    std::uint64_t dropped = 0;
    for (const WorkerStatistics& worker : statistics.workers) {
        summary.packets_read += worker.counters.packets_read;
        summary.rejected.merge(worker.counters.rejected);
        summary.late_packets += worker.counters.late_packets;
        dropped += worker.counters.ring_dropped;
    }
    if (!inputs_->live().empty()) {
        summary.capture_dropped = dropped;
    }
    line_->sum_up(summary);
    summary.seconds = std::chrono::duration<double>(ended_ - began_).count();
    return summary;
}

// In no flow: rejected, or dropped by the kernel.
std::uint64_t Sensor::ignored_packets() const {
    SensorStatistics statistics;
    inputs_->collect(statistics);
    std::uint64_t packets = 0;
    for (const WorkerStatistics& worker : statistics.workers) {
        packets += worker.counters.rejected.total() + worker.counters.ring_dropped;
    }
    return packets;
}

std::string Sensor::status_line(const SensorStatistics& statistics) {
    std::uint64_t read = 0;
    std::uint64_t dropped = 0;
    std::uint64_t active = 0;
    for (const WorkerStatistics& worker : statistics.workers) {
        read += worker.counters.packets_read;
        dropped += worker.counters.ring_dropped;
        active += worker.counters.flows_active;
    }
    const auto capturing =
        std::ranges::count(statistics.inputs, InputState::kCapturing, &InputStatistics::state);
    const std::string text = format(
        "{} of {} inputs capturing, {} packets, {} dropped, {} flows active",
        capturing,
        statistics.inputs.size(),
        read,
        dropped,
        active
    );
    return statistics.not_ready.empty() ? text : statistics.not_ready.front() + "; " + text;
}

}  // namespace flowgauge
