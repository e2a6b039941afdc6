#include "export/sink/sink.h"

#include "export/sink/block_store.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace flowgauge {
namespace {

using std::chrono::steady_clock;

// How long a sink sleeps at most: tasks and time are looked at this often.
constexpr std::chrono::seconds kRestMax{1};

// Tasks, time and numbers are looked at after that many records at the latest; and when there is no
// room, whether there is.
constexpr std::uint64_t kTurnEvery = 4096;
constexpr std::uint64_t kLookEvery = 64;

// Of the cold bytes of a record; long early sequences are read in order and need no help.
constexpr std::size_t kFetchedBytesMax = 512;

// SteadyTime::min() means at once, and is further from now than can be said.
std::chrono::nanoseconds left_until(SteadyTime deadline, SteadyTime now) noexcept {
    return std::max(deadline, now) - now;
}

// What top, ps and gdb call the thread: 15 characters at most.
void name_thread(const std::string& sink) {
    const std::string name = "sink-" + sink.substr(0, 10);
    static_cast<void>(::pthread_setname_np(::pthread_self(), name.c_str()));
}

}  // namespace

Sink::Sink(const SinkOptions& options, std::size_t workers, SinkParts parts)
    : options_(options),
      merge_(
          workers,
          options.queue_records,
          options.ordered,
          wakeup_,
          options.thread == SinkThread::kWorker ? this : nullptr
      ),
      filter_(std::move(parts.filter)),
      encoder_(std::move(parts.encoder)),
      outbox_(options.outbox, std::move(parts.transport), std::move(parts.store)) {}

// Where a start failed half way, nobody has closed the queues.
Sink::~Sink() {
    if (thread_.joinable()) {
        merge_.close_all();
    }
}

void Sink::start(RecordContext context) {
    context_ = std::move(context);
    preamble_ = make_preamble(encoder_->preamble());
    turn();
    if (options_.thread == SinkThread::kOwn) {
        thread_ = std::jthread([this] {
            name_thread(options_.name);
            work();
        });
    }
}

Result<void> Sink::join() {
    if (options_.thread == SinkThread::kOwn) {
        thread_.join();
    } else {
        take_waiting();
        end();
    }
    if (error_) {
        return *error_;
    }
    return {};
}

// Records
// -----------------------------------------------------------------------------------------

void Sink::work() {
    while (true) {
        const std::uint32_t ticket = wakeup_.ticket();
        const bool closed = merge_.all_closed();  // before looking: what was pushed is seen
        if (RecordQueue* queue = merge_.next(); queue != nullptr) {
            take(*queue);
            continue;
        }
        if (closed) {
            break;
        }
        rest(ticket);
    }
    merge_.wake_producers();
    end();
}

void Sink::take_waiting() {
    while (RecordQueue* queue = merge_.next()) {
        take(*queue);
    }
}

void Sink::flush() {
    if (options_.thread == SinkThread::kWorker) {
        close_block();
        turn();
    }
}

void Sink::take(RecordQueue& queue) {
    queue.fetch_ahead(std::min(context_.layout.bytes, kFetchedBytesMax));
    const FlowRecord record = *queue.front();
    queue.pop();
    ++records_taken_;
    if (error_) {
        ++dropped_[RecordLoss::kOutputFailed];
    } else if (options_.max_records != 0 && records_taken_ > options_.max_records) {
        discard(record);
    } else {
        if (records_taken_ == options_.max_records) {
            state_.store(State::kFull, std::memory_order_relaxed);
        }
        encode(record, queue.worker());
    }
    queue.give_back(record);
    if (block_.bytes.size() >= kBlockBytes) {
        close_block();
        turn();
    } else if (records_taken_ % kTurnEvery == 0) {
        turn();
    }
}

void Sink::discard(const FlowRecord& record) noexcept {
    ++dropped_[RecordLoss::kMaxNflows];
    ++counters_.records_discarded;
    counters_.packets_discarded += record.flow->all_packets();
    ++counters_.discarded_by_reason[static_cast<std::size_t>(record.end_reason)];
}

void Sink::encode(const FlowRecord& record, std::uint32_t worker) {
    const RecordView view{.record = record, .context = context_, .id = next_id_, .worker = worker};
    if (filter_ != nullptr && !filter_->wants(view)) {
        ++dropped_[RecordLoss::kFilter];
        return;
    }
    if (!has_room_ && (may_wait() || records_taken_ % kLookEvery == 0)) {
        make_room();
    }
    if (!has_room_) {
        ++dropped_[loss()];
        return;
    }
    if (block_.units.empty() && block_.bytes.empty()) {
        block_since_ = {};  // known when the sink rests: a clock a record would be too dear
    }
    if (encoder_->encode(view, block_)) {
        ++next_id_;
    } else {
        ++dropped_[RecordLoss::kTooLong];
    }
}

RecordLoss Sink::loss() const noexcept {
    if (error_) {
        return RecordLoss::kOutputFailed;
    }
    return draining_.load(std::memory_order_relaxed) ? RecordLoss::kShutdown : outbox_.loss();
}

// No record follows.
void Sink::end() {
    draining_.store(true, std::memory_order_relaxed);
    encoder_->end_unit(block_);
    if (!error_) {
        encoder_->finish(block_);
    }
    close_block();
    // An output without records still has its head.
    if (!has_sent_ && !error_ && outbox_.transport().wants_head()) {
        block_.preamble = preamble_;
        outbox_.put(std::exchange(block_, outbox_.take_empty()));
    }
    outbox_.close();
    drain_outbox();
    const SinkNumbers numbers = count();
    counters_.records_acknowledged = numbers.records_acknowledged;
    counters_.records_filtered = numbers.dropped[RecordLoss::kFilter];
    counters_.records_stored = numbers.records_stored;
    counters_.records_dropped = numbers.dropped.total() - counters_.records_filtered -
                                numbers.dropped[RecordLoss::kMaxNflows];
    publish();
}

void Sink::drain_outbox() {
    turn();
    while (!error_ && !outbox_.is_empty() && is_patient()) {
        wait_for_outbox();
        turn();
    }
    if (error_ || !outbox_.is_empty()) {
        outbox_.give_up(error_ ? RecordLoss::kOutputFailed : RecordLoss::kShutdown);
    } else {
        outbox_.finish();
    }
}

// Blocks
// ------------------------------------------------------------------------------------------

void Sink::close_block() {
    encoder_->end_unit(block_);
    if (block_.units.empty()) {
        return;
    }
    has_sent_ = true;
    block_.preamble = preamble_;
    outbox_.put(std::exchange(block_, outbox_.take_empty()));
}

bool Sink::is_lingering(SteadyTime now) const noexcept {
    return options_.linger.count() != 0 && block_since_ != SteadyTime{} &&
           now - block_since_ < options_.linger;
}

// A quiet sink must not have its records in memory alone for hours.
void Sink::give_out_kept(SteadyTime now) {
    if (options_.keep_back_max.count() != 0 && now - gave_out_at_ >= options_.keep_back_max) {
        gave_out_at_ = now;
        encoder_->finish(block_);
        close_block();
    }
}

// Everything but records.
void Sink::turn() {
    if (has_tasks_.load(std::memory_order_acquire)) {
        run_tasks();
    }
    const SteadyTime now = steady_clock::now();
    give_out_kept(now);
    if (outbox_.turn(now)) {
        stalled_since_.reset();
    }
    has_room_ = outbox_.has_room();
    if (!error_ && outbox_.transport().failure()) {
        fail(*outbox_.transport().failure());
    }
    publish();
}

// Whoever may wait does so until there is room, or patience is over.
void Sink::make_room() {
    close_block();
    turn();
    while (!has_room_ && may_wait() && !error_) {
        const bool for_ever = !options_.gives_up && !draining_.load(std::memory_order_relaxed);
        if (!for_ever && !is_patient()) {
            lose_patience();
            return;
        }
        wait_for_outbox();
        turn();
    }
}

// Whether the output has done anything within the patience that whoever waits has with it.
bool Sink::is_patient() {
    const SteadyTime now = steady_clock::now();
    if (!stalled_since_) {
        stalled_since_ = now;
    }
    return now - *stalled_since_ < options_.patience;
}

bool Sink::may_wait() const noexcept {
    return options_.waits || draining_.load(std::memory_order_relaxed);
}

// Where a sensor drains, the rest is dropped one by one; a reader of files has nothing to go on
// for.
void Sink::lose_patience() {
    if (options_.gives_up) {
        fail(Error{
            ErrorKind::kOutput,
            "the output did not work for " + std::to_string(options_.patience.count() / 1000) +
                " s; what was not written is lost"});
    }
}

// Requires: no record waits.
void Sink::rest(std::uint32_t ticket) {
    const SteadyTime now = steady_clock::now();
    if (block_since_ == SteadyTime{}) {
        block_since_ = now;
    }
    const bool lingers = is_lingering(now);
    if (!lingers) {
        close_block();  // whoever reads the output should not wait for a full block
    }
    turn();
    merge_.wake_producers();
    wait_.descriptors.clear();
    wait_.deadline = now + kRestMax;
    outbox_.prepare_wait(wait_);
    if (lingers && !block_.bytes.empty()) {
        wait_.at_latest(block_since_ + options_.linger);
    }
    const std::chrono::nanoseconds patience = left_until(*wait_.deadline, steady_clock::now());
    if (wait_.descriptors.empty()) {
        wakeup_.wait_for(ticket, patience);
    } else {
        wakeup_.wait_or_poll(ticket, wait_.descriptors, patience);
    }
}

// The outbox alone matters: records wait in their queues meanwhile.
void Sink::wait_for_outbox() {
    const SteadyTime now = steady_clock::now();
    wait_.descriptors.clear();
    wait_.deadline = now + std::min<std::chrono::nanoseconds>(kRestMax, options_.patience);
    outbox_.prepare_wait(wait_);
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(left_until(*wait_.deadline, now));
    static_cast<void>(
        ::poll(wait_.descriptors.data(), wait_.descriptors.size(), static_cast<int>(left.count()))
    );
}

// What others ask for
// -----------------------------------------------------------------------------

void Sink::run_tasks() {
    std::vector<std::function<void(Sink&)>> tasks;
    {
        const std::lock_guard lock(tasks_mutex_);
        std::swap(tasks, tasks_);
        has_tasks_.store(false, std::memory_order_relaxed);
    }
    for (const std::function<void(Sink&)>& task : tasks) {
        task(*this);
    }
}

void Sink::post(std::function<void(Sink& sink)> task) {
    {
        const std::lock_guard lock(tasks_mutex_);
        tasks_.push_back(std::move(task));
        has_tasks_.store(true, std::memory_order_release);
    }
    wakeup_.signal();
}

void Sink::reopen() {
    post([](Sink& sink) {
        if (sink.options_.keep_back_max.count() != 0) {
            sink.encoder_->finish(sink.block_);
        }
        sink.close_block();
        static_cast<void>(sink.outbox_.turn(steady_clock::now()));
        sink.transport().reopen();
    });
}

void Sink::change_filter(std::shared_ptr<RecordFilter> filter) {
    post([filter = std::move(filter)](Sink& sink) { sink.filter_ = filter; });
}

// Numbers
// -----------------------------------------------------------------------------------------

SinkNumbers Sink::count() const noexcept {
    const OutboxNumbers outbox = outbox_.numbers();
    SinkNumbers numbers{
        .records_taken = records_taken_,
        .records_acknowledged = outbox.acknowledged,
        .records_stored = outbox.stored,
        .records_shortened = encoder_->records_shortened(),
        .dropped = dropped_,
        .output = outbox_.transport().numbers(),
        .store = {}};
    numbers.dropped += outbox.dropped;
    if (outbox_.store() != nullptr) {
        numbers.store = outbox_.store()->numbers();
    }
    numbers.output.working = error_ ? 0 : numbers.output.working;
    return numbers;
}

void Sink::publish() noexcept {
    published_.set(count());
}

void Sink::fail(Error error) {
    error_ = std::move(error);
    merge_.set_unordered();
    state_.store(State::kFailed, std::memory_order_relaxed);
}

}  // namespace flowgauge
