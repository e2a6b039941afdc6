// Reads a sink and the queues before it while both are at work, so that the numbers add up.
#pragma once

#include "export/sink/queue_outlet.h"
#include "export/sink/sink.h"

#include <cstddef>

namespace flowgauge {

// Thread: any. `outlet_of(worker)` is the QueueOutlet of that worker, and `sink_index` the place of
// the sink among those it feeds. The sink comes first: what it has taken was pushed before, so the
// queues, which are read later, have counted it.
template <typename OutletOf>
[[nodiscard]] SinkReading read_sink(
    const Sink& sink, std::size_t sink_index, OutletOf&& outlet_of
) {
    const SinkNumbers numbers = sink.numbers();
    SinkReading reading{
        .records_acknowledged = numbers.records_acknowledged,
        .records_stored = numbers.records_stored,
        .records_shortened = numbers.records_shortened,
        .dropped = numbers.dropped,
        .output = numbers.output,
        .store = numbers.store};
    std::uint64_t pushed = 0;
    std::uint64_t queue_full = 0;
    for (std::size_t worker = 0; worker < sink.workers(); ++worker) {
        queue_full += outlet_of(worker).dropped(sink_index);
        pushed += sink.queue(worker).pushed();
        reading.queue_capacity += sink.queue(worker).capacity();
    }
    reading.dropped[RecordLoss::kQueueFull] += queue_full;
    reading.records_in = pushed + queue_full;
    reading.records_queued = reading.records_in + numbers.store.records_recovered -
                             reading.records_acknowledged - reading.dropped.total() -
                             reading.records_stored;
    return reading;
}

}  // namespace flowgauge
