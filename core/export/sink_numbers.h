// The numbers of a sink: what became of each record, and of the files that hold them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string_view>

namespace flowgauge {

// Why a record did not come out.
enum class RecordLoss : std::uint8_t {
    kQueueFull,     // the sink did not keep up, and its worker may not wait
    kOutputFailed,  // it could not be written
    kDiskLow,       // less than min_free would have been left on the file system
    kMaxNflows,     // max_nflows were written before
};
constexpr std::size_t kRecordLossCount = 4;

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
};

// What an output has done since it was opened.
struct OutputNumbers {
    std::uint64_t records_acknowledged = 0;  // accepted for good, as the transport defines it
    RecordLosses dropped;
    std::uint64_t bytes_written = 0;
    std::uint64_t files_opened = 0;
    std::uint64_t files_finished = 0;
    std::uint64_t files_removed = 0;    // by `keep`
    std::uint64_t files_recovered = 0;  // unfinished ones of an earlier run
    std::uint64_t errors = 0;
    std::uint64_t working = 1;         // 0: what comes now is dropped
    std::int64_t last_success_ms = 0;  // since 1970 UTC; 0: never
};

// One consistent moment of a sink. Trivially copyable, 64-bit numbers only: it is published whole.
struct SinkNumbers {
    std::uint64_t records_taken = 0;  // out of the queues
    OutputNumbers output;

    // Taken, and neither acknowledged nor dropped yet.
    [[nodiscard]] std::uint64_t buffered() const noexcept {
        return records_taken - output.records_acknowledged - output.dropped.total();
    }
};

// A sink together with the queues before it. Law, at every moment: records_in =
// output.records_acknowledged + output.dropped.total() + records_queued.
struct SinkReading {
    std::uint64_t records_in = 0;  // offered by the workers
    std::uint64_t records_queued = 0;
    std::uint64_t queue_capacity = 0;
    OutputNumbers output;
};

}  // namespace flowgauge
