// TableEncoder: what the records come to, for people: totals, top flows, top applications. Writes
// nothing before the end.
#pragma once

#include "export/sink/encoder.h"
#include "export/terminal/table_options.h"
#include "export/terminal/top_flows.h"
#include "export/terminal/traffic_groups.h"

#include <memory>
#include <string>

namespace flowgauge {

// Bounded by TableOptions::rows and kGroupsMax, however many records come. Equal records give equal
// text, in whatever order they come, unless there are more than kGroupsMax groups.
class TableEncoder final : public RecordEncoder {
public:
    TableEncoder(TableOptions options, TimeUnit unit);

    [[nodiscard]] bool encode(const RecordView& record, Block& out) override;
    void finish(Block& out) override;

private:
    void append_table(std::string& out) const;
    void append_totals(std::string& out) const;
    void append_coverage(std::string& out) const;
    void note(std::string& out, std::string_view text) const;

    TableOptions options_;
    TimeUnit unit_;
    TrafficSum total_;
    Tick first_ = kTickMax;
    Tick last_ = 0;
    std::uint64_t records_ = 0;
    std::uint64_t cut_flows_ = 0;  // that lived when reading was stopped
    TopFlows flows_;
    TrafficGroups groups_;
    std::shared_ptr<const ApplicationNames> names_;  // null without dissection
};

}  // namespace flowgauge
