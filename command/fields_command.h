// `flowgauge fields`: the tables of columns and of metrics, for people and for other programs.
#pragma once

#include "service/exit_status.h"

#include <cstdint>

namespace flowgauge {

enum class FieldsForm : std::uint8_t {
    kText,      // columns
    kMarkdown,  // columns: docs/FIELDS.md
    kMetrics,   // docs/METRICS.md
    kProtobuf,  // columns: packaging/kafka/flowgauge.proto
};

[[nodiscard]] ExitStatus list_fields(FieldsForm form);

}  // namespace flowgauge
