// RecordFilter: which records a sink wants.
#pragma once

#include "core/record/column.h"

namespace flowgauge {

// Thread: that of the sink. Cost: no allocation per record.
class RecordFilter {
public:
    virtual ~RecordFilter() = default;
    [[nodiscard]] virtual bool wants(const RecordView& record) = 0;
};

}  // namespace flowgauge
