#include "sensor/live_worker.h"

#include "core/meter/record_layout.h"
#include "core/packet/steering.h"

#include <poll.h>

#include <algorithm>
#include <ctime>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPollTimeout{20};

// Frames between two looks at the clock of others, the outlet and the stop request.
constexpr int kTurnFrames = 256;

// Beyond the retire time: what the kernel's timer, its softirq and our own scheduling may add.
constexpr milliseconds kRetireMargin{20};

// While blocks wait for another worker's watermark there is nothing to poll for.
constexpr int kHoldPauseMs = 2;

std::uint64_t thread_cpu_time() noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * kNanosecondsPerSecond +
           static_cast<std::uint64_t>(time.tv_nsec);
}

void pause() noexcept {
    static_cast<void>(::poll(nullptr, 0, kHoldPauseMs));
}

// Those come by one ring only, and out of them may come a packet that belongs to another worker: so
// they are put together ahead of the flows. Fragments inside tunnels wait for the others in order.
bool is_outer_fragment(IntakeStep step, const Packet& packet) noexcept {
    return step == IntakeStep::kFragment && packet.encapsulations == 1;
}

}  // namespace

LiveWorker::LiveWorker(
    const LiveWorkerSetup& setup, HandoffBoard& board, MeterLane& lane, SystemClock& clock
)
    : ring_retire_(setup.ring_retire),
      board_(board),
      index_(setup.index),
      lane_(lane),
      shard_clock_(clock, setup.ring_retire + kRetireMargin),
      rings_(shard_clock_, setup.ring_retire + kRetireMargin),
      intake_(setup.meter.decode),
      clock_(setup.meter.flow.time_unit),
      batch_(lane.shard()),
      scan_(layout_of(setup.meter)),
      shedding_(lane.meter->dissection_desk().shedding),
      time_unit_(setup.meter.flow.time_unit),
      fragments_come_by_one_ring_(setup.fanout == FanoutMode::kAddresses) {
    counters_.flows_capacity = setup.flows_capacity;
    shedding_.allow(setup.meter.dissection.shed);
}

void LiveWorker::run(const std::atomic<bool>& stop, const std::atomic<EndReason>& reason) {
    while (!(drain(stop) && board_.is_quiet())) {
        const KernelTime time = shard_clock_.look();  // before rings are looked at, see idle()
        follow_clock();
        if (orders_.is_waiting()) {
            follow_orders();
        }
        rings_.begin_turn();
        while (RingSource* ring = rings_.take_detached()) {
            orders_.give_back(ring);
        }
        if (!turn(time)) {
            idle();
        }
        if (scan_.is_busy()) {
            scan_.go_on(lane_.shard());
        }
        lane_.shard().emit_waiting();
        lane_.turn();
        publish_counters();
    }
    intake_.finish(capture_time(std::max(last_metered_, advanced_to_)));
    lane_.finish(clock_.now(), reason.load(std::memory_order_relaxed));
    read_rings();
    publish_counters();
}

void LiveWorker::follow_orders() {
    for (const WorkerOrder& order : orders_.take()) {
        if (const auto* attach = std::get_if<AttachRing>(&order)) {
            rings_.attach(*attach->ring, attach->observation_point);
        } else if (const auto* retire = std::get_if<RetireRing>(&order)) {
            rings_.retire(*retire->ring);
        } else if (const auto* settings = std::get_if<std::shared_ptr<const LiveSettings>>(&order)) {
            apply(**settings);
        } else if (const auto* request = std::get_if<std::shared_ptr<FlowsRequest>>(&order)) {
            scan_.begin(*request);
        }
    }
}

void LiveWorker::apply(const LiveSettings& settings) {
    lane_.shard().set_timeouts(settings.idle_timeout, settings.active_timeout);
    shedding_.allow(settings.shed);
}

// The system's clock was set: the shard's goes on, and records tell the system's time.
void LiveWorker::follow_clock() {
    while (era_ < shard_clock_.era()) {
        const ClockEra era = shard_clock_.era_at(++era_);
        const auto since = quantise(capture_time(era.began), time_unit_);
        const Tick per_millisecond = ticks_per_second(time_unit_) / 1000;
        lane_.shard().set_clock_shift(
            since.value_or(clock_.now()),
            -(era.offset / kNanosecondsPerMillisecond) * per_millisecond
        );
        ++counters_.clock_steps;
        counters_.clock_offset_ms = -era.offset / kNanosecondsPerMillisecond;
    }
}

// After a stop request: refuses further frames, and gives those already received time to arrive.
// Returns whether the ring is empty for good.
bool LiveWorker::drain(const std::atomic<bool>& stop) {
    if (drained_ || !stop.load(std::memory_order_relaxed)) {
        return drained_;
    }
    const KernelTime time = shard_clock_.steady();
    if (stopped_at_ == 0) {
        rings_.stop_reception();
        stopped_at_ = time;
    }
    const KernelTime patience = in_nanoseconds(2 * (ring_retire_ + kRetireMargin));
    if (time >= stopped_at_ + patience && rings_.peek() == nullptr) {
        announce(kEndOfTime);
        drained_ = true;
        board_.set_drained(index_);
    }
    return drained_;
}

// Does some work. Returns false when there was none to do at `time`.
bool LiveWorker::turn(KernelTime time) {
    counters_.ring_streak_permille =
        shedding_.look(rings_.take_block_streak(), shard_clock_.steady());
    if (board_.workers() == 1) {
        return read_alone();
    }
    const bool routed = route(time);
    const bool merged = merge();
    return routed || merged;
}

bool LiveWorker::read_alone() {
    for (int i = 0; i < kTurnFrames; ++i) {
        const Frame* frame = rings_.peek();
        if (frame == nullptr) {
            batch_.flush();
            return i > 0;
        }
        follow(intake_.decode(*frame));
        if (rings_.ends_block()) {
            batch_.flush();
        }
        rings_.pop();
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
        const Frame* frame = rings_.peek();
        if (frame == nullptr) {
            reached = std::max(reached, rings_.reached());
            break;
        }
        const KernelTime stamp = kernel_time(frame->time);
        if (!has_room(stamp < old)) {
            break;
        }
        reached = stamp;
        follow(intake_.decode(*frame));
        rings_.pop();
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

// Something earlier may still come. Nobody waits for longer than twice the retire time: a worker
// that far behind has a backlog of its own, and is not waited for until it has caught up. The
// steady clock decides, so that setting the system's stalls nobody.
bool LiveWorker::must_hold() noexcept {
    const KernelTime time = shard_clock_.steady();
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
        if (to != index_ ||
            (reads_ahead_ && !(fragments_come_by_one_ring_ && is_outer_fragment(step, packet)))) {
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
    counters_.handed_over += to == index_ ? 0 : 1;
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
    if (time < advanced_to_ || (time < last_metered_ && !rings_.is_alone(board_.workers()))) {
        ++counters_.late_packets;
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
void LiveWorker::idle() {
    const KernelTime reached =
        board_.workers() == 1 ? rings_.reached() : std::min(rings_.reached(), all_reached());
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
    if (!scan_.is_busy()) {
        rings_.wait(kPollTimeout);
    }
}

// All counters as of one moment, and once a second those of the kernel, which are 32 bits wide.
void LiveWorker::publish_counters() {
    counters_.packets_read = intake_.frames();
    counters_.bytes_read = intake_.bytes();
    counters_.rejected = intake_.rejections();
    counters_.shard = lane_.shard().counters();
    counters_.flows_active = lane_.shard().active_flows();
    counters_.dissection = lane_.meter->dissection();
    counters_.flows_dissected = counters_.dissection.flows_active;
    counters_.dissection_shed = shedding_.is_shedding() ? 1 : 0;
    counters_.dissection_shed_flows = counters_.dissection.flows_shed;
    counters_.frames_held = intake_.held_frames();
    if (lane_.attribution != nullptr) {
        counters_.attribution = lane_.attribution->counters();
    }
    if (lane_.extension != nullptr) {
        counters_.extension = lane_.extension->counters();
    }
    counters_.records_emitted = lane_.outlet.emitted();
    counters_.records_queue_full = lane_.outlet.dropped();
    counters_.last_packet_ms = last_metered_ / kNanosecondsPerMillisecond;
    ++counters_.turns;
    if (shard_clock_.steady() >= last_statistics_ + kNanosecondsPerSecond) {
        last_statistics_ = shard_clock_.steady();
        read_rings();
    }
    published_.set(counters_);
}

void LiveWorker::read_rings() {
    const RingStatistics rings = rings_.read_statistics();
    counters_.ring_dropped = rings.drops;
    counters_.ring_freezes = rings.freezes;
    counters_.ring_blocks = rings.blocks;
    counters_.ring_polls = rings.polls;
    counters_.ring_truncated = rings.truncated_frames;
    counters_.ring_down_events = rings.network_down_events;
    counters_.cpu_ns = thread_cpu_time();
}

}  // namespace flowgauge
