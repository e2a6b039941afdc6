// The numbers of a sink: what became of each record, and of the files or connections that took
// them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string_view>

namespace flowgauge {

// Why a record did not come out.
enum class RecordLoss : std::uint8_t {
    kFilter,        // `when` of the sink did not hold for it
    kQueueFull,     // the sink did not keep up, and nobody may wait
    kSpoolFull,     // nor was there room in the spool
    kSpoolDamaged,  // it was in the spool and could not be read back
    kOutputFailed,  // the output does not work, and its queue is full; or it failed for good
    kDiskLow,       // less than min_free would have been left on the file system
    kTooLong,       // it does not fit a message of the format
    kRefused,       // the other side does not want it and will not want it later
    kShutdown,      // the time to drain was over
    kMaxNflows,     // max_nflows were written before
};
constexpr std::size_t kRecordLossCount = 10;

// The word of metrics, summary and documentation.
[[nodiscard]] std::string_view to_string(RecordLoss loss) noexcept;

// Records by why they were lost.
struct RecordLosses {
    std::array<std::uint64_t, kRecordLossCount> records{};

    [[nodiscard]] std::uint64_t& operator[](RecordLoss loss) noexcept {
        return records[static_cast<std::size_t>(loss)];
    }
    [[nodiscard]] std::uint64_t operator[](RecordLoss loss) const noexcept {
        return records[static_cast<std::size_t>(loss)];
    }
    [[nodiscard]] std::uint64_t total() const noexcept {
        return std::accumulate(records.begin(), records.end(), std::uint64_t{0});
    }
    RecordLosses& operator+=(const RecordLosses& other) noexcept {
        for (std::size_t i = 0; i < kRecordLossCount; ++i) {
            records[i] += other.records[i];
        }
        return *this;
    }
};

// What an output that leaves retries and batches to a producer (Kafka) knows of it and of its
// brokers, as of its last report: seconds ago.
struct ProducerNumbers {
    // Now.
    std::uint64_t messages_waiting = 0;  // not delivered yet
    std::uint64_t bytes_waiting = 0;
    std::uint64_t brokers = 0;     // known to the producer
    std::uint64_t brokers_up = 0;  // connected
    // Of the slowest broker, in the last interval.
    std::uint64_t round_trip_us = 0;      // mean
    std::uint64_t round_trip_p99_us = 0;  // 99th percentile
    // Since the start; a new producer goes on where its predecessor ended.
    std::uint64_t messages_sent = 0;    // transmitted, delivered or not
    std::uint64_t bytes_sent = 0;       // as they were on the wire
    std::uint64_t connections = 0;      // tried
    std::uint64_t transmit_errors = 0;  // of requests
    std::uint64_t retries = 0;          // of requests
    std::uint64_t timeouts = 0;         // of requests
    std::uint64_t producers = 0;  // made; 0: the output has none; more than one after an error
                                  // that ended one
};

// What an output has done since it was opened.
struct OutputNumbers {
    std::uint64_t bytes_written = 0;
    std::uint64_t files_opened = 0;
    std::uint64_t files_finished = 0;
    std::uint64_t files_removed = 0;     // by `keep`
    std::uint64_t files_recovered = 0;   // unfinished ones of an earlier run
    std::uint64_t connections = 0;       // made since the start
    std::uint64_t records_repeated = 0;  // sent once more on a new connection; flow_uid tells them
    std::uint64_t records_uncertain =
        0;  // acknowledged here, perhaps lost with a connection; at most
    std::uint64_t records_skipped = 0;  // of several collectors, one was down too long to get them
    std::uint64_t errors = 0;
    std::uint64_t working = 1;         // 0: nothing gets out at present
    std::int64_t last_success_ms = 0;  // since 1970 UTC; 0: never
    ProducerNumbers producer;
};

// What a store of blocks has done (export/sink/block_store.h). Law: records_recovered + records
// appended = records + acknowledged + records_damaged + refused.
struct StoreNumbers {
    std::uint64_t records = 0;            // not acknowledged yet, handed out or not
    std::uint64_t records_unwritten = 0;  // of those: a killed process would lose them
    std::uint64_t records_recovered = 0;  // found when it was opened
    std::uint64_t records_damaged = 0;    // counted before, and could not be read back
    std::uint64_t bytes = 0;              // on disk
    std::uint64_t bytes_max = 0;
    std::uint64_t corrupt_bytes = 0;  // set aside, of no readable frame
    std::uint64_t frames_written = 0;
    std::uint64_t errors = 0;  // of writes, reads and syncs
};

// One consistent moment of a sink. Trivially copyable, 64-bit numbers only: it is published whole.
struct SinkNumbers {
    std::uint64_t records_taken = 0;  // out of the queues
    std::uint64_t records_acknowledged = 0;
    std::uint64_t records_stored = 0;
    std::uint64_t records_shortened = 0;  // encoded without all of their texts or lists
    RecordLosses dropped;
    OutputNumbers output;
    StoreNumbers store;

    // Taken, and in memory.
    [[nodiscard]] std::uint64_t buffered() const noexcept {
        return records_taken + store.records_recovered - records_acknowledged - dropped.total() -
               records_stored;
    }
};

// A sink together with the queues before it. Law, at every moment: records_in + records_recovered =
// records_acknowledged + dropped.total() + records_queued + records_stored.
struct SinkReading {
    std::uint64_t records_in = 0;  // offered by the workers
    std::uint64_t records_acknowledged = 0;
    std::uint64_t records_queued = 0;
    std::uint64_t records_stored = 0;
    std::uint64_t records_shortened = 0;
    std::uint64_t queue_capacity = 0;
    RecordLosses dropped;
    OutputNumbers output;
    StoreNumbers store;
};

}  // namespace flowgauge
