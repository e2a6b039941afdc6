#include "core/export/sink.h"

#include "core/flow/record_order.h"

#include <algorithm>

namespace flowgauge {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{256} << 10;

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

Sink::~Sink() = default;

void Sink::start(RecordContext context) {
    context_ = std::move(context);
    encoder_->begin(buffer_);
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
        wake_producers();
        wakeup_.wait(ticket);
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
    encoder_->end(buffer_);
    send();
    if (!error_) {
        if (Result<void> closed = transport_->close(); !closed) {
            fail(std::move(closed).error());
        }
    }
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
    if (error_) {
        ++counters_.records_dropped;
    } else if (options_.max_records != 0 && next_id_ >= options_.max_records) {
        ++counters_.records_discarded;
        counters_.packets_discarded += record.flow->all_packets();
        ++counters_.discarded_by_reason[static_cast<std::size_t>(record.end_reason)];
    } else {
        encoder_->encode({.record = record, .context = context_, .id = next_id_}, buffer_);
        ++next_id_;
        ++buffered_records_;
        if (next_id_ == options_.max_records) {
            state_.store(State::kFull, std::memory_order_relaxed);
        }
    }
    queue.give_back(record);
    if (buffer_.size() >= kBufferBytes) {
        send();
    }
}

void Sink::send() {
    if (buffer_.empty() || error_) {
        return;
    }
    Result<void> written = transport_->write(buffer_);
    buffer_.clear();
    if (!written) {
        counters_.records_dropped += buffered_records_;
        fail(std::move(written).error());
    } else {
        counters_.records_acknowledged += buffered_records_;
        written_.store(counters_.records_acknowledged, std::memory_order_relaxed);
    }
    buffered_records_ = 0;
}

void Sink::fail(Error error) {
    error_ = std::move(error);
    state_.store(State::kFailed, std::memory_order_relaxed);
}

}  // namespace flowgauge
