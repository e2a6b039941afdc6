#include "command/top_model.h"

#include "core/packet/packet.h"
#include "export/terminal/flow_list.h"
#include "export/terminal/terminal_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <tuple>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::array<std::string_view, 4> kViewNames{"applications", "processes", "hosts", "flows"};
constexpr std::array<std::string_view, 4> kSortNames{"rate", "bytes", "packets", "name"};
constexpr std::string_view kUnknownApplication = "undecided";
constexpr std::string_view kUnknownProcess = "unknown";

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char character) {
        return static_cast<char>(std::tolower(character));
    });
    return out;
}

std::uint64_t packets_of(const FlowSnapshot& flow) {
    return flow.packets[0] + flow.packets[1];
}

std::uint64_t bytes_of(const FlowSnapshot& flow) {
    return flow.bytes[0] + flow.bytes[1];
}

std::string application_of(const FlowSnapshot& flow) {
    return flow.application.empty() ? std::string(kUnknownApplication)
                                    : printable(flow.application);
}

std::string process_of(const FlowSnapshot& flow) {
    if (flow.process_pid < 0) {
        return {};
    }
    return printable(flow.process_name) + "[" + std::to_string(flow.process_pid) + "]";
}

// "10.0.0.1:80", "[2001:db8::1]:80", or the address alone where the protocol has no ports.
std::string end_text(const FlowSnapshot& flow, const std::string& address, std::uint16_t port) {
    std::string host = printable(address);
    if (flow.protocol != kProtocolTcp && flow.protocol != kProtocolUdp) {
        return host;
    }
    const bool is_v6 = host.find(':') != std::string::npos;
    return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool matches(const TopRow& row, const std::string& lower_filter) {
    const std::array<const std::string*, 5> texts{
        &row.name, &row.destination, &row.protocol, &row.application, &row.process};
    return std::ranges::any_of(texts, [&lower_filter](const std::string* text) {
        return lower(*text).find(lower_filter) != std::string::npos;
    });
}

bool is_before(const TopRow& a, const TopRow& b, TopSort sort) {
    switch (sort) {
    case TopSort::kRate:
        if (a.bits_per_second != b.bits_per_second) {
            return a.bits_per_second > b.bits_per_second;
        }
        break;
    case TopSort::kBytes:
        break;
    case TopSort::kPackets:
        if (a.packets != b.packets) {
            return a.packets > b.packets;
        }
        break;
    case TopSort::kName:
        return std::tie(a.name, a.destination) < std::tie(b.name, b.destination);
    }
    if (a.bytes != b.bytes) {
        return a.bytes > b.bytes;
    }
    return std::tie(a.name, a.destination) < std::tie(b.name, b.destination);
}

// Rows by name, summed up.
class Groups {
public:
    void add(const std::string& name, const TopRow& flow) {
        const auto [at, is_new] = index_.emplace(name, rows_.size());
        if (is_new) {
            rows_.emplace_back().name = name;
        }
        TopRow& row = rows_[at->second];
        row.bits_per_second += flow.bits_per_second;
        row.packets_per_second += flow.packets_per_second;
        row.bytes += flow.bytes;
        row.packets += flow.packets;
        row.flows += 1;
    }

    [[nodiscard]] std::vector<TopRow> rows() && { return std::move(rows_); }

private:
    std::unordered_map<std::string, std::size_t> index_;
    std::vector<TopRow> rows_;
};

}  // namespace

void TopModel::update(FlowsSnapshot flows) {
    if (!is_empty() && flows.time_ms == seen_ms_) {
        return;
    }
    const double seconds = seen_ms_ == 0 ? 0 : static_cast<double>(flows.time_ms - seen_ms_) / 1000;
    rates_.clear();
    for (const FlowSnapshot& flow : flows.flows) {
        rates_.push_back(rate_of(flow, seconds));
    }
    seen_.clear();
    for (const FlowSnapshot& flow : flows.flows) {
        seen_[flow.flow_uid] = {.packets = packets_of(flow), .bytes = bytes_of(flow)};
    }
    seen_ms_ = flows.time_ms;
    flows_ = std::move(flows);
}

TopModel::Rate TopModel::rate_of(const FlowSnapshot& flow, double seconds) const {
    const auto found = seen_.find(flow.flow_uid);
    const bool is_new = flow.first_ms >= seen_ms_;
    if (seconds <= 0 || (found == seen_.end() && !is_new)) {
        return {};
    }
    const Seen before = found == seen_.end() ? Seen{} : found->second;
    if (packets_of(flow) < before.packets || bytes_of(flow) < before.bytes) {
        return {};  // another flow of the same number, after a restart of the sensor
    }
    return {
        .bits_per_second = 8 * static_cast<double>(bytes_of(flow) - before.bytes) / seconds,
        .packets_per_second = static_cast<double>(packets_of(flow) - before.packets) / seconds};
}

std::vector<TopRow> TopModel::rows(const TopSelection& selection) const {
    std::vector<TopRow> rows;
    switch (selection.view) {
    case TopView::kApplications:
        rows = application_rows();
        break;
    case TopView::kProcesses:
        rows = process_rows();
        break;
    case TopView::kHosts:
        rows = host_rows();
        break;
    case TopView::kFlows:
        rows = flow_rows();
        break;
    }
    if (!selection.filter.empty()) {
        const std::string filter = lower(selection.filter);
        std::erase_if(rows, [&filter](const TopRow& row) { return !matches(row, filter); });
    }
    std::ranges::stable_sort(rows, [&selection](const TopRow& a, const TopRow& b) {
        return is_before(a, b, selection.sort);
    });
    return rows;
}

std::vector<TopRow> TopModel::flow_rows() const {
    std::vector<TopRow> rows;
    rows.reserve(flows_.flows.size());
    for (std::size_t i = 0; i < flows_.flows.size(); ++i) {
        const FlowSnapshot& flow = flows_.flows[i];
        rows.push_back(
            {.name = end_text(flow, flow.source, flow.source_port),
             .destination = end_text(flow, flow.destination, flow.destination_port),
             .protocol = protocol_name(flow.protocol),
             .application = application_of(flow),
             .process = process_of(flow),
             .bits_per_second = rates_[i].bits_per_second,
             .packets_per_second = rates_[i].packets_per_second,
             .bytes = bytes_of(flow),
             .packets = packets_of(flow),
             .flows = 1,
             .age_ms = flows_.time_ms - flow.first_ms}
        );
    }
    return rows;
}

std::vector<TopRow> TopModel::application_rows() const {
    Groups groups;
    for (const TopRow& flow : flow_rows()) {
        groups.add(flow.application, flow);
    }
    return std::move(groups).rows();
}

// All processes of one name together.
std::vector<TopRow> TopModel::process_rows() const {
    Groups groups;
    const std::vector<TopRow> rows = flow_rows();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string name = printable(flows_.flows[i].process_name);
        groups.add(name.empty() ? std::string(kUnknownProcess) : name, rows[i]);
    }
    return std::move(groups).rows();
}

std::vector<TopRow> TopModel::host_rows() const {
    Groups groups;
    const std::vector<TopRow> rows = flow_rows();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const FlowSnapshot& flow = flows_.flows[i];
        groups.add(printable(flow.source), rows[i]);
        if (flow.destination != flow.source) {
            groups.add(printable(flow.destination), rows[i]);
        }
    }
    return std::move(groups).rows();
}

bool TopModel::has_processes() const noexcept {
    return std::ranges::any_of(flows_.flows, [](const FlowSnapshot& flow) {
        return flow.process_pid >= 0;
    });
}

std::string_view to_string(TopView view) noexcept {
    return kViewNames[static_cast<std::size_t>(view)];
}

std::string_view to_string(TopSort sort) noexcept {
    return kSortNames[static_cast<std::size_t>(sort)];
}

}  // namespace flowgauge
