#include "offline/packet_route.h"

#include "core/packet/steering.h"

#include <array>
#include <span>

namespace flowgauge {
namespace {

constexpr std::size_t kQueueBytes = std::size_t{4} << 20;

Packet tick_of(Tick now) noexcept {
    Packet packet;
    packet.tick = now;
    return packet;
}

// A worker's life: packets into the shard until the end, as many at one time as there are.
class QueueReader {
public:
    // `flows` is kept at the number of flows that were begun.
    QueueReader(PacketQueue& queue, MeterLane& lane, std::atomic<std::uint64_t>& flows) noexcept
        : queue_(queue),
          lane_(lane),
          flows_(flows) {}

    void run(const EndReason& end_reason) {
        while (const QueuedPacket* entry = next()) {
            if (entry->kind == QueuedKind::kPacket) {
                packets_[count_++] = &entry->packet;
                if (count_ == packets_.size()) {
                    settle();
                }
                continue;
            }
            const Tick tick = entry->packet.tick;
            const bool ended = entry->kind == QueuedKind::kEnd;
            settle();
            if (ended) {
                lane_.finish(tick, end_reason);
                return;
            }
            lane_.shard().advance(tick);
            flows_.store(lane_.shard().counters().flows_created, std::memory_order_relaxed);
        }
    }

private:
    // Waits for an entry and pops it; it stays readable until settle().
    const QueuedPacket* next() {
        const QueuedPacket* entry = queue_.front();
        while (entry == nullptr) {
            settle();
            queue_.wait_for_entry();
            entry = queue_.front();
        }
        queue_.pop();
        return entry;
    }

    void settle() {
        lane_.shard().add(std::span(packets_).first(count_));
        count_ = 0;
        queue_.release();
    }

    PacketQueue& queue_;
    MeterLane& lane_;
    std::atomic<std::uint64_t>& flows_;
    std::array<const Packet*, 32> packets_{};
    std::size_t count_ = 0;
};

}  // namespace

WorkerRoute::Worker::Worker(MeterLane& own)
    : lane(own),
      queue(kQueueBytes),
      thread([this] { QueueReader(queue, lane, flows).run(end_reason); }) {}

WorkerRoute::WorkerRoute(ExportLine& line) {
    for (std::size_t i = 0; i < line.size(); ++i) {
        workers_.push_back(std::make_unique<Worker>(line.lane(i)));
    }
}

void WorkerRoute::packet(const Packet& packet, PacketBytes bytes) {
    now_ = packet.tick;
    const auto count = static_cast<std::uint32_t>(workers_.size());
    push(owner(packet.source, packet.destination, count), QueuedKind::kPacket, packet, bytes);
}

void WorkerRoute::turn_buffer() {
    const std::size_t turn = turns_++ % kBuffers;
    for (const std::unique_ptr<Worker>& worker : workers_) {
        worker->turned[turn] = worker->queue.written();
    }
    const std::size_t oldest = turns_ % kBuffers;
    wait_until_freed([oldest](const Worker& worker) { return worker.turned[oldest]; });
}

void WorkerRoute::settle() {
    wait_until_freed([](const Worker& worker) { return worker.queue.written(); });
}

// Everybody hears of the time first: the sink may wait for a worker that has nothing to do.
void WorkerRoute::wait_until_freed(const std::function<std::uint64_t(const Worker&)>& position) {
    time(now_);
    for (const std::unique_ptr<Worker>& worker : workers_) {
        worker->queue.wait_until_freed(position(*worker));
    }
}

void WorkerRoute::time(Tick now) {
    now_ = now;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        push(i, QueuedKind::kTime, tick_of(now));
        workers_[i]->queue.publish();
    }
}

void WorkerRoute::finish(Tick now, EndReason reason) {
    now_ = now;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        workers_[i]->end_reason = reason;
        push(i, QueuedKind::kEnd, tick_of(now));
        workers_[i]->queue.publish();
    }
    for (const std::unique_ptr<Worker>& worker : workers_) {
        worker->thread.join();
    }
}

std::uint64_t WorkerRoute::flows() const noexcept {
    std::uint64_t flows = 0;
    for (const std::unique_ptr<Worker>& worker : workers_) {
        flows += worker->flows.load(std::memory_order_relaxed);
    }
    return flows;
}

void WorkerRoute::push(
    std::size_t index, QueuedKind kind, const Packet& packet, PacketBytes bytes
) {
    PacketQueue& queue = workers_[index]->queue;
    const Fragment none;
    if (queue.push(kind, packet, none, bytes)) {
        return;
    }
    queue.publish();
    tell_others(index, now_);
    while (!queue.push(kind, packet, none, bytes)) {
        queue.wait_for_room();
    }
}

// A queue without room has enough to do and learns the time later.
void WorkerRoute::tell_others(std::size_t index, Tick now) {
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        if (i != index) {
            static_cast<void>(workers_[i]->queue.push(QueuedKind::kTime, tick_of(now), {}));
            workers_[i]->queue.publish();
        }
    }
}

std::unique_ptr<PacketRoute> make_route(ExportLine& line) {
    if (line.size() == 1) {
        return std::make_unique<DirectRoute>(line.lane(0), line);
    }
    return std::make_unique<WorkerRoute>(line);
}

}  // namespace flowgauge
