// Sink: takes records from the queues of all workers, encodes them and sends them off; on a thread
// of its own, or on that of the only worker.
#pragma once

#include "core/base/published.h"
#include "core/base/result.h"
#include "core/base/wakeup.h"
#include "core/record/column.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "export/sink/encoder.h"
#include "export/sink/record_queue.h"
#include "export/sink/sink_numbers.h"
#include "export/sink/transport.h"

namespace flowgauge {

// What a sink has done. Law: each record taken from a queue is acknowledged, dropped or discarded.
struct SinkCounters {
    std::uint64_t records_acknowledged = 0;                            // accepted by the transport
    std::uint64_t records_dropped = 0;                                 // by or after its failures
    std::uint64_t records_discarded = 0;                               // beyond max_records
    std::uint64_t packets_discarded = 0;                               // in those
    std::array<std::uint64_t, kEndReasonCount> discarded_by_reason{};  // why those had ended
};

// Where a sink works. On the worker's thread there is nothing to hand over: a record is encoded
// while it is in that core's caches, but the worker waits for the output.
enum class SinkThread : std::uint8_t { kOwn, kWorker };

struct SinkOptions {
    SinkThread thread = SinkThread::kOwn;  // kWorker: for one worker only
    bool ordered = false;                  // rows by moment and key over all queues
    std::uint64_t max_records = 0;         // 0: no limit
    std::size_t queue_records = 4096;
};

// Thread: made, started and joined by one; the queues belong to a worker each. Ownership: owns
// queues, encoder and transport.
class Sink final : private RecordConsumer {
public:
    Sink(
        const SinkOptions& options,
        std::size_t workers,
        std::unique_ptr<RecordEncoder> encoder,
        std::unique_ptr<Transport> transport
    );
    ~Sink() override;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    // The queue of one worker.
    [[nodiscard]] RecordQueue& queue(std::size_t worker) noexcept { return *queues_[worker]; }
    [[nodiscard]] const RecordQueue& queue(std::size_t worker) const noexcept {
        return *queues_[worker];
    }
    [[nodiscard]] std::size_t workers() const noexcept { return queues_.size(); }

    // Starts the thread, if there is one.
    void start(RecordContext context);

    // Sends off what is encoded: the worker may have to wait for input. Requires: kWorker; the
    // thread that works. With a thread of its own the sink does so by itself.
    void flush() {
        if (options_.thread == SinkThread::kWorker) {
            send();
            attend();
        }
    }

    // Finishes the file in use and opens another one for what follows. Happens as soon as the sink
    // looks, at most a second later. Thread: any.
    void reopen();

    // What follows is rotated and kept so. As reopen().
    void change(const FileRotation& rotation);

    // Waits until all queues are closed and written. Returns a failure of the transport that was
    // final.
    [[nodiscard]] Result<void> join();

    // Whether anything will still be written; kFull says that max_records were, kFailed that the
    // transport failed. Whoever feeds the sink stops then. Thread: any.
    enum class State : std::uint8_t { kOpen, kFull, kFailed };
    [[nodiscard]] State state() const noexcept { return state_.load(std::memory_order_relaxed); }

    // Requires: joined.
    [[nodiscard]] const SinkCounters& counters() const noexcept { return counters_; }

    // As of the last time that the sink wrote, or had nothing to do. Thread: any.
    [[nodiscard]] SinkNumbers numbers() const noexcept { return published_.get(); }

private:
    void work();
    void take_waiting() override;
    void end();
    [[nodiscard]] RecordQueue* next_queue();
    [[nodiscard]] bool may_precede(const FlowRecord& record, const RecordQueue* own);
    [[nodiscard]] bool all_closed() const noexcept;
    void wake_producers() noexcept;
    void take(RecordQueue& queue);
    void send();
    void attend();
    void read_mail();
    void publish() noexcept;
    [[nodiscard]] SinkNumbers count() const noexcept;
    void fail(Error error);

    // What other threads ask for; looked at once a wake, not for each record.
    struct Mail {
        bool reopen = false;
        std::optional<FileRotation> rotation;
    };
    void post(const Mail& mail);

    SinkOptions options_;
    Wakeup wakeup_;
    std::vector<std::unique_ptr<RecordQueue>> queues_;
    std::unique_ptr<RecordEncoder> encoder_;
    std::unique_ptr<Transport> transport_;
    RecordContext context_;
    std::string buffer_;
    std::vector<std::uint32_t> ends_;  // of the records in buffer_
    std::uint64_t held_records_ = 0;   // by an encoder that writes at the end
    std::uint64_t acknowledged_at_end_ = 0;
    std::uint64_t records_taken_ = 0;
    RecordLosses dropped_;  // here; what the transport dropped is in its numbers
    std::uint64_t next_id_ = 0;
    std::size_t next_turn_ = 0;
    SinkCounters counters_;
    std::optional<Error> error_;
    std::atomic<State> state_{State::kOpen};
    Published<SinkNumbers> published_;
    std::mutex mail_mutex_;
    Mail mail_;
    std::atomic<bool> has_mail_{false};
    std::jthread thread_;  // of kOwn
};

}  // namespace flowgauge
