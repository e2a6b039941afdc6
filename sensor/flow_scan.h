// FlowScan: finds the largest flows of a shard, a part at one time, so that no packet waits for it.
#pragma once

#include "core/flow/flow_shard.h"
#include "core/meter/record_layout.h"
#include "sensor/worker_orders.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace flowgauge {

// Thread: the worker's. One request at a time is answered; those that come meanwhile wait.
class FlowScan final : private FlowVisitor {
public:
    // Requires: the shard's states are laid out so.
    explicit FlowScan(const RecordLayout& layout) noexcept : layout_(layout) {}

    void begin(std::shared_ptr<FlowsRequest> request);

    [[nodiscard]] bool is_busy() const noexcept { return request_ != nullptr; }

    // Looks at the next flows, a number that takes a fraction of a millisecond.
    void go_on(FlowShard& shard);

private:
    void visit(const Flow& flow, const std::byte* cold, Tick clock_shift) override;
    void finish(const FlowShard& shard);

    RecordLayout layout_;
    std::shared_ptr<FlowsRequest> request_;
    std::vector<std::shared_ptr<FlowsRequest>> waiting_;
    std::size_t cursor_ = 0;
};

}  // namespace flowgauge
