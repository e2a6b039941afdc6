#include "export/sink/sink_numbers.h"

namespace flowgauge {

std::string_view to_string(RecordLoss loss) noexcept {
    switch (loss) {
    case RecordLoss::kQueueFull:
        return "queue_full";
    case RecordLoss::kOutputFailed:
        return "output_failed";
    case RecordLoss::kDiskLow:
        return "disk_low";
    case RecordLoss::kMaxNflows:
        return "max_nflows";
    }
    return "unknown";
}

}  // namespace flowgauge
