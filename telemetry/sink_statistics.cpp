#include "telemetry/sink_statistics.h"

namespace flowgauge {

void set_numbers(SinkStatistics& statistics, const SinkReading& reading) {
    const OutputNumbers& output = reading.output;
    statistics.records_in = reading.records_in;
    statistics.records_recovered = reading.store.records_recovered;
    statistics.records_acknowledged = reading.records_acknowledged;
    for (std::size_t i = 0; i < kRecordLossCount; ++i) {
        const auto loss = static_cast<RecordLoss>(i);
        statistics.records_dropped[std::string(to_string(loss))] = reading.dropped[loss];
    }
    statistics.records_queued = reading.records_queued;
    statistics.queue_capacity = reading.queue_capacity;
    statistics.records_spooled = reading.records_stored;
    statistics.spool_bytes = reading.store.bytes;
    statistics.spool_bytes_max = reading.store.bytes_max;
    statistics.spool_corrupt_bytes = reading.store.corrupt_bytes;
    statistics.spool_errors = reading.store.errors;
    statistics.connections = output.connections;
    statistics.records_repeated = output.records_repeated;
    statistics.records_uncertain = output.records_uncertain;
    statistics.records_skipped = output.records_skipped;
    statistics.records_shortened = reading.records_shortened;
    statistics.bytes_written = output.bytes_written;
    statistics.files_opened = output.files_opened;
    statistics.files_finished = output.files_finished;
    statistics.files_removed = output.files_removed;
    statistics.files_recovered = output.files_recovered;
    statistics.errors = output.errors;
    statistics.last_success_ms = output.last_success_ms;
    statistics.working = output.working != 0;
    statistics.producer = output.producer;
}

}  // namespace flowgauge
