#include "export/sink/sink_numbers.h"

namespace flowgauge {

std::string_view to_string(RecordLoss loss) noexcept {
    switch (loss) {
    case RecordLoss::kFilter:
        return "filter";
    case RecordLoss::kQueueFull:
        return "queue_full";
    case RecordLoss::kSpoolFull:
        return "spool_full";
    case RecordLoss::kSpoolDamaged:
        return "spool_damaged";
    case RecordLoss::kOutputFailed:
        return "output_failed";
    case RecordLoss::kDiskLow:
        return "disk_low";
    case RecordLoss::kTooLong:
        return "too_long";
    case RecordLoss::kRefused:
        return "refused";
    case RecordLoss::kShutdown:
        return "shutdown";
    case RecordLoss::kMaxNflows:
        return "max_nflows";
    }
    return "unknown";
}

}  // namespace flowgauge
