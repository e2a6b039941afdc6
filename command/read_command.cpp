#include "command/read_command.h"

#include "core/flow/packet_clock.h"
#include "core/packet/intake.h"

#include <unistd.h>

#include <chrono>
#include <functional>
#include <initializer_list>

#include "command/output_format.h"
#include "command/read_progress.h"
#include "offline/file_input.h"
#include "offline/packet_route.h"
#include "offline/rejected_frames.h"
#include "pipeline/export_line.h"
#include "pipeline/worker_count.h"
#include "service/message.h"
#include "service/stop_signals.h"

namespace flowgauge {
namespace {

// The walk over all frames. Everything that depends on order happens here, on one thread: decoding,
// reassembly and the clock. So records do not depend on the number of workers.
class FileWalk {
public:
    // `rejected` may be null.
    FileWalk(
        const MeterOptions& options, FileInput& input, PacketRoute& route, RejectedFrames* rejected
    )
        : input_(input),
          route_(route),
          rejected_(rejected),
          intake_(options.decode, rejected),
          clock_(options.flow.time_unit) {
        input_.keep_frames(use_);
    }
    FileWalk(const FileWalk&) = delete;
    FileWalk& operator=(const FileWalk&) = delete;
    ~FileWalk() = default;

    // Reads until the end, a stop request, or until `sink` wants nothing more. Tells `progress` how
    // far it is.
    EndReason walk(const std::atomic<bool>& stop, const Sink& sink, ReadProgress& progress) {
        constexpr std::uint64_t kLookEvery = 1024;
        Frame frame;
        while (true) {
            if (intake_.frames() % kLookEvery == 0) {
                if (sink.state() != Sink::State::kOpen) {
                    break;
                }
                if (stop.load(std::memory_order_relaxed)) {
                    break;
                }
                route_.time(clock_.now());
            }
            if (progress.is_wanted()) {
                progress.set(
                    {.bytes = input_.bytes_read(),
                     .packets = intake_.frames(),
                     .flows = route_.flows()}
                );
            }
            const FileInput::Step step = input_.next(frame);
            if (step == FileInput::Step::kEnd) {
                break;
            }
            last_time_ = frame.time;
            if (rejected_ != nullptr) {
                rejected_->take(frame);
            }
            if (step == FileInput::Step::kFiltered) {
                intake_.refuse(frame);
            } else {
                take(frame);
            }
        }
        return reason_to_end(stop, sink);
    }

    void finish(EndReason reason) {
        intake_.finish(last_time_);
        route_.finish(clock_.now(), reason);
    }

    [[nodiscard]] const Intake& intake() const noexcept { return intake_; }

private:
    // Flows that live when the output takes no more end because of that.
    static EndReason reason_to_end(const std::atomic<bool>& stop, const Sink& sink) noexcept {
        if (sink.state() == Sink::State::kFull) {
            return EndReason::kMaxNflows;
        }
        const bool stopped =
            stop.load(std::memory_order_relaxed) || sink.state() == Sink::State::kFailed;
        return stopped ? EndReason::kShutdown : EndReason::kEndOfInput;
    }

    void take(const Frame& frame) {
        if (!is_supported(frame.link_type)) {
            input_.note_link_type(frame.link_type);
        }
        IntakeStep step = intake_.decode(frame);
        bool reassembled = false;
        while (step == IntakeStep::kFragment) {
            step = intake_.reassemble();
            reassembled = true;
        }
        if (step != IntakeStep::kPacket) {
            return;
        }
        if (clock_.stamp(intake_.packet())) {
            // The next fragment may reuse the bytes of a datagram.
            route_.packet(intake_.packet(), reassembled ? PacketBytes::kGo : PacketBytes::kStay);
        } else {
            intake_.reject(Rejection::kTimeRange);
        }
    }

    FileInput& input_;
    PacketRoute& route_;
    RejectedFrames* rejected_;
    Intake intake_;
    PacketClock clock_;
    CaptureTime last_time_;
    FileInput::FrameUse use_{
        .buffers = route_.buffers(),
        .before_reuse =
            [this] {
                route_.turn_buffer();
                route_.time(clock_.now());
                route_.pause();
            },
        .before_end =
            [this] {
                route_.settle();
            }};
};

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
    const EndReason reason = walk.walk(signals.requested(), line.value()->sink(), progress);
    progress.finish();  // before the sink writes a table
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
