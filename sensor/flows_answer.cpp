#include "sensor/flows_answer.h"

#include "core/base/ip_address.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace flowgauge {
namespace {

std::string address_text(const IpAddress& address, std::uint8_t ip_version) {
    std::array<char, kIpTextMax> text{};
    const char* end = write_ip(text.data(), address, ip_version);
    return {static_cast<const char*>(text.data()), end};
}

std::int64_t in_milliseconds(Tick tick, TimeUnit unit) {
    return tick / (ticks_per_second(unit) / 1000);
}

// The row as a flow. Who sent last is not known: the other direction is said to end with the flow
// as well.
Flow flow_of(const ActiveFlow& row) {
    Flow flow;
    flow.key = row.key;
    flow.from_upper = row.from_upper;
    flow.first_seen = {row.first, row.packets[1] == 0 ? 0 : row.first};
    flow.last_seen = {row.last, row.packets[1] == 0 ? 0 : row.last};
    flow.packets = row.packets;
    flow.bytes = row.bytes;
    flow.flow_uid = row.flow_uid;
    flow.tcp_seen = row.tcp_seen;
    return flow;
}

FlowSnapshot snapshot_of(
    const ActiveFlow& row, const std::string& input, const FlowsWording& wording
) {
    const FlowKey& key = row.key;
    const TimeUnit unit = wording.unit;
    FlowSnapshot flow{
        .input = input,
        .source = address_text(row.from_upper ? key.upper : key.lower, key.ip_version()),
        .destination = address_text(row.from_upper ? key.lower : key.upper, key.ip_version()),
        .source_port = row.from_upper ? key.upper_port() : key.lower_port(),
        .destination_port = row.from_upper ? key.lower_port() : key.upper_port(),
        .protocol = key.protocol(),
        .vlan_id = key.vlan_id(),
        .application = {},
        .process_name = {},
        .first_ms = in_milliseconds(row.first, unit),
        .last_ms = in_milliseconds(row.last, unit),
        .packets = row.packets,
        .bytes = row.bytes,
        .flow_uid = row.flow_uid};
    if (wording.names != nullptr && (row.app != 0 || row.master != 0)) {
        Application application;
        application.master = row.master;
        application.app = row.app;
        flow.application = wording.names->application(application);
    }
    if (wording.attribution) {
        if (const auto owner = wording.attribution(flow_of(row)).owner) {
            flow.process_pid = owner->pid;
            flow.process_name = owner->name;
        }
    }
    return flow;
}

std::uint64_t all_bytes(const ActiveFlow& row) {
    return row.bytes[0] + row.bytes[1];
}

}  // namespace

bool PendingFlows::is_complete() const noexcept {
    return std::ranges::all_of(requests, [](const auto& request) {
        return request->done.load(std::memory_order_acquire);
    });
}

FlowsSnapshot answer_of(
    const PendingFlows& pending, std::size_t limit, const FlowsWording& wording
) {
    using std::chrono::system_clock;
    FlowsSnapshot snapshot;
    snapshot.time_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(system_clock::now().time_since_epoch()
        )
            .count();
    struct Candidate {
        const ActiveFlow* row;
        const std::string* input;
    };
    std::vector<Candidate> all;
    for (std::size_t i = 0; i < pending.requests.size(); ++i) {
        const FlowsRequest& request = *pending.requests[i];
        if (!request.done.load(std::memory_order_acquire)) {
            continue;
        }
        snapshot.flows_active += request.flows_active;
        for (const ActiveFlow& row : request.rows) {
            all.push_back({&row, &pending.inputs[i]});
        }
    }
    std::ranges::sort(all, [](const Candidate& a, const Candidate& b) {
        return all_bytes(*a.row) != all_bytes(*b.row) ? all_bytes(*a.row) > all_bytes(*b.row)
                                                      : a.row->flow_uid < b.row->flow_uid;
    });
    all.resize(std::min(all.size(), limit));
    for (const Candidate& candidate : all) {
        snapshot.flows.push_back(snapshot_of(*candidate.row, *candidate.input, wording));
    }
    return snapshot;
}

}  // namespace flowgauge
