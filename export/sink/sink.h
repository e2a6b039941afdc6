// Sink: takes records from the queues of all workers, encodes them and sends them off; on a thread
// of its own, or on that of the only worker.
#pragma once

#include "core/base/published.h"
#include "core/base/result.h"
#include "core/base/wakeup.h"
#include "core/record/column.h"
#include "export/sink/encoder.h"
#include "export/sink/outbox.h"
#include "export/sink/record_filter.h"
#include "export/sink/record_merge.h"
#include "export/sink/sink_numbers.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace flowgauge {

// What a sink has done with the flows, for the summary of a run.
struct SinkCounters {
    std::uint64_t records_acknowledged = 0;                            // accepted by the transport
    std::uint64_t records_filtered = 0;                                // not wanted there
    std::uint64_t records_dropped = 0;                                 // on the way
    std::uint64_t records_stored = 0;                                  // in the spool, for later
    std::uint64_t records_discarded = 0;                               // beyond max_records
    std::uint64_t packets_discarded = 0;                               // in those
    std::array<std::uint64_t, kEndReasonCount> discarded_by_reason{};  // why those had ended
};

// Where a sink works. On the worker's thread there is nothing to hand over: a record is encoded
// while it is in that core's caches, but the worker waits for the output.
enum class SinkThread : std::uint8_t { kOwn, kWorker };

struct SinkOptions {
    std::string name{};  // of its thread, after "sink-": what top, ps and gdb show
    SinkThread thread = SinkThread::kOwn;  // kWorker: for one worker only
    bool ordered = false;                  // rows by moment and key over all queues
    std::uint64_t max_records = 0;         // 0: no limit
    std::size_t queue_records = 4096;
    OutboxOptions outbox{};

    // Nothing gives way as long as the output works: whoever makes records waits. For files.
    bool waits = false;

    // An output that has not worked for `patience` while somebody waited has failed for good.
    bool gives_up = false;

    // How long a block that is not full waits for more records.
    std::chrono::milliseconds linger{0};

    // How long an encoder may keep records back that it could give out as they are; 0: to the end.
    std::chrono::milliseconds keep_back_max{0};

    // How long an output that does nothing may hold up those who wait for it: at the end, when
    // what is left is then stored or dropped, and with `gives_up`.
    std::chrono::milliseconds patience{10'000};
};

// What a sink is made of. `filter` and `store` may be null.
struct SinkParts {
    std::unique_ptr<RecordFilter> filter;
    std::unique_ptr<RecordEncoder> encoder;
    std::unique_ptr<Transport> transport;
    std::unique_ptr<BlockStore> store;
};

// Thread: made, started and joined by one; the queues belong to a worker each. Ownership: owns
// queues and parts.
class Sink final : private RecordConsumer {
public:
    Sink(const SinkOptions& options, std::size_t workers, SinkParts parts);
    ~Sink() override;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    // The queue of one worker.
    [[nodiscard]] RecordQueue& queue(std::size_t worker) noexcept { return merge_.queue(worker); }
    [[nodiscard]] const RecordQueue& queue(std::size_t worker) const noexcept {
        return merge_.queue(worker);
    }
    [[nodiscard]] std::size_t workers() const noexcept { return merge_.workers(); }

    // Starts the thread, if there is one.
    void start(RecordContext context);

    // Sends off what is encoded: the worker may have to wait for input. Requires: kWorker; the
    // thread that works. With a thread of its own the sink does so by itself.
    void flush();

    // Nothing is dropped any more as long as the output works: no packet waits behind the records
    // that come now, which are the last ones. Thread: any.
    void drain() noexcept { draining_.store(true, std::memory_order_relaxed); }

    // Runs `task` on the sink's thread, at most a second later. Thread: any.
    void post(std::function<void(Sink& sink)> task);

    // Finishes the file in use and opens another one for what follows. Thread: any.
    void reopen();

    // Records are judged by `filter` from now on; null: all are wanted. Thread: any.
    void change_filter(std::shared_ptr<RecordFilter> filter);

    [[nodiscard]] Transport& transport() noexcept { return outbox_.transport(); }

    // Waits until all queues are closed and written. Returns a failure of the transport that was
    // final.
    [[nodiscard]] Result<void> join();

    // Whether anything will still be written; kFull says that max_records were, kFailed that the
    // transport failed. Whoever feeds the sink stops then. Thread: any.
    enum class State : std::uint8_t { kOpen, kFull, kFailed };
    [[nodiscard]] State state() const noexcept { return state_.load(std::memory_order_relaxed); }

    // Requires: joined.
    [[nodiscard]] const SinkCounters& counters() const noexcept { return counters_; }

    // As of the last time that the sink sent something, or had nothing to do. Thread: any.
    [[nodiscard]] SinkNumbers numbers() const noexcept { return published_.get(); }

private:
    void work();
    void take_waiting() override;
    void take(RecordQueue& queue);
    void discard(const FlowRecord& record) noexcept;
    [[nodiscard]] RecordLoss loss() const noexcept;
    void encode(const FlowRecord& record, std::uint32_t worker);
    void end();
    void drain_outbox();

    void close_block();
    void give_out_kept(SteadyTime now);
    [[nodiscard]] bool is_lingering(SteadyTime now) const noexcept;
    void turn();
    void make_room();
    [[nodiscard]] bool may_wait() const noexcept;
    void lose_patience();
    void rest(std::uint32_t ticket);
    void wait_for_outbox();
    [[nodiscard]] bool is_patient();

    void run_tasks();
    void publish() noexcept;
    [[nodiscard]] SinkNumbers count() const noexcept;
    void fail(Error error);

    SinkOptions options_;
    Wakeup wakeup_;
    RecordMerge merge_;
    std::shared_ptr<RecordFilter> filter_;
    std::unique_ptr<RecordEncoder> encoder_;
    std::shared_ptr<const Preamble> preamble_;
    Outbox outbox_;
    RecordContext context_;

    Block block_;
    SteadyTime block_since_;
    SteadyTime gave_out_at_;
    bool has_sent_ = false;
    bool has_room_ = true;
    std::optional<SteadyTime> stalled_since_;  // somebody waits, and no record was decided
    TransportWait wait_;

    std::uint64_t records_taken_ = 0;
    RecordLosses dropped_;  // before the outbox
    std::uint64_t next_id_ = 0;
    SinkCounters counters_;
    std::optional<Error> error_;
    std::atomic<State> state_{State::kOpen};
    std::atomic<bool> draining_{false};
    Published<SinkNumbers> published_;

    std::mutex tasks_mutex_;
    std::vector<std::function<void(Sink&)>> tasks_;
    std::atomic<bool> has_tasks_{false};
    std::jthread thread_;  // of kOwn
};

}  // namespace flowgauge
