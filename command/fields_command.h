// `flowgauge fields`: the tables of columns and of metrics, for people.
#pragma once

#include "service/exit_status.h"

#include <cstdint>

namespace flowgauge {

enum class FieldsForm : std::uint8_t {
    kText,      // columns
    kMarkdown,  // columns: docs/FIELDS.md
    kMetrics,   // docs/METRICS.md
};

[[nodiscard]] ExitStatus list_fields(FieldsForm form);

}  // namespace flowgauge
