#include "export/terminal/top_flows.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace flowgauge {

bool ranks_before(const FlowRow& a, const FlowRow& b) noexcept {
    if (a.bytes != b.bytes) {
        return a.bytes > b.bytes;
    }
    if (a.packets != b.packets) {
        return a.packets > b.packets;
    }
    return std::tie(a.first, a.key, a.moment, a.flow_uid) <
           std::tie(b.first, b.key, b.moment, b.flow_uid);
}

void TopFlows::add(const RecordView& view) {
    const Flow& flow = view.flow();
    FlowRow row{
        .key = flow.key,
        .from_upper = flow.from_upper,
        .packets = flow.all_packets(),
        .bytes = flow.all_bytes(),
        .first = flow.first(),
        .last = flow.last(),
        .moment = view.record.moment,
        .flow_uid = flow.flow_uid};
    if (!admits(row)) {
        return;
    }
    if (view.context.layout.application) {
        const Application& application = view.application();
        row.master = application.master;
        row.app = application.app;
        if (application.metadata != nullptr) {
            row.server_name = application.metadata->requested_server_name;
        }
    }
    if (view.context.layout.attribution) {
        row.owner = view.attribution().owner;
    }
    add(std::move(row));
}

void TopFlows::add(FlowRow row) {
    if (!admits(row)) {
        return;
    }
    if (heap_.size() == rows_max_) {
        std::ranges::pop_heap(heap_, ranks_before);
        heap_.pop_back();
    }
    heap_.push_back(std::move(row));
    std::ranges::push_heap(heap_, ranks_before);
}

std::vector<FlowRow> TopFlows::sorted() const {
    std::vector<FlowRow> rows = heap_;
    std::ranges::sort(rows, ranks_before);
    return rows;
}

bool TopFlows::admits(const FlowRow& row) const noexcept {
    return heap_.size() < rows_max_ || (!heap_.empty() && ranks_before(row, heap_.front()));
}

}  // namespace flowgauge
