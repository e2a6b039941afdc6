// FlowsAnswer: puts together what the workers say about their largest flows.
#pragma once

#include "core/base/time.h"
#include "core/dpi/application.h"
#include "sensor/worker_orders.h"
#include "telemetry/sensor_statistics.h"

#include <memory>
#include <string>
#include <vector>

namespace flowgauge {

struct PendingFlows {
    std::vector<std::shared_ptr<FlowsRequest>> requests;
    std::vector<std::string> inputs;  // of each request

    // Whether all workers have answered.
    [[nodiscard]] bool is_complete() const noexcept;
};

// Of the workers that have answered: the `limit` largest of all. `names` may be null.
[[nodiscard]] FlowsSnapshot answer_of(
    const PendingFlows& pending, std::size_t limit, TimeUnit unit, const ApplicationNames* names
);

}  // namespace flowgauge
