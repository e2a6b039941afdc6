// Interfaces: the sensor's inputs without the sensor around them.
#include "pipeline/export_line.h"
#include "pipeline/worker_count.h"
#include "sensor/inputs.h"
#include "sensor/performance_report.h"
#include "sensor/process_visibility.h"
#include "sensor/stop_request.h"
#include "sensor/system_clock.h"
#include "service/message.h"

#include <poll.h>
#include <pthread.h>

#include <atomic>
#include <thread>
#include <utility>

#include "python/src/queued_reading.h"

namespace flowgauge {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLookOften{50};
constexpr std::chrono::seconds kLookEach{1};

class LiveReading final : public QueuedReading {
public:
    explicit LiveReading(ReadingPlan plan)
        : QueuedReading(std::move(plan)),
          clock_(machine_clock_) {}

    LiveReading(const LiveReading&) = delete;
    LiveReading& operator=(const LiveReading&) = delete;
    ~LiveReading() override {
        abandon();
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    Result<void> open() {
        const SignalShelter shelter;
        Settings& settings = plan_.settings;
        const std::uint32_t workers = Inputs::count_lanes(settings);
        if (settings.meter.attribution) {
            Result<std::unique_ptr<ProcessVisibility>> visibility =
                ProcessVisibility::start(settings, clock_, workers);
            if (!visibility) {
                return std::move(visibility).error();
            }
            visibility_ = std::move(visibility).value();
        }
        Result<std::unique_ptr<LineSink>> sink = open_sink(workers, {});
        if (!sink) {
            return std::move(sink).error();
        }
        Result<std::unique_ptr<ExportLine>> line =
            ExportLine::open(settings, workers, RowOrder::kAsTheyCome, std::move(sink).value());
        if (!line) {
            return std::move(line).error();
        }
        line_ = std::move(line).value();
        Result<std::unique_ptr<Inputs>> inputs =
            Inputs::open(settings, *line_, clock_, visibility_.get());
        if (!inputs) {
            return std::move(inputs).error();
        }
        inputs_ = std::move(inputs).value();
        if (Result<void> started = inputs_->start(stop_); !started) {
            end();
            return started;
        }
        thread_ = std::jthread([this] { run(); });
        return {};
    }

    BatchQueue::State take(std::unique_ptr<Batch>& out, std::chrono::milliseconds patience)
        override {
        return queue_->take(out, patience);
    }

    void stop() noexcept override { wants_end_.store(true, std::memory_order_relaxed); }

    [[nodiscard]] ReadingProgress progress() const noexcept override {
        return {.flows = line_->sink(0).sink->numbers().records_acknowledged};
    }

private:
    void run() {
        static_cast<void>(::pthread_setname_np(::pthread_self(), "flowgauge-live"));
        Clock::time_point next_look = Clock::now() + kLookEach;
        Clock::time_point next_report = Clock::now() + plan_.settings.performance_report;
        while (!wants_end_.load(std::memory_order_relaxed) && line_->state() == Sink::State::kOpen
        ) {
            pollfd links{.fd = inputs_->link_descriptor(), .events = POLLIN, .revents = 0};
            if (::poll(&links, 1, static_cast<int>(kLookOften.count())) > 0) {
                inputs_->follow_links();
            }
            const Clock::time_point now = Clock::now();
            if (now >= next_look) {
                next_look = now + kLookEach;
                static_cast<void>(inputs_->retry());
            }
            if (plan_.settings.performance_report.count() > 0 && now >= next_report) {
                next_report += plan_.settings.performance_report;
                report();
            }
        }
        end();
    }

    // On standard output, as NFStream.
    void report() const {
        SensorStatistics statistics;
        inputs_->collect(statistics);
        const std::string text = performance_report(statistics) + "\n";
        static_cast<void>(!::write(STDOUT_FILENO, text.data(), text.size()));
    }

    void end() {
        stop_.reason =
            line_->state() == Sink::State::kFull ? EndReason::kMaxNflows : EndReason::kShutdown;
        stop_.requested = true;
        line_->drain();
        inputs_->join();
        note_written(line_->join());
        SensorStatistics statistics;
        inputs_->collect(statistics);
        for (const WorkerStatistics& worker : statistics.workers) {
            packets_ += worker.counters.shard.packets_in_flows;
        }
        queue_->end();
    }

    MachineClock machine_clock_;
    SystemClock clock_;
    StopRequest stop_;
    std::atomic<bool> wants_end_{false};
    std::unique_ptr<ProcessVisibility> visibility_;
    std::unique_ptr<ExportLine> line_;
    std::unique_ptr<Inputs> inputs_;
    std::jthread thread_;
};

}  // namespace

Result<std::unique_ptr<Reading>> open_live_reading(ReadingPlan plan) {
    return open_reading<LiveReading>(std::move(plan));
}

}  // namespace flowgauge
