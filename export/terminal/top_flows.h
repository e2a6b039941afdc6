// TopFlows: the flows of most bytes among all that came by, in memory for those alone.
#pragma once

#include "core/base/time.h"
#include "core/record/column.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge {

// What a table says of one record.
struct FlowRow {
    FlowKey key;
    bool from_upper = false;  // as in Flow
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    Tick first = 0;
    Tick last = 0;
    Tick moment = 0;
    std::uint64_t flow_uid = 0;
    std::uint16_t master = 0;  // as in Application; 0 without dissection
    std::uint16_t app = 0;
    std::string server_name{};                   // as it came from the traffic
    std::shared_ptr<const SocketOwner> owner{};  // null without system visibility, or not known
};

// Whether `a` stands above `b`. A total order that knows nothing of how the records came, so that
// every number of workers gives the same table.
[[nodiscard]] bool ranks_before(const FlowRow& a, const FlowRow& b) noexcept;

// Thread: the sink's. Cost: one comparison for a record that does not enter.
class TopFlows {
public:
    explicit TopFlows(std::size_t rows_max) : rows_max_(rows_max) {}

    // Adds the record if it is among the top so far.
    void add(const RecordView& view);
    void add(FlowRow row);

    // Rows in order, the largest first.
    [[nodiscard]] std::vector<FlowRow> sorted() const;

private:
    [[nodiscard]] bool admits(const FlowRow& row) const noexcept;

    std::size_t rows_max_;
    std::vector<FlowRow> heap_;  // the last in rank at the front
};

}  // namespace flowgauge
