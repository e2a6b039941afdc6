#include "offline/file_walk.h"

namespace flowgauge {
namespace {

// Flows that live when the output takes no more end because of that.
EndReason reason_to_end(const std::atomic<bool>& stop, const ExportLine& line) noexcept {
    if (line.state() == Sink::State::kFull) {
        return EndReason::kMaxNflows;
    }
    const bool stopped =
        stop.load(std::memory_order_relaxed) || line.state() == Sink::State::kFailed;
    return stopped ? EndReason::kShutdown : EndReason::kEndOfInput;
}

}  // namespace

FileWalk::FileWalk(
    const MeterOptions& options, FileInput& input, PacketRoute& route, RejectedFrames* rejected
)
    : input_(input),
      route_(route),
      rejected_(rejected),
      intake_(options.decode, rejected),
      clock_(options.flow.time_unit),
      use_{
          .buffers = route.buffers(),
          .before_reuse =
              [this] {
                  route_.turn_buffer();
                  route_.time(clock_.now());
                  route_.pause();
              },
          .before_end =
              [this] {
                  route_.settle();
              }} {
    input_.keep_frames(use_);
}

EndReason FileWalk::walk(
    const std::atomic<bool>& stop, const ExportLine& line, WalkWatcher& watcher
) {
    constexpr std::uint64_t kLookEvery = 1024;
    Frame frame;
    while (true) {
        if (intake_.frames() % kLookEvery == 0) {
            if (line.state() != Sink::State::kOpen || stop.load(std::memory_order_relaxed)) {
                break;
            }
            route_.time(clock_.now());
        }
        if (watcher.is_wanted()) {
            watcher.see(
                {.bytes = input_.bytes_read(), .packets = intake_.frames(), .flows = route_.flows()}
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
    return reason_to_end(stop, line);
}

void FileWalk::finish(EndReason reason) {
    intake_.finish(last_time_);
    route_.finish(clock_.now(), reason);
}

void FileWalk::take(const Frame& frame) {
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

}  // namespace flowgauge
