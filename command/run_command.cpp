#include "command/run_command.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "command/output_format.h"
#include "pipeline/export_line.h"
#include "pipeline/worker_count.h"
#include "sensor/live_capture.h"
#include "sensor/performance_report.h"
#include "service/message.h"
#include "service/stop_signals.h"

namespace flowgauge {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
using Captures = std::vector<std::unique_ptr<LiveCapture>>;

constexpr milliseconds kLookEvery{50};

Result<Captures> open_captures(const Settings& settings, std::uint32_t workers) {
    Captures captures;
    const auto rings = static_cast<std::uint32_t>(settings.sources.size()) * workers;
    for (const std::string& interface : settings.sources) {
        Result<std::unique_ptr<LiveCapture>> capture =
            LiveCapture::open(settings, interface, workers, rings);
        if (!capture) {
            return std::move(capture).error();
        }
        for (const std::string& note : capture.value()->notes()) {
            print_message(note);
        }
        captures.push_back(std::move(capture).value());
    }
    return captures;
}

Result<void> start_captures(
    const Settings& settings, Captures& captures, ExportLine& line, const StopRequest& stop
) {
    std::size_t next_lane = 0;
    Result<void> result;
    for (const std::unique_ptr<LiveCapture>& capture : captures) {
        Result<void> started = capture->start(settings, line, next_lane, stop);
        next_lane += capture->workers().size();
        if (!started && result) {
            result = std::move(started);
        }
    }
    return result;
}

void print_line(const std::string& text) {
    const std::string line = text + "\n";
    static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
}

// Waits until there is a reason to stop. Returns what has failed by then.
ExitStatus watch(
    const Settings& settings,
    const Captures& captures,
    const ExportLine& line,
    const StopSignals& signals,
    StopRequest& stop
) {
    auto next_report = Clock::now() + settings.performance_report;
    while (!signals.wait(kLookEvery)) {
        if (line.sink().state() == Sink::State::kFull) {
            stop.reason = EndReason::kMaxNflows;
            return ExitStatus::kDone;
        }
        if (line.sink().state() == Sink::State::kFailed) {
            return ExitStatus::kOutput;
        }
        const auto gone = std::ranges::find_if(captures, &LiveCapture::is_gone);
        if (gone != captures.end()) {
            print_message((*gone)->interface() + ": the interface was removed; stopping");
            return ExitStatus::kFailed;
        }
        if (settings.performance_report.count() > 0 && Clock::now() >= next_report) {
            next_report += settings.performance_report;
            print_line(performance_report(captures));
        }
    }
    return ExitStatus::kDone;
}

}  // namespace

ExitStatus run_capture(Settings settings) {
    settle_format(settings, look_at_terminal(STDOUT_FILENO), InputKind::kLive);
    const StopSignals signals;
    const std::uint32_t workers = worker_count(settings.workers);
    Result<Captures> captures = open_captures(settings, workers);
    if (!captures) {
        return report_error(captures.error());
    }
    Result<std::unique_ptr<ExportLine>> line = ExportLine::open(
        settings,
        static_cast<std::uint32_t>(captures.value().size()) * workers,
        RowOrder::kAsTheyCome
    );
    if (!line) {
        return report_error(line.error());
    }
    StopRequest stop;
    const auto begin = Clock::now();
    ExitStatus status = ExitStatus::kDone;
    if (Result<void> started = start_captures(settings, captures.value(), *line.value(), stop);
        started) {
        const bool table = settings.output.encoder.format == RecordFormat::kTable;
        print_message(
            table ? "ready: capturing; Ctrl-C ends it and shows the table" : "ready: capturing"
        );
        status = watch(settings, captures.value(), *line.value(), signals, stop);
    } else {
        status = report_error(started.error());
    }
    stop.requested = true;
    RunSummary summary;
    for (const std::unique_ptr<LiveCapture>& capture : captures.value()) {
        capture->join();
        capture->sum_up(summary);
    }
    Result<void> written = line.value()->join();
    line.value()->sum_up(summary);
    summary.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    Result<void> reported = report(summary, settings.output.summary_path);
    for (Result<void>* result : {&written, &reported}) {
        if (!*result) {
            status = worse(status, report_error(result->error()));
        }
    }
    return status;
}

}  // namespace flowgauge
