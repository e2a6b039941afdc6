// KafkaTransport: units of blocks become messages of a topic; delivery reports decide each of them.
#pragma once

#include "core/base/result.h"
#include "export/kafka/kafka_options.h"
#include "export/kafka/message_limits.h"
#include "export/kafka/producer_properties.h"
#include "export/sink/transport.h"

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct rd_kafka_op_s;  // an event of librdkafka

namespace flowgauge {

class KafkaProducer;
class RetiredProducers;

// Units are KafkaEncoder's. librdkafka retries what can be retried, in order and without
// duplicates. What becomes of a record:
//   delivered to all replicas in sync    acknowledged
//   too long for topic or producer       kTooLong
//   invalid by itself                    kRefused
//   message_timeout was over             kOutputFailed
//   any other error: no topic, no right  tried again, for somebody may mend it; records may then
//                                        come behind later ones of their flow
//   the producer came to its end         a new one gets what is not decided, in order: records may
//                                        then arrive twice (records_repeated)
// Deliveries: a block that came from memory comes back in parts, each as soon as it is decided, so
// that take_back() gives what is open and no more. One that came from the spool comes back whole,
// because a frame of the spool is acknowledged as a whole.
class KafkaTransport final : public Transport {
public:
    // Starts a producer. Its first connection is not waited for.
    // Errors: kUsage, of options and properties.
    [[nodiscard]] static Result<std::unique_ptr<KafkaTransport>> open(KafkaOptions options);

    ~KafkaTransport() override;
    KafkaTransport(const KafkaTransport&) = delete;
    KafkaTransport& operator=(const KafkaTransport&) = delete;

    [[nodiscard]] bool has_room() const noexcept override;
    void send(Block block) override;
    void turn(SteadyTime now, std::vector<Delivery>& done) override;
    void prepare_wait(TransportWait& wait) const override;
    void close() override { closed_ = true; }
    [[nodiscard]] bool is_idle() const noexcept override { return closed_ && sendings_.empty(); }
    void take_back(std::vector<Block>& blocks) override;
    [[nodiscard]] const OutputNumbers& numbers() const noexcept override { return numbers_; }

private:
    struct Sending;
    struct Message;
    enum class Verdict : std::uint8_t {
        kDelivered,
        kTooLong,
        kRefused,
        kTimedOut,
        kLater,  // not decided: it is to be produced again
        kFull,   // not taken for now
    };

    KafkaTransport(KafkaOptions options, std::vector<ProducerProperty> properties);

    [[nodiscard]] Result<void> start_producer();
    [[nodiscard]] static Verdict verdict_of(int code) noexcept;
    void read_events(SteadyTime now);
    void read_reports(rd_kafka_op_s& event, SteadyTime now);
    void read_report(Message& message, int code, SteadyTime now);
    void read_error(int code, std::string_view text, SteadyTime now);
    void read_log(rd_kafka_op_s& event, SteadyTime now);
    void read_statistics(std::string_view json, SteadyTime now);
    void settle(Message& message, Verdict verdict, SteadyTime now);
    void postpone(SteadyTime now);
    void look_for_stall(SteadyTime now);
    [[nodiscard]] bool is_stalled(SteadyTime now) const noexcept {
        return now - progress_at_ >= options_.stall;
    }
    void retire_producer(SteadyTime now);
    void renew_producer(SteadyTime now);
    void produce(SteadyTime now);
    [[nodiscard]] bool produce(Sending& sending, SteadyTime now);
    void deliver(std::vector<Delivery>& done);
    void tell(KafkaMessageKind kind, const std::string& text, SteadyTime now);

    KafkaOptions options_;
    std::vector<ProducerProperty> properties_;
    std::unique_ptr<RetiredProducers> retired_;
    std::unique_ptr<KafkaProducer> producer_;
    std::list<std::unique_ptr<Sending>> sendings_;  // in the order of send()
    std::vector<Sending*> changed_;                 // with something to deliver
    std::uint64_t open_bytes_ = 0;                  // of messages that are not decided
    std::uint64_t unproduced_ = 0;                  // messages that no producer has
    bool producer_full_ = false;                    // it takes no more for now
    // When a message was last decided by a broker, or none was open.
    SteadyTime progress_at_ = std::chrono::steady_clock::now();
    bool stall_told_ = false;
    SteadyTime produce_at_;  // not before
    SteadyTime renew_at_;    // not before
    std::chrono::milliseconds renewal_backoff_{0};
    std::chrono::milliseconds produce_backoff_{0};
    bool closed_ = false;
    MessageLimits limits_;
    OutputNumbers numbers_;
    ProducerNumbers ended_;  // counts of producers that are no more
};

}  // namespace flowgauge
