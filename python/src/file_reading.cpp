// Capture files: in the background, or turned by whoever takes the flows.
#include "offline/file_input.h"
#include "offline/file_walk.h"
#include "offline/packet_route.h"
#include "pipeline/export_line.h"
#include "pipeline/worker_count.h"

#include <pthread.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>
#include <utility>

#include "python/src/queued_reading.h"

namespace flowgauge {
namespace {

// Told each time that it is asked for: of a walk in the background now and then.
class ProgressNote final : public WalkWatcher {
public:
    void see(const WalkPoint& point) override {
        bytes_.store(point.bytes, std::memory_order_relaxed);
        packets_.store(point.packets, std::memory_order_relaxed);
        want(false);
    }
    void ask() { want(true); }

    [[nodiscard]] std::uint64_t bytes() const noexcept {
        return bytes_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t packets() const noexcept {
        return packets_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<std::uint64_t> bytes_{0};
    std::atomic<std::uint64_t> packets_{0};
};

// 0 where one of them is a pipe.
std::uint64_t bytes_of(const std::vector<std::string>& paths) {
    std::uint64_t bytes = 0;
    for (const std::string& path : paths) {
        struct stat file {};
        if (::stat(path.c_str(), &file) != 0 || !S_ISREG(file.st_mode)) {
            return 0;
        }
        bytes += static_cast<std::uint64_t>(file.st_size);
    }
    return bytes;
}

class FileReading final : public QueuedReading {
public:
    explicit FileReading(ReadingPlan plan) : QueuedReading(std::move(plan)) {}

    FileReading(const FileReading&) = delete;
    FileReading& operator=(const FileReading&) = delete;
    ~FileReading() override {
        abandon();
        if (thread_.joinable()) {
            thread_.join();
        } else if (walk_ != nullptr) {
            end();
        }
    }

    Result<void> open() {
        Result<FileInput> input =
            FileInput::open(plan_.settings.sources, plan_.settings.capture.bpf_filter, is_stopped_);
        if (!input) {
            return std::move(input).error();
        }
        input_.emplace(std::move(input).value());
        bytes_total_ = bytes_of(plan_.settings.sources);
        const std::uint32_t workers = plan_.is_pulled ? 1 : worker_count(plan_.settings.workers);
        Result<std::unique_ptr<LineSink>> sink = open_sink(workers, [this] {
            has_arrived_.store(plan_.is_pulled, std::memory_order_relaxed);
        });
        if (!sink) {
            return std::move(sink).error();
        }
        const SignalShelter shelter;
        Result<std::unique_ptr<ExportLine>> line = ExportLine::open(
            plan_.settings, workers, RowOrder::kByMomentAndKey, std::move(sink).value()
        );
        if (!line) {
            return std::move(line).error();
        }
        line_ = std::move(line).value();
        route_ = make_route(*line_);
        walk_ = std::make_unique<FileWalk>(plan_.settings.meter, *input_, *route_, nullptr);
        if (!plan_.is_pulled) {
            thread_ = std::jthread([this] { read_all(); });
        }
        return {};
    }

    BatchQueue::State take(std::unique_ptr<Batch>& out, std::chrono::milliseconds patience)
        override {
        note_.ask();
        if (plan_.is_pulled) {
            pull(patience);
            return queue_->take(out, std::chrono::milliseconds(0));
        }
        return queue_->take(out, patience);
    }

    void stop() noexcept override {
        is_stopped_.store(true, std::memory_order_relaxed);
        has_arrived_.store(true, std::memory_order_relaxed);
    }

    [[nodiscard]] ReadingProgress progress() const noexcept override {
        ReadingProgress progress{
            .bytes = is_done_.load() ? bytes_total_ : note_.bytes(),
            .bytes_total = bytes_total_,
            .packets = note_.packets()};
        progress.flows = line_->sink(0).sink->numbers().records_acknowledged;
        return progress;
    }

private:
    void read_all() {
        static_cast<void>(::pthread_setname_np(::pthread_self(), "flowgauge-read"));
        reason_ = walk_->walk(is_stopped_, *line_, note_);
        end();
    }

    // Reads until something came, or for about as long as `patience`: whoever waits looks for
    // signals now and then.
    void pull(std::chrono::milliseconds patience) {
        const auto until = std::chrono::steady_clock::now() + patience;
        while (walk_ != nullptr && !queue_->has_batches()) {
            has_arrived_.store(is_stopped_.load(), std::memory_order_relaxed);
            PauseAfter pause(has_arrived_, note_, until);
            reason_ = walk_->walk(has_arrived_, *line_, pause);
            const bool paused = has_arrived_.load(std::memory_order_relaxed) &&
                                line_->state() == Sink::State::kOpen &&
                                !is_stopped_.load(std::memory_order_relaxed);
            if (!paused) {
                end();
            } else if (pause.is_over()) {
                return;
            }
        }
    }

    // Between packets: whether the time is over.
    class PauseAfter final : public WalkWatcher {
    public:
        PauseAfter(
            std::atomic<bool>& pause,
            ProgressNote& note,
            std::chrono::steady_clock::time_point until
        )
            : pause_(pause),
              note_(note),
              until_(until) {
            want(true);
        }

        void see(const WalkPoint& point) override {
            constexpr unsigned kLookEvery = 4096;
            if (++seen_ % kLookEvery != 0) {
                return;
            }
            note_.see(point);
            if (std::chrono::steady_clock::now() >= until_) {
                is_over_ = true;
                pause_.store(true, std::memory_order_relaxed);
            }
        }
        [[nodiscard]] bool is_over() const noexcept { return is_over_; }

    private:
        std::atomic<bool>& pause_;
        ProgressNote& note_;
        std::chrono::steady_clock::time_point until_;
        unsigned seen_ = 0;
        bool is_over_ = false;
    };

    void end() {
        if (is_stopped_.load() && queue_->is_abandoned()) {
            reason_ = EndReason::kShutdown;
        }
        line_->set_ignored_packets(walk_->intake().rejections().total());
        walk_->finish(reason_);
        Result<void> written = line_->join();
        packets_ = walk_->intake().frames();
        problems_ = input_->take_problems();
        note_written(std::move(written));
        walk_.reset();
        is_done_.store(true);
        queue_->end();
    }

    std::atomic<bool> is_stopped_{false};
    std::atomic<bool> has_arrived_{false};
    std::atomic<bool> is_done_{false};
    std::uint64_t bytes_total_ = 0;
    std::optional<FileInput> input_;
    std::unique_ptr<ExportLine> line_;
    std::unique_ptr<PacketRoute> route_;
    std::unique_ptr<FileWalk> walk_;  // null: all is read
    ProgressNote note_;
    EndReason reason_ = EndReason::kEndOfInput;
    std::jthread thread_;
};

}  // namespace

Result<std::unique_ptr<Reading>> open_file_reading(ReadingPlan plan) {
    return open_reading<FileReading>(std::move(plan));
}

}  // namespace flowgauge
