// TopModel: what `flowgauge top` lists, made of two snapshots of the largest active flows. No
// terminal and no clock.
#pragma once

#include "telemetry/sensor_statistics.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace flowgauge {

enum class TopView : std::uint8_t { kApplications, kProcesses, kHosts, kFlows };
enum class TopSort : std::uint8_t { kRate, kBytes, kPackets, kName };

// One line of a list: a flow, or all flows of an application, a process or a host. Texts are
// printable.
struct TopRow {
    std::string name;         // application, process, host, or source of a flow with its port
    std::string destination;  // of a flow, as below
    std::string protocol;
    std::string application;
    std::string process;  // of a flow, as "curl[4321]"; empty: not known
    double bits_per_second = 0;
    double packets_per_second = 0;
    std::uint64_t bytes = 0;
    std::uint64_t packets = 0;
    std::uint64_t flows = 0;
    std::int64_t age_ms = 0;  // since the first packet, of a flow
};

// What of all rows is shown, and in which order.
struct TopSelection {
    TopView view = TopView::kApplications;
    TopSort sort = TopSort::kRate;
    std::string filter;  // part of any shown text, in any case; empty: all
};

// Thread: one.
class TopModel {
public:
    // Takes the next snapshot. A flow's rate is what it grew by since the last one; a flow that
    // began in between has grown from nothing; one that was not among the listed ones has no rate
    // yet. Flows that are not in `flows` any more are let go. A snapshot of the same moment as the
    // last one says nothing new and is left.
    void update(FlowsSnapshot flows);

    // Rows of the selection, the largest first; equal ones by name.
    [[nodiscard]] std::vector<TopRow> rows(const TopSelection& selection) const;

    [[nodiscard]] bool is_empty() const noexcept { return seen_ms_ == 0; }
    [[nodiscard]] std::uint64_t listed_flows() const noexcept { return flows_.flows.size(); }
    [[nodiscard]] std::uint64_t active_flows() const noexcept { return flows_.flows_active; }

    // Whether the sensor told the process of any flow.
    [[nodiscard]] bool has_processes() const noexcept;

private:
    struct Rate {
        double bits_per_second = 0;
        double packets_per_second = 0;
    };
    struct Seen {
        std::uint64_t packets = 0;
        std::uint64_t bytes = 0;
    };

    [[nodiscard]] Rate rate_of(const FlowSnapshot& flow, double seconds) const;
    [[nodiscard]] std::vector<TopRow> flow_rows() const;
    [[nodiscard]] std::vector<TopRow> application_rows() const;
    [[nodiscard]] std::vector<TopRow> process_rows() const;
    [[nodiscard]] std::vector<TopRow> host_rows() const;

    FlowsSnapshot flows_;
    std::vector<Rate> rates_;  // of flows_, in the same order
    std::unordered_map<std::uint64_t, Seen> seen_;
    std::int64_t seen_ms_ = 0;  // 0: no snapshot yet
};

[[nodiscard]] std::string_view to_string(TopView view) noexcept;
[[nodiscard]] std::string_view to_string(TopSort sort) noexcept;

}  // namespace flowgauge
