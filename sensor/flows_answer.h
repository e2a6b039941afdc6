// FlowsAnswer: puts together what the workers say about their largest flows.
#pragma once

#include "core/attribution/attribution.h"
#include "core/base/time.h"
#include "core/dpi/application.h"
#include "core/flow/flow.h"
#include "sensor/worker_orders.h"
#include "telemetry/sensor_statistics.h"

#include <functional>
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

// Which process a flow that goes on belongs to, as far as it is known by now. Of the flow there are
// key and source, the first and the last time of both directions together, on the system's clock
// and in the unit of the records, counts, flow_uid and tcp_seen.
using LiveAttribution = std::function<Attribution(const Flow& flow)>;

// What the rows of workers are told in.
struct FlowsWording {
    TimeUnit unit = TimeUnit::kMilliseconds;
    const ApplicationNames* names = nullptr;  // null: without applications
    LiveAttribution attribution;              // empty: without processes
};

// Of the workers that have answered: the `limit` largest of all. Cost: an attribution for each of
// these.
[[nodiscard]] FlowsSnapshot answer_of(
    const PendingFlows& pending, std::size_t limit, const FlowsWording& wording
);

}  // namespace flowgauge
