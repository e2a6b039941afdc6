// The encoder of a sink, by what the operator set.
#pragma once

#include "config/sink_settings.h"
#include "core/base/time.h"
#include "core/record/column.h"
#include "export/sink/encoder.h"

#include <memory>
#include <vector>

namespace flowgauge {

// An encoder of lines of text, or of a table. `columns` are those of CSV and JSON; a table has its
// own.
[[nodiscard]] std::unique_ptr<RecordEncoder> make_text_encoder(
    const EncoderOptions& options, std::vector<const Column*> columns, TimeUnit unit
);

}  // namespace flowgauge
