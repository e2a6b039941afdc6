// Sink: takes records from the queues of all workers, encodes them and sends them off; on a thread
// of its own, or on that of the only worker.
#pragma once

#include "core/base/result.h"
#include "core/base/wakeup.h"
#include "core/export/encoder.h"
#include "core/export/record_queue.h"
#include "core/export/transport.h"
#include "core/record/column.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace flowgauge {

// What a sink has done. Law: each record taken from a queue is acknowledged, dropped or discarded.
struct SinkCounters {
    std::uint64_t records_acknowledged = 0;                            // accepted by the transport
    std::uint64_t records_dropped = 0;                                 // after the transport failed
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

    // Starts the thread, if there is one.
    void start(RecordContext context);

    // Sends off what is encoded: the worker may have to wait for input. Requires: kWorker; the
    // thread that works. With a thread of its own the sink does so by itself.
    void flush() {
        if (options_.thread == SinkThread::kWorker) {
            send();
        }
    }

    // Waits until all queues are closed and written. Returns the first failure of the transport.
    [[nodiscard]] Result<void> join();

    // Whether anything will still be written; kFull says that max_records were, kFailed that the
    // transport failed. Whoever feeds the sink stops then. Thread: any.
    enum class State : std::uint8_t { kOpen, kFull, kFailed };
    [[nodiscard]] State state() const noexcept { return state_.load(std::memory_order_relaxed); }

    // Requires: joined.
    [[nodiscard]] const SinkCounters& counters() const noexcept { return counters_; }

    // Records written so far. Thread: any.
    [[nodiscard]] std::uint64_t records_written() const noexcept {
        return written_.load(std::memory_order_relaxed);
    }

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
    void fail(Error error);

    SinkOptions options_;
    Wakeup wakeup_;
    std::vector<std::unique_ptr<RecordQueue>> queues_;
    std::unique_ptr<RecordEncoder> encoder_;
    std::unique_ptr<Transport> transport_;
    RecordContext context_;
    std::string buffer_;
    std::uint64_t buffered_records_ = 0;
    std::uint64_t next_id_ = 0;
    std::size_t next_turn_ = 0;
    SinkCounters counters_;
    std::optional<Error> error_;
    std::atomic<State> state_{State::kOpen};
    std::atomic<std::uint64_t> written_{0};
    std::jthread thread_;  // of kOwn
};

}  // namespace flowgauge
