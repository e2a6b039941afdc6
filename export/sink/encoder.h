// RecordEncoder: turns records into the units of a format. Knows nothing of where they go.
#pragma once

#include "core/record/column.h"
#include "export/sink/block.h"

#include <cstdint>
#include <string>

namespace flowgauge {

// Thread: the sink's. Ownership: refers to the column table. Cost: no allocation per record once
// buffers have grown.
class RecordEncoder {
public:
    virtual ~RecordEncoder() = default;

    // What stands at the head of each output (Preamble::bytes). Called once, before encode().
    [[nodiscard]] virtual std::string preamble() { return {}; }

    // Appends one record, as a unit of its own or as a part of one that is still open. An encoder
    // may also keep records back and append many at once. Returns false when the record does not
    // fit the format (too long for a message): it then left nothing behind.
    [[nodiscard]] virtual bool encode(const RecordView& record, Block& out) = 0;

    // Ends the unit that is open, so that every record so far that is not kept back is in a unit.
    // The sink calls it before a block leaves.
    virtual void end_unit(Block& /*out*/) {}

    // Appends what was kept back. Records may follow where that makes sense
    // (SinkOptions::keep_back_max).
    virtual void finish(Block& /*out*/) {}

    // Records so far whose texts or lists were cut to fit a message.
    [[nodiscard]] virtual std::uint64_t records_shortened() const noexcept { return 0; }
};

}  // namespace flowgauge
