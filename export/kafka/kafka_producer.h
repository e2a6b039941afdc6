// KafkaProducer: one producer of librdkafka, and the destruction of those that are done with. The
// only header that knows librdkafka's types.
#pragma once

#include "core/base/file_descriptor.h"
#include "core/base/result.h"
#include "export/kafka/kafka_options.h"
#include "export/kafka/producer_properties.h"

#include <librdkafka/rdkafka.h>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// Thread: one at a time. librdkafka has threads of its own; what they have to say waits in a queue
// until it is taken, their log lines too, so that no callback runs in them.
class KafkaProducer {
public:
    struct EventDeleter {
        void operator()(rd_kafka_event_t* event) const noexcept { rd_kafka_event_destroy(event); }
    };
    using Event = std::unique_ptr<rd_kafka_event_t, EventDeleter>;

    // Errors: kUsage, of a property that librdkafka does not take.
    [[nodiscard]] static Result<std::unique_ptr<KafkaProducer>> make(
        const std::vector<ProducerProperty>& properties, const KafkaOptions& options
    );

    // Waits for librdkafka's threads, which may be looking up a name: see RetiredProducers.
    ~KafkaProducer();
    KafkaProducer(const KafkaProducer&) = delete;
    KafkaProducer& operator=(const KafkaProducer&) = delete;

    // Queues a message. `key` and `value` stay where they are until it is decided, `opaque` comes
    // back in the report.
    [[nodiscard]] rd_kafka_resp_err_t produce(
        std::string_view key, std::string_view value, void* opaque
    ) noexcept;

    // The next event, or nothing.
    [[nodiscard]] Event next_event() noexcept { return Event(rd_kafka_queue_poll(events_, 0)); }

    // Readable when there are events. They are to be taken all after clear_wakeup().
    [[nodiscard]] int wakeup() const noexcept { return wakeup_.get(); }
    void clear_wakeup() noexcept;

    // The error after which this producer delivers nothing, or none.
    [[nodiscard]] rd_kafka_resp_err_t fatal_error(std::string& text) const;

    [[nodiscard]] rd_kafka_t* handle() noexcept { return handle_; }

private:
    KafkaProducer(rd_kafka_t* handle, FileDescriptor wakeup);
    [[nodiscard]] Result<void> use(const KafkaOptions& options);

    FileDescriptor wakeup_;
    rd_kafka_t* handle_;
    rd_kafka_queue_t* events_;
    rd_kafka_topic_t* topic_ = nullptr;
    rd_kafka_headers_t* headers_ = nullptr;
};

// Destroys producers in threads of their own, so that nobody waits for a name server.
class RetiredProducers {
public:
    RetiredProducers() = default;
    RetiredProducers(const RetiredProducers&) = delete;
    RetiredProducers& operator=(const RetiredProducers&) = delete;

    // Waits for what is under way, but not for long: what hangs then is left to the end of the
    // process.
    ~RetiredProducers();

    // `memory` is kept until the producer, which may refer to it, is no more.
    void take(
        std::unique_ptr<KafkaProducer> producer, std::vector<std::shared_ptr<std::string>> memory
    );

    // How many are not destroyed yet.
    [[nodiscard]] std::size_t count() const;

private:
    struct Alive {
        std::mutex mutex;
        std::condition_variable changed;
        std::size_t count = 0;
    };
    std::shared_ptr<Alive> alive_ = std::make_shared<Alive>();
};

}  // namespace flowgauge
