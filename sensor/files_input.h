// FilesInput: one input of capture files in the sensor: those that there are, and with `watch`
// those that come into its directories later.
#pragma once

#include "config/settings.h"
#include "core/base/published.h"
#include "core/base/result.h"
#include "offline/file_input.h"
#include "offline/file_walk.h"
#include "pipeline/export_line.h"
#include "sensor/capture_directory.h"
#include "sensor/stop_request.h"
#include "telemetry/sensor_statistics.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace flowgauge {

// Its files are one stream in the order of their names: packet time drives every timeout, and flows
// go on from one file to the next. It waits for its sink; the kernel does not.
// Thread: the control thread's, with one thread inside. Ownership: refers to lane and line.
class FilesInput {
public:
    // Errors: kUsage for a filter that does not compile, or files that cannot be found or watched.
    [[nodiscard]] static Result<std::unique_ptr<FilesInput>> open(
        const Settings& settings, InputSettings input, MeterLane& lane, ExportLine& line
    );

    void start(const StopRequest& stop);
    void join();

    // A reload: frames from the next file on. Requires: it compiles.
    void replace_filter(const std::string& filter);
    void set_timeouts(std::chrono::milliseconds idle, std::chrono::milliseconds active);

    [[nodiscard]] const InputSettings& settings() const noexcept { return input_; }

    // All files are read, and none is waited for.
    [[nodiscard]] bool is_done() const noexcept {
        return state_.load(std::memory_order_acquire) == InputState::kDone;
    }

    [[nodiscard]] WorkerCounters counters() const noexcept { return published_.get(); }
    [[nodiscard]] InputStatistics statistics() const;

private:
    class Watcher;

    // What a reload has changed.
    struct Change {
        std::string filter;
        std::chrono::milliseconds idle{0};
        std::chrono::milliseconds active{0};
    };

    FilesInput(const Settings& settings, InputSettings input, MeterLane& lane, ExportLine& line);

    void read_all(const StopRequest& stop);
    [[nodiscard]] EndReason read_found(FileInput& files, FileWalk& walk, WalkWatcher& watcher);
    void follow_change(FileInput& files);
    void note_problems(FileInput& files);
    void publish(const FileWalk& walk);

    MeterOptions meter_;
    InputSettings input_;
    MeterLane& lane_;
    ExportLine& line_;
    CaptureDirectory directory_;
    const StopRequest* stop_ = nullptr;
    std::atomic<InputState> state_{InputState::kReading};
    std::atomic<std::uint64_t> files_read_{0};
    std::atomic<std::uint64_t> files_failed_{0};
    std::atomic<bool> has_change_{true};
    mutable std::mutex mutex_;  // of the two below
    Change change_;
    std::string problem_;
    Published<WorkerCounters> published_;
    std::uint64_t turns_ = 0;
    std::uint64_t flows_capacity_;
    std::jthread thread_;
};

}  // namespace flowgauge
