#include "sensor/live_worker.h"

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

KernelTime read_clock(clockid_t clock) noexcept {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<KernelTime>(time.tv_sec) * kSecond + static_cast<KernelTime>(time.tv_nsec);
}

// The clock that the kernel stamps frames with.
KernelTime now() noexcept {
    return read_clock(CLOCK_REALTIME);
}

// The clock that nobody sets, for waiting.
KernelTime steady_now() noexcept {
    return read_clock(CLOCK_MONOTONIC);
}

void pause() noexcept {
    static_cast<void>(::poll(nullptr, 0, kHoldPauseMs));
}

// Those come by one ring only, and out of them may come a packet that belongs to another worker: so
// they are put together ahead of the flows. Fragments inside tunnels wait for the others in order.
bool is_outer_fragment(IntakeStep step, const Packet& packet) noexcept {
    return step == IntakeStep::kFragment && packet.encapsulations == 1;
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
      clock_(options.flow.time_unit),
      batch_(lane.shard()) {}

void LiveWorker::run(const std::atomic<bool>& stop, const std::atomic<EndReason>& reason) {
    while (!(drain(stop) && board_.is_quiet())) {
        const KernelTime time = now();  // before the ring is looked at: what idle() relies on
        if (!turn(time)) {
            idle(time);
        }
        lane_.shard().emit_waiting();
        lane_.outlet.turn();
        publish_counters();
    }
    intake_.finish(capture_time(std::max(last_metered_, advanced_to_)));
    publish_counters();
    lane_.finish(clock_.now(), reason.load(std::memory_order_relaxed));
}

// After a stop request: refuses further frames, and gives those already received time to arrive.
// Returns whether the ring is empty for good.
bool LiveWorker::drain(const std::atomic<bool>& stop) {
    if (drained_ || !stop.load(std::memory_order_relaxed)) {
        return drained_;
    }
    const KernelTime time = steady_now();
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

// Does some work. Returns false when there was none to do at `time`.
bool LiveWorker::turn(KernelTime time) {
    if (board_.workers() == 1) {
        return read_alone();
    }
    const bool routed = route(time);
    const bool merged = merge();
    return routed || merged;
}

bool LiveWorker::read_alone() {
    for (int i = 0; i < kTurnFrames; ++i) {
        const Frame* frame = ring_.peek();
        if (frame == nullptr) {
            batch_.flush();
            return i > 0;
        }
        follow(intake_.decode(*frame));
        if (ring_.ends_block()) {
            batch_.flush();
        }
        ring_.pop();
    }
    batch_.flush();
    return true;
}

// First stage: queues what the ring has. What finds no room stays in the ring, and the watermark
// with it, until it is old: then a worker is behind by a backlog, and hand_over() counts the loss.
bool LiveWorker::route(KernelTime time) {
    const KernelTime old = time - in_nanoseconds(2 * ring_retire_);
    KernelTime reached = 0;
    int frames = 0;
    reads_ahead_ = true;
    for (; frames < kTurnFrames; ++frames) {
        const Frame* frame = ring_.peek();
        if (frame == nullptr) {
            reached = std::max(reached, delivered_by(time));
            break;
        }
        const KernelTime stamp = kernel_time(frame->time);
        if (!has_room(stamp < old)) {
            break;
        }
        reached = stamp;
        follow(intake_.decode(*frame));
        ring_.pop();
    }
    reads_ahead_ = false;
    for (std::uint32_t to = 0; to < board_.workers(); ++to) {
        board_.queue(index_, to).publish();
    }
    announce(reached);
    return frames > 0;
}

// Whether any packet can be queued; with only_own, any that stays here.
bool LiveWorker::has_room(bool only_own) noexcept {
    for (std::uint32_t to = 0; to < board_.workers(); ++to) {
        if ((to == index_ || !only_own) && !board_.queue(index_, to).takes_any()) {
            return false;
        }
    }
    return true;
}

// Second stage: takes the earliest first, as long as nothing earlier can come.
bool LiveWorker::merge() {
    const bool merged = take_due();
    settle();
    for (std::uint32_t to = 0; to < board_.workers(); ++to) {
        board_.queue(index_, to).publish();  // what came out of fragments for others
    }
    return merged;
}

bool LiveWorker::take_due() {
    for (int i = 0; i < kTurnFrames; ++i) {
        Head head = earliest();
        if (head.packet != nullptr && head.time > safe_until_) {
            safe_until_ = std::max(safe_until_, all_reached());
            head = earliest();  // what came with those watermarks may be earlier
        }
        if (head.packet == nullptr) {
            return i > 0;
        }
        if (head.time <= safe_until_) {
            held_since_ = 0;
        } else if (must_hold()) {
            return i > 0;
        }
        take(head);
    }
    return true;
}

LiveWorker::Head LiveWorker::earliest() {
    Head head;
    for (std::uint32_t from = 0; board_.workers() > 1 && from < board_.workers(); ++from) {
        const QueuedPacket* packet = board_.queue(from, index_).front();
        if (packet != nullptr && kernel_time(packet->packet.time) < head.time) {
            head = {.time = kernel_time(packet->packet.time), .from = from, .packet = packet};
        }
    }
    return head;
}

// How far all workers have read, this one included.
KernelTime LiveWorker::all_reached() const noexcept {
    KernelTime reached = kEndOfTime;
    for (std::uint32_t worker = 0; worker < board_.workers(); ++worker) {
        reached = std::min(reached, board_.watermark(worker));
    }
    return reached;
}

// A ring that was empty at `time` will deliver nothing stamped up to here. A datagram that is
// completed by a fragment from another worker and goes on to a third is not covered; it may arrive
// late, and is counted then.
KernelTime LiveWorker::delivered_by(KernelTime time) const noexcept {
    return time - in_nanoseconds(ring_retire_ + kRetireMargin);
}

// Something earlier may still come. Nobody waits for longer than twice the retire time: a worker
// that far behind has a backlog of its own, and is not waited for until it has caught up. The
// steady clock decides, so that setting the system's stalls nobody.
bool LiveWorker::must_hold() noexcept {
    const KernelTime time = steady_now();
    if (held_since_ == 0) {
        held_since_ = time;
    }
    return time < held_since_ + in_nanoseconds(2 * ring_retire_);
}

void LiveWorker::take(const Head& head) {
    const QueuedPacket& queued = *head.packet;
    intake_.take(queued.packet, queued.fragment());
    follow(queued.kind == QueuedKind::kFragment ? IntakeStep::kFragment : IntakeStep::kPacket);
    board_.queue(head.from, index_).pop();
    board_.count_settled(index_);
    if (batch_.is_empty()) {
        settle();
    }
}

// What was taken goes into the flows, and its room back to those who filled it.
void LiveWorker::settle() {
    batch_.flush();
    for (std::uint32_t from = 0; from < board_.workers(); ++from) {
        board_.queue(from, index_).release();
    }
}

// Each step belongs to the owner of the addresses that it is about: a fragment to that of its outer
// pair, the packet that comes out of it to that of the inner one.
void LiveWorker::follow(IntakeStep step) {
    PacketBytes bytes = PacketBytes::kStay;
    while (step != IntakeStep::kNothing) {
        const Packet& packet = intake_.packet();
        const std::uint32_t to = owner(packet.source, packet.destination, board_.workers());
        if (to != index_ || (reads_ahead_ && !is_outer_fragment(step, packet))) {
            hand_over(to, step);
            return;
        }
        if (step == IntakeStep::kPacket) {
            meter(bytes);
            return;
        }
        step = intake_.reassemble();
        bytes = PacketBytes::kGo;  // the next fragment may reuse them
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
    }
}

void LiveWorker::meter(PacketBytes bytes) {
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
    batch_.add(packet);
    if (bytes == PacketBytes::kGo) {
        batch_.flush();
    }
}

void LiveWorker::announce(KernelTime watermark) {
    if (!drained_ && watermark > announced_) {
        announced_ = watermark;
        board_.raise_watermark(index_, watermark);
    }
}

// Nothing to do. Idle flows leave by what all rings have delivered.
void LiveWorker::idle(KernelTime time) {
    const KernelTime reached =
        board_.workers() == 1 ? delivered_by(time) : std::min(delivered_by(time), all_reached());
    if (earliest().packet != nullptr) {
        pause();
        return;
    }
    advanced_to_ = std::max(advanced_to_, reached);
    clock_.advance(capture_time(reached));
    intake_.expire(capture_time(reached));
    lane_.shard().advance(clock_.now());
    if (drained_) {
        pause();
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
    const KernelTime time = steady_now();
    if (time >= last_statistics_ + kSecond) {
        last_statistics_ = time;
        publish(live_.capture_dropped, ring_.read_statistics().drops);
    }
}

}  // namespace flowgauge
