// FileWalk: the walk over all frames of an input of files. Everything that depends on order happens
// here, on one thread: decoding, reassembly and the clock. So records do not depend on the number
// of workers.
#pragma once

#include "core/flow/packet_clock.h"
#include "core/meter/meter_options.h"
#include "core/packet/intake.h"
#include "offline/file_input.h"
#include "offline/packet_route.h"
#include "offline/rejected_frames.h"
#include "pipeline/export_line.h"

#include <atomic>
#include <cstdint>

namespace flowgauge {

// How far a walk is.
struct WalkPoint {
    std::uint64_t bytes = 0;  // of the input
    std::uint64_t packets = 0;
    std::uint64_t flows = 0;  // begun so far
};

// Hears how far a walk is, when it asked for it. Thread: see() is called by the walk's.
class WalkWatcher {
public:
    virtual ~WalkWatcher() = default;
    WalkWatcher() = default;
    WalkWatcher(const WalkWatcher&) = delete;
    WalkWatcher& operator=(const WalkWatcher&) = delete;

    [[nodiscard]] bool is_wanted() const noexcept {
        return wanted_.load(std::memory_order_relaxed);
    }
    virtual void see(const WalkPoint& point) = 0;

protected:
    void want(bool wanted) noexcept { wanted_.store(wanted, std::memory_order_relaxed); }

private:
    std::atomic<bool> wanted_{false};
};

// Thread: one. Ownership: refers to all that it is given.
class FileWalk {
public:
    // `rejected` may be null.
    FileWalk(
        const MeterOptions& options, FileInput& input, PacketRoute& route, RejectedFrames* rejected
    );
    FileWalk(const FileWalk&) = delete;
    FileWalk& operator=(const FileWalk&) = delete;
    ~FileWalk() = default;

    // Reads until the end of what the input has, a stop request, or until `line` wants nothing
    // more. May be called again when the input has more.
    EndReason walk(const std::atomic<bool>& stop, const ExportLine& line, WalkWatcher& watcher);

    // Nothing follows: every flow ends, for `reason`, and is written.
    void finish(EndReason reason);

    [[nodiscard]] const Intake& intake() const noexcept { return intake_; }
    [[nodiscard]] CaptureTime last_time() const noexcept { return last_time_; }

private:
    void take(const Frame& frame);

    FileInput& input_;
    PacketRoute& route_;
    RejectedFrames* rejected_;
    Intake intake_;
    PacketClock clock_;
    CaptureTime last_time_;
    FileInput::FrameUse use_;
};

}  // namespace flowgauge
