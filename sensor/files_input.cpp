#include "sensor/files_input.h"

#include "service/log.h"

#include <pthread.h>

namespace flowgauge {
namespace {

constexpr std::chrono::milliseconds kLookEvery{200};

}  // namespace

// Publishes the counters about five times a second, when the control thread asked for them.
class FilesInput::Watcher final : public WalkWatcher {
public:
    Watcher(FilesInput& input, const FileWalk& walk) : input_(input), walk_(walk) { want(true); }

    // Each 1,024 frames would do as well, but nobody looks that often.
    void see(const WalkPoint& point) override {
        if (point.packets >= next_) {
            next_ = point.packets + 1024;
            input_.publish(walk_);
        }
    }

private:
    FilesInput& input_;
    const FileWalk& walk_;
    std::uint64_t next_ = 0;
};

Result<std::unique_ptr<FilesInput>> FilesInput::open(
    const Settings& settings, InputSettings input, MeterLane& lane, ExportLine& line
) {
    const std::string where = "inputs." + input.name;
    Result<CaptureDirectory> directory = CaptureDirectory::open(input.files, input.watch);
    if (!directory) {
        return std::move(directory).error().within(where + ".files");
    }
    const std::atomic<bool> never{false};
    Result<FileInput> trial = FileInput::open({}, input.capture.bpf_filter, never);
    if (!trial) {
        return std::move(trial).error().within(where);
    }
    std::unique_ptr<FilesInput> files(new FilesInput(settings, std::move(input), lane, line));
    files->directory_ = std::move(directory).value();
    return files;
}

FilesInput::FilesInput(
    const Settings& settings, InputSettings input, MeterLane& lane, ExportLine& line
)
    : meter_(settings.meter),
      input_(std::move(input)),
      lane_(lane),
      line_(line),
      flows_capacity_(lane.flows_capacity) {
    change_ = {
        .filter = input_.capture.bpf_filter,
        .idle = meter_.flow.idle_timeout,
        .active = meter_.flow.active_timeout};
}

void FilesInput::start(const StopRequest& stop) {
    thread_ = std::jthread([this, &stop] {
        static_cast<void>(
            ::pthread_setname_np(::pthread_self(), ("fg-" + input_.name.substr(0, 12)).c_str())
        );
        read_all(stop);
    });
}

void FilesInput::join() {
    if (thread_.joinable()) {
        thread_.join();
    }
}

void FilesInput::read_all(const StopRequest& stop) {
    stop_ = &stop;
    DirectRoute route(lane_, line_);
    Result<FileInput> files = FileInput::open({}, "", stop.requested);
    FileWalk walk(meter_, files.value(), route, nullptr);
    Watcher watcher(*this, walk);
    EndReason reason = read_found(files.value(), walk, watcher);
    while (directory_.watches() && reason == EndReason::kEndOfInput) {
        publish(walk);
        state_.store(InputState::kWaiting, std::memory_order_relaxed);
        directory_.wait(kLookEvery);
        reason = read_found(files.value(), walk, watcher);
    }
    const bool stopped = stop.requested.load(std::memory_order_relaxed);
    walk.finish(stopped ? stop.reason.load(std::memory_order_relaxed) : reason);
    publish(walk);
    state_.store(InputState::kDone, std::memory_order_release);
}

EndReason FilesInput::read_found(FileInput& files, FileWalk& walk, WalkWatcher& watcher) {
    follow_change(files);
    for (std::string& path : directory_.take_new()) {
        state_.store(InputState::kReading, std::memory_order_relaxed);
        log_info("reading " + path, {{"INPUT", input_.name}});
        files.add(std::move(path));
        const EndReason reason = walk.walk(stop_->requested, line_, watcher);
        files_read_.fetch_add(1, std::memory_order_relaxed);
        note_problems(files);
        if (reason != EndReason::kEndOfInput) {
            return reason;
        }
        follow_change(files);
    }
    const bool stopped = stop_->requested.load(std::memory_order_relaxed);
    return stopped ? EndReason::kShutdown : EndReason::kEndOfInput;
}

void FilesInput::replace_filter(const std::string& filter) {
    const std::lock_guard lock(mutex_);
    change_.filter = filter;
    input_.capture.bpf_filter = filter;
    has_change_.store(true, std::memory_order_relaxed);
}

void FilesInput::set_timeouts(std::chrono::milliseconds idle, std::chrono::milliseconds active) {
    const std::lock_guard lock(mutex_);
    change_.idle = idle;
    change_.active = active;
    has_change_.store(true, std::memory_order_relaxed);
}

void FilesInput::follow_change(FileInput& files) {
    if (!has_change_.load(std::memory_order_relaxed)) {
        return;
    }
    const std::lock_guard lock(mutex_);
    has_change_.store(false, std::memory_order_relaxed);
    files.set_filter(change_.filter);
    lane_.shard().set_timeouts(change_.idle, change_.active);
}

void FilesInput::note_problems(FileInput& files) {
    for (const Error& problem : files.take_problems()) {
        files_failed_.fetch_add(1, std::memory_order_relaxed);
        log_warning(problem.message, {{"INPUT", input_.name}});
        const std::lock_guard lock(mutex_);
        problem_ = problem.message;
    }
}

void FilesInput::publish(const FileWalk& walk) {
    const DissectionCounters& dissection = lane_.meter->dissection();
    published_.set(
        {.packets_read = walk.intake().frames(),
         .bytes_read = walk.intake().bytes(),
         .rejected = walk.intake().rejections(),
         .shard = lane_.shard().counters(),
         .flows_active = lane_.shard().active_flows(),
         .flows_capacity = flows_capacity_,
         .flows_dissected = dissection.flows_active,
         .dissection = dissection,
         .attribution =
             lane_.attribution == nullptr ? AttributionCounters{} : lane_.attribution->counters(),
         .extension =
             lane_.extension == nullptr ? ExtensionCounters{} : lane_.extension->counters(),
         .frames_held = walk.intake().held_frames(),
         .records_emitted = lane_.outlet.emitted(),
         .records_queue_full = lane_.outlet.dropped(),
         .turns = ++turns_,
         .last_packet_ms =
             walk.last_time().seconds * 1000 + walk.last_time().nanoseconds / 1'000'000}
    );
}

InputStatistics FilesInput::statistics() const {
    const std::lock_guard lock(mutex_);
    std::string source;
    for (const std::string& name : input_.files) {
        source += (source.empty() ? "" : ", ") + name;
    }
    return {
        .name = input_.name,
        .state = state_.load(std::memory_order_relaxed),
        .source = source,
        .filter = input_.capture.bpf_filter,
        .interfaces = {},
        .files_read = files_read_.load(std::memory_order_relaxed),
        .files_failed = files_failed_.load(std::memory_order_relaxed),
        .problem = problem_};
}

}  // namespace flowgauge
