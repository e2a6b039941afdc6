#include "command/read_command.h"

#include "command/output_format.h"
#include "command/read_progress.h"
#include "offline/file_input.h"
#include "offline/file_walk.h"
#include "offline/packet_route.h"
#include "offline/rejected_frames.h"
#include "pipeline/export_line.h"
#include "pipeline/worker_count.h"
#include "service/message.h"
#include "service/stop_signals.h"

#include <unistd.h>

#include <chrono>
#include <initializer_list>

namespace flowgauge {
namespace {

// Prints what went wrong and returns the status that says so.
ExitStatus tell(const FileInput& input, std::initializer_list<Result<void>*> outcomes) {
    ExitStatus status = ExitStatus::kDone;
    for (const Error& problem : input.problems()) {
        status = worse(status, report_error(problem));
    }
    for (Result<void>* outcome : outcomes) {
        if (!*outcome) {
            status = worse(status, report_error(outcome->error()));
        }
    }
    return status;
}

}  // namespace

ExitStatus read_files(Settings settings) {
    const auto begin = std::chrono::steady_clock::now();
    const Terminal out = look_at_terminal(STDOUT_FILENO);
    const Terminal error = look_at_terminal(STDERR_FILENO);
    settle_format(settings, out, InputKind::kFiles);
    const StopSignals signals;
    Result<FileInput> input =
        FileInput::open(settings.sources, settings.capture.bpf_filter, signals.requested());
    if (!input) {
        return report_error(input.error());
    }
    Result<std::unique_ptr<RejectedFrames>> rejected = RejectedFrames::open(settings);
    if (!rejected) {
        return report_error(rejected.error());
    }
    Result<std::unique_ptr<ExportLine>> line =
        ExportLine::open(settings, worker_count(settings.workers), RowOrder::kByMomentAndKey);
    if (!line) {
        return report_error(line.error());
    }
    const std::unique_ptr<PacketRoute> route = make_route(*line.value());
    FileWalk walk(settings.meter, input.value(), *route, rejected.value().get());
    const bool shown = shows_progress(settings, out, error);
    ReadProgress progress(shown, shown ? bytes_to_read(settings.sources) : std::nullopt);
    const EndReason reason = walk.walk(signals.requested(), *line.value(), progress);
    progress.finish();  // before the sink writes a table
    line.value()->set_ignored_packets(walk.intake().rejections().total());
    walk.finish(reason);
    Result<void> written = line.value()->join();
    Result<void> kept = rejected.value() == nullptr ? Result<void>() : rejected.value()->close();

    RunSummary summary;
    summary.packets_read = walk.intake().frames();
    summary.rejected = walk.intake().rejections();
    line.value()->sum_up(summary);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    summary.seconds = taken.count();
    Result<void> reported = report(summary, settings.output.summary_path);
    return tell(input.value(), {&written, &kept, &reported});
}

}  // namespace flowgauge
