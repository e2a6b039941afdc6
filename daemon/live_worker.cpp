#include "daemon/live_worker.h"

#include "core/packet/steering.h"

#include <poll.h>

#include <algorithm>
#include <ctime>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kPollTimeout{20};

// Frames between two looks at the clock of others, the outlet and the stop request.
constexpr int kTurnFrames = 256;

// Beyond the retire time: what the kernel's timer, its softirq and our own scheduling may add.
constexpr milliseconds kRetireMargin{20};

// While blocks wait for another worker's watermark there is nothing to poll for.
constexpr int kHoldPauseMs = 2;

constexpr KernelTime kSecond = 1'000'000'000;

KernelTime in_nanoseconds(milliseconds duration) noexcept {
    return static_cast<KernelTime>(nanoseconds(duration).count());
}

KernelTime kernel_time(CaptureTime time) noexcept {
    return time.seconds * kSecond + time.nanoseconds;
}

CaptureTime capture_time(KernelTime time) noexcept {
    return {.seconds = time / kSecond, .nanoseconds = static_cast<std::uint32_t>(time % kSecond)};
}

// The clock that the kernel stamps frames with.
KernelTime now() noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    return static_cast<KernelTime>(time.tv_sec) * kSecond + static_cast<KernelTime>(time.tv_nsec);
}

void publish(std::atomic<std::uint64_t>& cell, std::uint64_t value) noexcept {
    cell.store(value, std::memory_order_relaxed);
}

}  // namespace

LiveWorker::LiveWorker(
    RingSource& ring,
    milliseconds ring_retire,
    HandoffBoard& board,
    std::uint32_t index,
    MeterLane& lane,
    const MeterOptions& options
)
    : ring_(ring),
      ring_retire_(ring_retire),
      board_(board),
      index_(index),
      lane_(lane),
      intake_(options.decode),
      clock_(options.flow.time_unit) {}

void LiveWorker::run(const std::atomic<bool>& stop, const std::atomic<EndReason>& reason) {
    while (!(drain(stop) && board_.is_quiet())) {
        if (!turn()) {
            idle(now());
        }
        lane_.shard().emit_waiting();
        lane_.outlet.turn();
        publish_counters();
    }
    intake_.finish(capture_time(std::max(last_metered_, stopped_at_)));
    publish_counters();
    lane_.finish(clock_.now(), reason.load(std::memory_order_relaxed));
}

// After a stop request: refuses further frames, and gives those already received time to arrive.
// Returns whether the ring is empty for good.
bool LiveWorker::drain(const std::atomic<bool>& stop) {
    if (drained_ || !stop.load(std::memory_order_relaxed)) {
        return drained_;
    }
    const KernelTime time = now();
    if (stopped_at_ == 0) {
        ring_.stop_reception();
        stopped_at_ = time;
    }
    const KernelTime patience = in_nanoseconds(2 * ring_retire_ + kRetireMargin);
    if (time >= stopped_at_ + patience && ring_.peek() == nullptr) {
        announce(kEndOfTime);
        drained_ = true;
        board_.set_drained(index_);
    }
    return drained_;
}

// Takes up to kTurnFrames packets in the order of kernel time. Returns false when there was nothing
// to do.
bool LiveWorker::turn() {
    for (int i = 0; i < kTurnFrames; ++i) {
        Head head = earliest();
        if (!head.exists()) {
            return i > 0;
        }
        if (head.time > safe_until_) {
            learn_watermarks();
            head = earliest();  // what came with those watermarks may be earlier
            if (head.time > safe_until_ && must_hold(head)) {
                ::poll(nullptr, 0, kHoldPauseMs);
                return true;
            }
        }
        take(head);
    }
    if (board_.workers() > 1) {
        announce(own_progress(earliest(), 0));
    }
    return true;
}

LiveWorker::Head LiveWorker::earliest() {
    Head head{.from = index_, .frame = ring_.peek()};
    if (head.frame != nullptr) {
        head.time = kernel_time(head.frame->time);
    }
    for (std::uint32_t from = 0; from < board_.workers(); ++from) {
        if (from == index_) {
            continue;
        }
        const QueuedPacket* handed = board_.queue(from, index_).front();
        if (handed != nullptr && kernel_time(handed->packet.time) < head.time) {
            head = {.time = kernel_time(handed->packet.time), .from = from, .handed = handed};
        }
    }
    return head;
}

void LiveWorker::learn_watermarks() {
    KernelTime reached = kEndOfTime;
    for (std::uint32_t worker = 0; worker < board_.workers(); ++worker) {
        if (worker != index_) {
            reached = std::min(reached, board_.watermark(worker));
        }
    }
    safe_until_ = std::max(safe_until_, reached);
}

// How far this worker has come: to just before its next packet, or, when it has none, to what the
// kernel must have delivered by `time`. A tunnel packet that was itself handed over and goes on to
// a third worker is not covered; it may arrive late, and is counted then.
KernelTime LiveWorker::own_progress(const Head& head, KernelTime time) const noexcept {
    return head.exists() ? head.time - 1 : time - in_nanoseconds(ring_retire_ + kRetireMargin);
}

// Another worker may still hand over something earlier. Nobody waits for a packet that is twice the
// retire time old: a worker that late is behind by a backlog of its own.
bool LiveWorker::must_hold(const Head& head) {
    announce(own_progress(head, 0));
    return now() < head.time + in_nanoseconds(2 * ring_retire_);
}

void LiveWorker::take(const Head& head) {
    if (head.frame != nullptr) {
        follow(intake_.decode(*head.frame));
        ring_.pop();
        return;
    }
    const QueuedPacket& handed = *head.handed;
    intake_.take(handed.packet, handed.fragment);
    follow(handed.kind == QueuedKind::kFragment ? IntakeStep::kFragment : IntakeStep::kPacket);
    board_.queue(head.from, index_).pop();
    board_.count_settled(index_);
}

// Each step belongs to the owner of the addresses that it is about: a fragment to that of its outer
// pair, the packet that comes out of it to that of the inner one.
void LiveWorker::follow(IntakeStep step) {
    while (step != IntakeStep::kNothing) {
        const Packet& packet = intake_.packet();
        const std::uint32_t to = owner(packet.source, packet.destination, board_.workers());
        if (to != index_) {
            hand_over(to, step);
            return;
        }
        if (step == IntakeStep::kPacket) {
            meter();
            return;
        }
        step = intake_.reassemble();
    }
}

void LiveWorker::hand_over(std::uint32_t to, IntakeStep step) {
    const QueuedKind kind =
        step == IntakeStep::kFragment ? QueuedKind::kFragment : QueuedKind::kPacket;
    // Counted before it can be settled.
    board_.count_pushed(index_);
    if (!board_.queue(index_, to).push(kind, intake_.packet(), intake_.fragment())) {
        board_.count_settled(index_);
        intake_.reject(Rejection::kHandoffFull);
        return;
    }
    board_.queue(index_, to).publish();
}

void LiveWorker::meter() {
    Packet& packet = intake_.packet();
    if (!clock_.stamp(packet)) {
        intake_.reject(Rejection::kTimeRange);
        return;
    }
    const KernelTime time = kernel_time(packet.time);
    if (time < advanced_to_ || (time < last_metered_ && board_.workers() > 1)) {
        ++late_packets_;
    }
    last_metered_ = std::max(last_metered_, time);
    lane_.shard().add(packet);
}

void LiveWorker::announce(KernelTime watermark) {
    if (!drained_) {
        board_.raise_watermark(index_, watermark);
    }
}

// The ring is empty: everything stamped before the retire time has come. Idle flows leave by that
// clock, held back to what the other workers have reached.
void LiveWorker::idle(KernelTime time) {
    KernelTime reached = own_progress({}, time);
    announce(reached);
    for (std::uint32_t worker = 0; worker < board_.workers(); ++worker) {
        if (worker != index_) {
            reached = std::min(reached, board_.watermark(worker));
        }
    }
    if (earliest().exists()) {
        return;
    }
    advanced_to_ = std::max(advanced_to_, reached);
    clock_.advance(capture_time(reached));
    intake_.expire(capture_time(reached));
    lane_.shard().advance(clock_.now());
    if (drained_) {
        ::poll(nullptr, 0, kHoldPauseMs);
        return;
    }
    ring_.wait(kPollTimeout);
    if (ring_.interface_gone()) {
        live_.interface_gone.store(true, std::memory_order_relaxed);
    }
}

// Counters for others, and once a second those of the kernel, which are 32 bits wide.
void LiveWorker::publish_counters() {
    const ShardCounters& shard = lane_.meter->shard().counters();
    publish(live_.packets_read, intake_.frames());
    publish(live_.packets_in_flows, shard.packets_in_flows);
    publish(live_.packets_rejected, intake_.rejections().total());
    publish(live_.flows_expired, shard.expired());
    const KernelTime time = now();
    if (time >= last_statistics_ + kSecond) {
        last_statistics_ = time;
        publish(live_.capture_dropped, ring_.read_statistics().drops);
    }
}

}  // namespace flowgauge
