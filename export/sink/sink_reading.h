// Reads a sink and the queues before it while both are at work, so that the numbers add up.
#pragma once

#include <cstddef>

#include "export/sink/queue_outlet.h"
#include "export/sink/sink.h"

namespace flowgauge {

// Thread: any. `outlet_of(worker)` is the QueueOutlet of that worker. The sink comes first: what it
// has taken was pushed before, so the queues, which are read later, have counted it.
template <typename OutletOf>
[[nodiscard]] SinkReading read_sink(const Sink& sink, OutletOf&& outlet_of) {
    SinkReading reading{.output = sink.numbers().output};
    std::uint64_t pushed = 0;
    for (std::size_t worker = 0; worker < sink.workers(); ++worker) {
        reading.output.dropped[RecordLoss::kQueueFull] += outlet_of(worker).dropped();
        pushed += sink.queue(worker).pushed();
        reading.queue_capacity += sink.queue(worker).capacity();
    }
    reading.records_in = pushed + reading.output.dropped[RecordLoss::kQueueFull];
    reading.records_queued =
        reading.records_in - reading.output.records_acknowledged - reading.output.dropped.total();
    return reading;
}

}  // namespace flowgauge
