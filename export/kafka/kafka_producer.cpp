#include "export/kafka/kafka_producer.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <system_error>
#include <thread>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kErrorTextMax = 512;

// A destruction takes milliseconds unless a thread of librdkafka hangs.
constexpr std::chrono::seconds kDestructionPatience{2};

constexpr int kEvents =
    RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS | RD_KAFKA_EVENT_LOG;

struct ConfigurationDeleter {
    void operator()(rd_kafka_conf_t* conf) const noexcept { rd_kafka_conf_destroy(conf); }
};
using Configuration = std::unique_ptr<rd_kafka_conf_t, ConfigurationDeleter>;

Result<void> set(rd_kafka_conf_t& conf, const ProducerProperty& property) {
    std::array<char, kErrorTextMax> text{};
    const rd_kafka_conf_res_t set = rd_kafka_conf_set(
        &conf, property.name.c_str(), property.value.c_str(), text.data(), text.size()
    );
    if (set == RD_KAFKA_CONF_OK) {
        return {};
    }
    const std::string place = property.place.empty() ? "" : property.place + ": ";
    if (!property.secret) {
        return Error{ErrorKind::kUsage, place + property.name + ": " + text.data()};
    }
    return Error{
        ErrorKind::kUsage,
        place + "librdkafka has no property " + property.name + ", or does not take its value"};
}

}  // namespace

Result<std::unique_ptr<KafkaProducer>> KafkaProducer::make(
    const std::vector<ProducerProperty>& properties, const KafkaOptions& options
) {
    Configuration conf(rd_kafka_conf_new());
    for (const ProducerProperty& property : properties) {
        if (Result<void> done = set(*conf, property); !done) {
            return std::move(done).error();
        }
    }
    rd_kafka_conf_set_events(conf.get(), kEvents);
    FileDescriptor wakeup(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!wakeup) {
        return Error{ErrorKind::kSystem, "eventfd: " + std::generic_category().message(errno)};
    }
    std::array<char, kErrorTextMax> text{};
    rd_kafka_t* handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), text.data(), text.size());
    if (handle == nullptr) {
        return Error{ErrorKind::kUsage, std::string("Kafka producer: ") + text.data()};
    }
    static_cast<void>(conf.release());  // the producer owns it now
    std::unique_ptr<KafkaProducer> producer(new KafkaProducer(handle, std::move(wakeup)));
    if (Result<void> used = producer->use(options); !used) {
        return std::move(used).error();
    }
    return producer;
}

KafkaProducer::KafkaProducer(rd_kafka_t* handle, FileDescriptor wakeup)
    : wakeup_(std::move(wakeup)),
      handle_(handle),
      events_(rd_kafka_queue_get_main(handle)) {
    constexpr std::uint64_t kOne = 1;  // what an eventfd wants to be given
    rd_kafka_set_log_queue(handle_, nullptr);
    rd_kafka_queue_io_event_enable(events_, wakeup_.get(), &kOne, sizeof kOne);
}

Result<void> KafkaProducer::use(const KafkaOptions& options) {
    topic_ = rd_kafka_topic_new(handle_, options.topic.c_str(), nullptr);
    if (topic_ == nullptr) {
        return Error{
            ErrorKind::kUsage,
            "topic \"" + options.topic + "\": " + rd_kafka_err2str(rd_kafka_last_error())};
    }
    constexpr std::size_t kHeaders = 3;
    headers_ = rd_kafka_headers_new(kHeaders);
    for (const auto& [name, value] : std::array<std::pair<const char*, std::string_view>, kHeaders>{
             {{"schema", "flowgauge/1"},
              {"ct", options.content_type},
              {"sensor", options.sensor}}}) {
        rd_kafka_header_add(headers_, name, -1, value.data(), static_cast<ssize_t>(value.size()));
    }
    return {};
}

KafkaProducer::~KafkaProducer() {
    rd_kafka_queue_io_event_enable(events_, -1, nullptr, 0);
    rd_kafka_queue_destroy(events_);
    if (headers_ != nullptr) {
        rd_kafka_headers_destroy(headers_);
    }
    if (topic_ != nullptr) {
        rd_kafka_topic_destroy(topic_);
    }
    rd_kafka_destroy(handle_);
}

rd_kafka_resp_err_t KafkaProducer::produce(
    std::string_view key, std::string_view value, void* opaque
) noexcept {
    rd_kafka_headers_t* headers = rd_kafka_headers_copy(headers_);
    std::array<rd_kafka_vu_t, 5> parts{};
    parts[0].vtype = RD_KAFKA_VTYPE_RKT;
    parts[0].u.rkt = topic_;
    parts[1].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[1].u.mem = {.ptr = const_cast<char*>(value.data()), .size = value.size()};
    parts[2].vtype = RD_KAFKA_VTYPE_KEY;
    // Messages without a key go to any partition; those with an empty one all to the same.
    parts[2].u.mem = {
        .ptr = key.empty() ? nullptr : const_cast<char*>(key.data()), .size = key.size()};
    parts[3].vtype = RD_KAFKA_VTYPE_OPAQUE;
    parts[3].u.ptr = opaque;
    parts[4].vtype = RD_KAFKA_VTYPE_HEADERS;
    parts[4].u.headers = headers;
    rd_kafka_error_t* error = rd_kafka_produceva(handle_, parts.data(), parts.size());
    if (error == nullptr) {
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    rd_kafka_headers_destroy(headers);
    const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    return code;
}

void KafkaProducer::clear_wakeup() noexcept {
    std::uint64_t count = 0;
    static_cast<void>(!::read(wakeup_.get(), &count, sizeof count));
}

rd_kafka_resp_err_t KafkaProducer::fatal_error(std::string& text) const {
    std::array<char, kErrorTextMax> buffer{};
    const rd_kafka_resp_err_t code = rd_kafka_fatal_error(handle_, buffer.data(), buffer.size());
    text = buffer.data();
    return code;
}

RetiredProducers::~RetiredProducers() {
    std::unique_lock lock(alive_->mutex);
    alive_->changed.wait_for(lock, kDestructionPatience, [this] { return alive_->count == 0; });
}

void RetiredProducers::take(
    std::unique_ptr<KafkaProducer> producer, std::vector<std::shared_ptr<std::string>> memory
) {
    {
        const std::lock_guard lock(alive_->mutex);
        ++alive_->count;
    }
    std::jthread([alive = alive_, dying = std::move(producer), kept = std::move(memory)]() mutable {
        dying.reset();
        kept.clear();
        const std::lock_guard lock(alive->mutex);
        --alive->count;
        alive->changed.notify_all();
    }).detach();
}

std::size_t RetiredProducers::count() const {
    const std::lock_guard lock(alive_->mutex);
    return alive_->count;
}

}  // namespace flowgauge
