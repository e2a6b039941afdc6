#include "sensor/live_capture.h"

#include "capture/ring_memory.h"

#include <unistd.h>

#include <algorithm>

namespace flowgauge {

Result<std::unique_ptr<LiveCapture>> LiveCapture::open(
    const Settings& settings,
    const std::string& interface,
    std::uint32_t workers,
    std::uint32_t ring_workers
) {
    CaptureOptions options = settings.capture;
    options.interface = interface;
    options.workers = workers;
    Result<NetworkInterface> found = find_interface(interface);
    if (!found) {
        return std::move(found).error();
    }
    Result<RingGeometry> geometry = plan_ring(
        {.bytes_per_worker = options.socket_buffer_size,
         .workers = ring_workers,
         .available_bytes = available_memory(),
         .snapshot_length = effective_snapshot_length(options, found.value().is_loopback),
         .page_bytes = static_cast<std::uint32_t>(::sysconf(_SC_PAGESIZE))}
    );
    if (!geometry) {
        return std::move(geometry).error().within(interface);
    }
    Result<RingGroup> group = RingGroup::open(options, geometry.value());
    if (!group) {
        return std::move(group).error();
    }
    return std::unique_ptr<LiveCapture>(
        new LiveCapture(std::move(group).value(), settings.handoff_packets, workers)
    );
}

Result<void> LiveCapture::start(
    const Settings& settings, ExportLine& line, std::size_t first_lane, const StopRequest& stop
) {
    for (std::uint32_t i = 0; i < board_.workers(); ++i) {
        workers_.push_back(std::make_unique<LiveWorker>(
            group_.rings()[i],
            settings.capture.ring_retire,
            board_,
            i,
            line.lane(first_lane + i),
            settings.meter
        ));
    }
    Result<void> started = group_.start();
    for (const std::unique_ptr<LiveWorker>& worker : workers_) {
        threads_.emplace_back([&stop, own = worker.get()] { own->run(stop.requested, stop.reason); }
        );
    }
    return started;
}

void LiveCapture::join() {
    for (std::jthread& thread : threads_) {
        thread.join();
    }
}

bool LiveCapture::is_gone() const noexcept {
    return std::ranges::any_of(workers_, [](const auto& worker) {
        return worker->live().interface_gone.load(std::memory_order_relaxed);
    });
}

void LiveCapture::sum_up(RunSummary& summary) {
    std::uint64_t dropped = summary.capture_dropped.value_or(0);
    for (const std::unique_ptr<LiveWorker>& worker : workers_) {
        summary.packets_read += worker->intake().frames();
        summary.rejected.merge(worker->intake().rejections());
        summary.late_packets += worker->late_packets();
        dropped += worker->ring_statistics().drops;
    }
    summary.capture_dropped = dropped;
}

}  // namespace flowgauge
