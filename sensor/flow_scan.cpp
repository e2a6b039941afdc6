#include "sensor/flow_scan.h"

#include "core/dpi/dissection_observer.h"

#include <algorithm>
#include <utility>

namespace flowgauge {
namespace {

// About 0.2 ms of memory that is in no cache.
constexpr std::size_t kFlowsAtOnce = 2048;

std::uint64_t all_bytes(const ActiveFlow& row) noexcept {
    return row.bytes[0] + row.bytes[1];
}

// The heap's top is the smallest row, which gives way first.
bool is_larger(const ActiveFlow& a, const ActiveFlow& b) noexcept {
    return all_bytes(a) != all_bytes(b) ? all_bytes(a) > all_bytes(b) : a.flow_uid < b.flow_uid;
}

}  // namespace

void FlowScan::begin(std::shared_ptr<FlowsRequest> request) {
    if (request_ != nullptr) {
        waiting_.push_back(std::move(request));
        return;
    }
    request_ = std::move(request);
    cursor_ = 0;
}

void FlowScan::go_on(FlowShard& shard) {
    cursor_ = shard.visit(cursor_, kFlowsAtOnce, *this);
    if (cursor_ == 0) {
        finish(shard);
    }
}

void FlowScan::visit(const Flow& flow, const std::byte* cold, Tick clock_shift) {
    std::vector<ActiveFlow>& rows = request_->rows;
    if (request_->limit == 0 ||
        (rows.size() == request_->limit && flow.all_bytes() <= all_bytes(rows.front()))) {
        return;
    }
    ActiveFlow row{
        .key = flow.key,
        .from_upper = flow.from_upper,
        .first = flow.first() + clock_shift,
        .last = flow.last() + clock_shift,
        .packets = flow.packets,
        .bytes = flow.bytes,
        .flow_uid = flow.flow_uid,
        .tcp_seen = flow.tcp_seen};
    if (layout_.application) {
        const Application& application = DissectionObserver::read(cold + *layout_.application);
        row.master = application.master;
        row.app = application.app;
    }
    if (rows.size() == request_->limit) {
        std::ranges::pop_heap(rows, is_larger);
        rows.pop_back();
    }
    rows.push_back(row);
    std::ranges::push_heap(rows, is_larger);
}

void FlowScan::finish(const FlowShard& shard) {
    std::vector<ActiveFlow>& rows = request_->rows;
    // A flow that was moved while the table grew may have been seen twice.
    std::ranges::sort(rows, {}, &ActiveFlow::flow_uid);
    const auto same = [](const ActiveFlow& a, const ActiveFlow& b) {
        return a.flow_uid == b.flow_uid;
    };
    rows.erase(std::unique(rows.begin(), rows.end(), same), rows.end());
    std::ranges::sort(rows, is_larger);
    request_->flows_active = shard.active_flows();
    request_->done.store(true, std::memory_order_release);
    request_.reset();
    if (!waiting_.empty()) {
        begin(std::exchange(waiting_.front(), nullptr));
        waiting_.erase(waiting_.begin());
    }
}

}  // namespace flowgauge
