// StopRequest: what all workers of a run are told.
#pragma once

#include "core/flow/end_reason.h"

#include <atomic>

namespace flowgauge {

// Written by the control thread, reason first.
struct StopRequest {
    std::atomic<bool> requested{false};
    std::atomic<EndReason> reason{EndReason::kShutdown};
};

}  // namespace flowgauge
