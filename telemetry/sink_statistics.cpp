#include "telemetry/sink_statistics.h"

namespace flowgauge {

void set_numbers(SinkStatistics& statistics, const SinkReading& reading) {
    const OutputNumbers& output = reading.output;
    statistics.records_in = reading.records_in;
    statistics.records_acknowledged = output.records_acknowledged;
    for (std::size_t i = 0; i < kRecordLossCount; ++i) {
        const auto loss = static_cast<RecordLoss>(i);
        statistics.records_dropped[std::string(to_string(loss))] = output.dropped[loss];
    }
    statistics.records_queued = reading.records_queued;
    statistics.queue_capacity = reading.queue_capacity;
    statistics.bytes_written = output.bytes_written;
    statistics.files_opened = output.files_opened;
    statistics.files_finished = output.files_finished;
    statistics.files_removed = output.files_removed;
    statistics.files_recovered = output.files_recovered;
    statistics.errors = output.errors;
    statistics.last_success_ms = output.last_success_ms;
    statistics.working = output.working != 0;
}

}  // namespace flowgauge
