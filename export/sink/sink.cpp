#include "export/sink/sink.h"

#include "core/flow/record_order.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{256} << 10;

// How long a transport that wants time may wait for it.
constexpr std::chrono::seconds kAttendEvery{1};

// Of the cold bytes of a record; long early sequences are read in order and need no help.
constexpr std::size_t kFetchedBytesMax = 512;

}  // namespace

Sink::Sink(
    const SinkOptions& options,
    std::size_t workers,
    std::unique_ptr<RecordEncoder> encoder,
    std::unique_ptr<Transport> transport
)
    : options_(options),
      encoder_(std::move(encoder)),
      transport_(std::move(transport)) {
    RecordConsumer* consumer = options.thread == SinkThread::kWorker ? this : nullptr;
    for (std::size_t i = 0; i < workers; ++i) {
        queues_.push_back(std::make_unique<RecordQueue>(options.queue_records, wakeup_, consumer));
    }
    buffer_.reserve(2 * kBufferBytes);
}

// Where a start failed half way, nobody has closed the queues.
Sink::~Sink() {
    if (thread_.joinable()) {
        for (const std::unique_ptr<RecordQueue>& queue : queues_) {
            queue->close();
        }
    }
}

void Sink::start(RecordContext context) {
    context_ = std::move(context);
    std::string head;
    encoder_->begin(head);
    transport_->begin(head);
    publish();
    if (options_.thread == SinkThread::kOwn) {
        thread_ = std::jthread([this] { work(); });
    }
}

Result<void> Sink::join() {
    if (options_.thread == SinkThread::kOwn) {
        thread_.join();
    } else {
        take_waiting();
    }
    end();
    if (error_) {
        return *error_;
    }
    return {};
}

void Sink::work() {
    while (true) {
        const std::uint32_t ticket = wakeup_.ticket();
        const bool closed = all_closed();  // before looking: what was pushed before it is seen
        if (RecordQueue* queue = next_queue(); queue != nullptr) {
            take(*queue);
            continue;
        }
        if (closed) {
            break;
        }
        send();  // nothing to do: whoever reads the output should not wait for a full buffer
        attend();
        wake_producers();
        if (transport_->wants_time()) {
            wakeup_.wait_for(ticket, kAttendEvery);
        } else {
            wakeup_.wait(ticket);
        }
    }
    wake_producers();
    send();
}

void Sink::take_waiting() {
    while (RecordQueue* queue = next_queue()) {
        take(*queue);
    }
}

// No record follows.
void Sink::end() {
    send();
    if (!error_) {
        encoder_->end(buffer_);
        if (Result<void> closed = transport_->close(buffer_); !closed) {
            dropped_[RecordLoss::kOutputFailed] += std::exchange(held_records_, 0);
            fail(std::move(closed).error());
        }
        acknowledged_at_end_ = std::exchange(held_records_, 0);
    }
    const SinkNumbers numbers = count();
    counters_.records_acknowledged = numbers.output.records_acknowledged;
    counters_.records_dropped = numbers.output.dropped[RecordLoss::kOutputFailed] +
                                numbers.output.dropped[RecordLoss::kDiskLow];
    publish();
}

// The queue whose record comes next, or nullptr. Unordered queues take turns; ordered ones give the
// earliest record, once no other queue can bring an earlier one.
RecordQueue* Sink::next_queue() {
    if (!options_.ordered || error_) {
        for (std::size_t i = 0; i < queues_.size(); ++i) {
            RecordQueue& queue = *queues_[next_turn_++ % queues_.size()];
            if (queue.front() != nullptr) {
                return &queue;
            }
        }
        return nullptr;
    }
    RecordQueue* first = nullptr;
    for (const std::unique_ptr<RecordQueue>& queue : queues_) {
        const FlowRecord* record = queue->front();
        if (record != nullptr && (first == nullptr || written_before(*record, *first->front()))) {
            first = queue.get();
        }
    }
    return first != nullptr && may_precede(*first->front(), first) ? first : nullptr;
}

// A queue without a record has promised to bring none before reached(). The promise is read first:
// a record pushed before it is then seen. One pushed since next_queue() looked may come before
// `record`.
bool Sink::may_precede(const FlowRecord& record, const RecordQueue* own) {
    return std::ranges::all_of(queues_, [&](const std::unique_ptr<RecordQueue>& other) {
        if (other.get() == own) {
            return true;
        }
        const bool done = other->is_closed();
        const Tick reached = other->reached();
        if (const FlowRecord* theirs = other->front(); theirs != nullptr) {
            return !written_before(*theirs, record);
        }
        return done || reached > record.moment || (record.unordered && reached >= record.moment);
    });
}

void Sink::wake_producers() noexcept {
    for (const std::unique_ptr<RecordQueue>& queue : queues_) {
        queue->wake_producer();
    }
}

bool Sink::all_closed() const noexcept {
    return std::ranges::all_of(queues_, [](const auto& queue) { return queue->is_closed(); });
}

void Sink::take(RecordQueue& queue) {
    queue.fetch_ahead(std::min(context_.layout.bytes, kFetchedBytesMax));
    const FlowRecord record = *queue.front();
    queue.pop();
    ++records_taken_;
    if (error_) {
        ++dropped_[RecordLoss::kOutputFailed];
    } else if (options_.max_records != 0 && next_id_ >= options_.max_records) {
        ++dropped_[RecordLoss::kMaxNflows];
        ++counters_.records_discarded;
        counters_.packets_discarded += record.flow->all_packets();
        ++counters_.discarded_by_reason[static_cast<std::size_t>(record.end_reason)];
    } else {
        const std::size_t begin = buffer_.size();
        encoder_->encode({.record = record, .context = context_, .id = next_id_}, buffer_);
        if (buffer_.size() != begin) {
            ends_.push_back(static_cast<std::uint32_t>(buffer_.size()));
        } else {
            ++held_records_;
        }
        ++next_id_;
        if (next_id_ == options_.max_records) {
            state_.store(State::kFull, std::memory_order_relaxed);
        }
    }
    queue.give_back(record);
    if (buffer_.size() >= kBufferBytes) {
        send();
        attend();
    }
}

void Sink::send() {
    if (ends_.empty() || error_) {
        return;
    }
    if (Result<void> written = transport_->write({.bytes = buffer_, .ends = ends_}); !written) {
        dropped_[RecordLoss::kOutputFailed] += ends_.size();
        fail(std::move(written).error());
    }
    buffer_.clear();
    ends_.clear();
    publish();
}

// Does what was asked for and what time asks for. Requires: sent.
void Sink::attend() {
    if (has_mail_.load(std::memory_order_acquire)) {
        read_mail();
    }
    transport_->attend();
    publish();
}

void Sink::read_mail() {
    Mail mail;
    {
        const std::lock_guard lock(mail_mutex_);
        std::swap(mail, mail_);
        has_mail_.store(false, std::memory_order_relaxed);
    }
    if (mail.rotation) {
        transport_->change(*mail.rotation);
    }
    if (mail.reopen) {
        transport_->reopen();
    }
}

void Sink::reopen() {
    post({.reopen = true, .rotation = std::nullopt});
}

void Sink::change(const FileRotation& rotation) {
    post({.reopen = false, .rotation = rotation});
}

void Sink::post(const Mail& mail) {
    {
        const std::lock_guard lock(mail_mutex_);
        mail_.reopen = mail_.reopen || mail.reopen;
        if (mail.rotation) {
            mail_.rotation = mail.rotation;
        }
        has_mail_.store(true, std::memory_order_release);
    }
    wakeup_.signal();
}

SinkNumbers Sink::count() const noexcept {
    SinkNumbers numbers{.records_taken = records_taken_, .output = transport_->numbers()};
    for (std::size_t i = 0; i < kRecordLossCount; ++i) {
        numbers.output.dropped.records[i] += dropped_.records[i];
    }
    numbers.output.records_acknowledged += acknowledged_at_end_;
    numbers.output.working = error_ ? 0 : numbers.output.working;
    return numbers;
}

void Sink::publish() noexcept {
    published_.set(count());
}

void Sink::fail(Error error) {
    error_ = std::move(error);
    state_.store(State::kFailed, std::memory_order_relaxed);
}

}  // namespace flowgauge
