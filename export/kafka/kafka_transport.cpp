#include "export/kafka/kafka_transport.h"

#include "export/kafka/kafka_encoder.h"
#include "export/kafka/kafka_producer.h"
#include "export/kafka/kafka_statistics.h"

#include <syslog.h>

#include <algorithm>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::chrono::milliseconds kBackoffMin{500};
constexpr std::chrono::milliseconds kBackoffMax{30'000};

// A producer that hangs in its destruction keeps the memory of its messages.
constexpr std::size_t kRetiredMax = 3;

std::chrono::milliseconds longer(std::chrono::milliseconds backoff) noexcept {
    return std::clamp(2 * backoff, kBackoffMin, kBackoffMax);
}

std::string error_text(int code) {
    return rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(code));
}

}  // namespace

// One unit of a block.
struct KafkaTransport::Message {
    enum class State : std::uint8_t { kUnproduced, kProduced, kDecided };

    Sending* sending = nullptr;
    std::uint32_t index = 0;
    State state = State::kUnproduced;
    bool repeated = false;  // if it is produced again, it may arrive twice
};

// A block on its way. Its bytes are shared with the producers that may still read them.
struct KafkaTransport::Sending {
    Block block;  // without bytes; records are those that were not handed back
    std::shared_ptr<std::string> bytes;
    std::vector<Message> messages;
    std::list<std::unique_ptr<Sending>>::iterator place;
    std::size_t open = 0;            // messages that are not decided
    std::size_t unproduced = 0;      // the ones of them that no producer has
    std::uint64_t acknowledged = 0;  // records, since the last delivery
    RecordLosses dropped;
    bool changed = false;

    [[nodiscard]] std::string_view unit(std::size_t i) const noexcept {
        const std::size_t begin = i == 0 ? 0 : block.units[i - 1].end;
        return std::string_view(*bytes).substr(begin, block.units[i].end - begin);
    }
};

Result<std::unique_ptr<KafkaTransport>> KafkaTransport::open(KafkaOptions options) {
    Result<std::vector<ProducerProperty>> properties = producer_properties(options);
    if (!properties) {
        return std::move(properties).error();
    }
    std::unique_ptr<KafkaTransport> transport(
        new KafkaTransport(std::move(options), std::move(properties).value())
    );
    if (Result<void> started = transport->start_producer(); !started) {
        return std::move(started).error();
    }
    return transport;
}

KafkaTransport::KafkaTransport(KafkaOptions options, std::vector<ProducerProperty> properties)
    : options_(std::move(options)),
      properties_(std::move(properties)),
      retired_(std::make_unique<RetiredProducers>()) {}

KafkaTransport::~KafkaTransport() {
    retire_producer({});
}

Result<void> KafkaTransport::start_producer() {
    Result<std::unique_ptr<KafkaProducer>> made = KafkaProducer::make(properties_, options_);
    if (!made) {
        return std::move(made).error();
    }
    producer_ = std::move(made).value();
    ++numbers_.producer.producers;
    return {};
}

bool KafkaTransport::has_room() const noexcept {
    return open_bytes_ < options_.queue && !closed_;
}

void KafkaTransport::send(Block block) {
    auto sending = std::make_unique<Sending>();
    sending->bytes = std::make_shared<std::string>(std::move(block.bytes));
    block.bytes.clear();
    sending->block = std::move(block);
    const std::size_t count = sending->block.units.size();
    sending->messages.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        sending->messages.push_back({.sending = sending.get(), .index = i});
    }
    sending->open = count;
    sending->unproduced = count;
    unproduced_ += count;
    open_bytes_ += sending->bytes->size();
    if (count == 0) {  // nothing will be reported
        sending->changed = true;
        changed_.push_back(sending.get());
    }
    sendings_.push_back(std::move(sending));
    sendings_.back()->place = std::prev(sendings_.end());
}

void KafkaTransport::turn(SteadyTime now, std::vector<Delivery>& done) {
    if (producer_ != nullptr) {
        read_events(now);
        std::string text;
        if (producer_->fatal_error(text) != RD_KAFKA_RESP_ERR_NO_ERROR) {
            tell(
                KafkaMessageKind::kFatal,
                text + "; a new producer takes over, so that records may arrive twice",
                now
            );
            numbers_.working = 0;
            ++numbers_.errors;
            retire_producer(now);
        }
    }
    if (producer_ == nullptr && now >= renew_at_) {
        renew_producer(now);
    }
    if (producer_ != nullptr && unproduced_ > 0 && !producer_full_ && now >= produce_at_) {
        produce(now);
    }
    look_for_stall(now);
    deliver(done);
}

void KafkaTransport::read_events(SteadyTime now) {
    producer_->clear_wakeup();
    while (const KafkaProducer::Event event = producer_->next_event()) {
        switch (rd_kafka_event_type(event.get())) {
        case RD_KAFKA_EVENT_DR:
            read_reports(*event, now);
            break;
        case RD_KAFKA_EVENT_ERROR:
            read_error(
                rd_kafka_event_error(event.get()), rd_kafka_event_error_string(event.get()), now
            );
            break;
        case RD_KAFKA_EVENT_STATS:
            read_statistics(rd_kafka_event_stats(event.get()), now);
            break;
        case RD_KAFKA_EVENT_LOG:
            read_log(*event, now);
            break;
        default:
            break;
        }
    }
}

void KafkaTransport::read_reports(rd_kafka_event_t& event, SteadyTime now) {
    while (const rd_kafka_message_t* message = rd_kafka_event_message_next(&event)) {
        auto& reported = *static_cast<Message*>(message->_private);
        reported.repeated = rd_kafka_message_status(message) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED;
        read_report(reported, message->err, now);
    }
}

// What nobody has named as a fault of the message itself may pass later: somebody gives a right,
// makes a topic, sets a clock. The queue before this bounds what waits for that.
KafkaTransport::Verdict KafkaTransport::verdict_of(int code) noexcept {
    switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return Verdict::kDelivered;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
        return Verdict::kFull;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
        return Verdict::kTooLong;
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
        return Verdict::kRefused;
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
        return Verdict::kTimedOut;
    default:
        return Verdict::kLater;
    }
}

void KafkaTransport::read_report(Message& message, int code, SteadyTime now) {
    Verdict verdict = verdict_of(code);
    std::string text;
    if (verdict != Verdict::kDelivered &&
        producer_->fatal_error(text) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        verdict = Verdict::kLater;  // it failed with its producer
        code = RD_KAFKA_RESP_ERR__FATAL;
    }
    settle(message, verdict, now);
    if (verdict == Verdict::kDelivered) {
        return;
    }
    ++numbers_.errors;
    if (verdict == Verdict::kLater && code != RD_KAFKA_RESP_ERR__FATAL) {
        tell(
            KafkaMessageKind::kWaiting,
            "topic \"" + options_.topic + "\": " + error_text(code) + "; trying again",
            now
        );
        postpone(now);
    } else if (verdict == Verdict::kTimedOut) {
        tell(
            KafkaMessageKind::kTimedOut,
            "records given up: not delivered within message_timeout",
            now
        );
    } else if (verdict == Verdict::kTooLong) {
        tell(KafkaMessageKind::kTooLong, "records left out: " + error_text(code), now);
    } else if (verdict == Verdict::kRefused) {
        tell(KafkaMessageKind::kRefused, "records refused: " + error_text(code), now);
    }
}

// What there is to report of connections. librdkafka goes on by itself.
void KafkaTransport::read_error(int code, std::string_view text, SteadyTime now) {
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        return;  // turn() asks for it
    }
    ++numbers_.errors;
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        numbers_.working = 0;
    }
    tell(KafkaMessageKind::kError, std::string(text), now);
}

// Failed connections come as errors, too.
void KafkaTransport::read_log(rd_kafka_event_t& event, SteadyTime now) {
    const char* facility = "";
    const char* text = "";
    int level = 0;
    if (rd_kafka_event_log(&event, &facility, &text, &level) == 0 && level <= LOG_WARNING &&
        facility != std::string_view("FAIL") && facility != std::string_view("ERROR")) {
        tell(KafkaMessageKind::kLog, text, now);
    }
}

void KafkaTransport::read_statistics(std::string_view json, SteadyTime now) {
    std::optional<ProducerNumbers> read = read_kafka_statistics(json);
    if (!read) {
        return;
    }
    add_counts(*read, ended_);
    keep_counts(*read, numbers_.producer);
    numbers_.producer = *read;
    numbers_.connections = read->connections;
    const bool refused = produce_backoff_.count() != 0;  // and nothing delivered since
    if (read->brokers_up > 0 && unproduced_ == 0 && !refused && !is_stalled(now)) {
        numbers_.working = 1;
    }
}

void KafkaTransport::settle(Message& message, Verdict verdict, SteadyTime now) {
    Sending& sending = *message.sending;
    producer_full_ = false;
    if (verdict == Verdict::kLater) {
        message.state = Message::State::kUnproduced;
        ++sending.unproduced;
        ++unproduced_;
        return;
    }
    const std::uint64_t records = sending.block.units[message.index].records;
    message.state = Message::State::kDecided;
    if (verdict != Verdict::kTimedOut) {
        progress_at_ = now;
    }
    --sending.open;
    open_bytes_ -= sending.unit(message.index).size();
    if (verdict == Verdict::kDelivered) {
        sending.acknowledged += records;
        numbers_.bytes_written += sending.unit(message.index).size();
        numbers_.working = 1;
        renewal_backoff_ = {};
        produce_backoff_ = {};
    } else if (verdict == Verdict::kTooLong) {
        sending.dropped[RecordLoss::kTooLong] += records;
    } else if (verdict == Verdict::kTimedOut) {
        sending.dropped[RecordLoss::kOutputFailed] += records;
    } else {
        sending.dropped[RecordLoss::kRefused] += records;
    }
    if (!std::exchange(sending.changed, true)) {
        changed_.push_back(&sending);
    }
}

void KafkaTransport::postpone(SteadyTime now) {
    numbers_.working = 0;
    if (now >= produce_at_) {
        produce_backoff_ = longer(produce_backoff_);
        produce_at_ = now + produce_backoff_;
    }
}

void KafkaTransport::look_for_stall(SteadyTime now) {
    if (open_bytes_ == 0) {
        progress_at_ = now;
    }
    if (!is_stalled(now)) {
        stall_told_ = false;
        return;
    }
    numbers_.working = 0;
    if (!std::exchange(stall_told_, true)) {
        tell(
            KafkaMessageKind::kStalled,
            "topic \"" + options_.topic + "\" has confirmed no record for " +
                std::to_string(options_.stall.count() / 1000) +
                " s; is it there, may this producer see it, do its brokers answer?",
            now
        );
    }
}

// What it has not decided is nobody's now. Its reports that were not read are lost with it.
void KafkaTransport::retire_producer(SteadyTime now) {
    if (producer_ == nullptr) {
        return;
    }
    std::vector<std::shared_ptr<std::string>> memory;
    for (const std::unique_ptr<Sending>& sending : sendings_) {
        memory.push_back(sending->bytes);
        for (Message& message : sending->messages) {
            if (message.state == Message::State::kProduced) {
                message.repeated = true;
                settle(message, Verdict::kLater, now);
            }
        }
    }
    retired_->take(std::move(producer_), std::move(memory));
    producer_full_ = false;
    ended_ = {};
    add_counts(ended_, numbers_.producer);
    numbers_.producer = ended_;  // it has no brokers and nothing waiting any more
    renew_at_ = now + renewal_backoff_;
    renewal_backoff_ = longer(renewal_backoff_);
}

// The properties have been good before, so that only resources can be missing.
void KafkaTransport::renew_producer(SteadyTime now) {
    produce_at_ = now;
    if (retired_->count() < kRetiredMax) {
        Result<void> started = start_producer();
        if (started) {
            return;
        }
        tell(KafkaMessageKind::kFatal, started.error().message, now);
    }
    renewal_backoff_ = longer(renewal_backoff_);
    renew_at_ = now + renewal_backoff_;
}

void KafkaTransport::produce(SteadyTime now) {
    for (const std::unique_ptr<Sending>& sending : sendings_) {
        if (sending->unproduced > 0 && !produce(*sending, now)) {
            return;
        }
    }
}

// Returns whether the next block may follow.
bool KafkaTransport::produce(Sending& sending, SteadyTime now) {
    for (Message& message : sending.messages) {
        if (message.state != Message::State::kUnproduced) {
            continue;
        }
        const std::optional<KafkaUnit> unit = read_kafka_unit(sending.unit(message.index));
        const int code = unit ? producer_->produce(unit->key, unit->value, &message)
                              : RD_KAFKA_RESP_ERR__BAD_MSG;
        Verdict verdict = verdict_of(code);
        if (verdict == Verdict::kFull) {  // until a report says that there is one less
            producer_full_ = true;
            return false;
        }
        --sending.unproduced;
        --unproduced_;
        message.state = Message::State::kProduced;
        if (verdict == Verdict::kDelivered) {  // taken, that is
            if (std::exchange(message.repeated, false)) {
                numbers_.records_repeated += sending.block.units[message.index].records;
            }
            continue;
        }
        read_report(message, code, now);
        if (verdict == Verdict::kLater) {
            return false;
        }
    }
    return true;
}

void KafkaTransport::deliver(std::vector<Delivery>& done) {
    for (Sending* sending : changed_) {
        sending->changed = false;
        const bool last = sending->open == 0;
        if (!last && sending->block.spool_frame != 0) {
            continue;
        }
        Delivery delivery;
        delivery.acknowledged = std::exchange(sending->acknowledged, 0);
        delivery.dropped = std::exchange(sending->dropped, {});
        if (delivery.acknowledged > 0) {
            numbers_.last_success_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                                           std::chrono::system_clock::now().time_since_epoch()
            )
                                           .count();
        }
        const std::uint64_t decided = delivery.acknowledged + delivery.dropped.total();
        if (last) {
            delivery.block = std::move(sending->block);
            if (sending->bytes.use_count() == 1) {
                delivery.block.bytes = std::move(*sending->bytes);
            }
            sendings_.erase(sending->place);
        } else {
            sending->block.records -= decided;
            delivery.block.sequence = sending->block.sequence;
            delivery.block.records = decided;
        }
        done.push_back(std::move(delivery));
    }
    changed_.clear();
}

void KafkaTransport::prepare_wait(TransportWait& wait) const {
    const auto at_latest = [&wait](SteadyTime time) {
        wait.deadline = wait.deadline ? std::min(*wait.deadline, time) : time;
    };
    if (producer_ == nullptr) {
        at_latest(renew_at_);
        return;
    }
    wait.descriptors.push_back({.fd = producer_->wakeup(), .events = POLLIN, .revents = 0});
    if (unproduced_ > 0 && !producer_full_) {
        at_latest(produce_at_);
    }
}

// Copies, because librdkafka may be reading the originals until its producer is no more.
void KafkaTransport::take_back(std::vector<Block>& blocks) {
    for (const std::unique_ptr<Sending>& sending : sendings_) {
        const bool whole = sending->block.spool_frame != 0;
        Block block;
        for (const Message& message : sending->messages) {
            if (whole || message.state != Message::State::kDecided) {
                block.bytes += sending->unit(message.index);
                block.end_unit(sending->block.units[message.index].records);
            }
        }
        block.preamble = sending->block.preamble;
        block.sequence = sending->block.sequence;
        block.spool_frame = sending->block.spool_frame;
        blocks.push_back(std::move(block));
    }
    retire_producer({});
    sendings_.clear();
    changed_.clear();
    open_bytes_ = 0;
    unproduced_ = 0;
}

void KafkaTransport::tell(KafkaMessageKind kind, const std::string& text, SteadyTime now) {
    const std::optional<std::uint64_t> left_out = limits_.admit(kind, now);
    if (left_out && options_.tell) {
        options_.tell(
            *left_out == 0 ? text : text + " (" + std::to_string(*left_out) + " like it before)"
        );
    }
}

}  // namespace flowgauge
