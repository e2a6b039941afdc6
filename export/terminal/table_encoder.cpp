#include "export/terminal/table_encoder.h"

#include "export/terminal/flow_list.h"
#include "export/terminal/group_list.h"
#include "export/terminal/quantity_text.h"
#include "export/terminal/terminal_text.h"

#include <algorithm>
#include <utility>

namespace flowgauge {
namespace {

// "1 flow", "1,234 flows"
std::string counted(std::uint64_t count, std::string_view noun) {
    return grouped(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace

TableEncoder::TableEncoder(TableOptions options, TimeUnit unit)
    : options_(std::move(options)),
      unit_(unit),
      flows_(options_.rows) {}

bool TableEncoder::encode(const RecordView& record, Block& /*out*/) {
    const Flow& flow = record.flow();
    const TrafficSum sum{.flows = 1, .packets = flow.all_packets(), .bytes = flow.all_bytes()};
    if (total_.flows == 0 && record.context.layout.application) {
        names_ = record.context.application_names;
    }
    total_.add(sum);
    first_ = std::min(first_, flow.first());
    last_ = std::max(last_, flow.last());
    cut_flows_ += record.record.end_reason == EndReason::kShutdown && !options_.live ? 1 : 0;
    flows_.add(record);
    groups_.add(group_of(record), sum);
    ++records_;
    return true;
}

// The table is one unit: it stands for all records, or for none.
void TableEncoder::finish(Block& out) {
    append_table(out.bytes);
    out.end_unit(static_cast<std::uint32_t>(std::min<std::uint64_t>(records_, UINT32_MAX)));
}

void TableEncoder::append_table(std::string& out) const {
    append_totals(out);
    append_coverage(out);
    if (total_.flows == 0) {
        return;
    }
    const std::vector<FlowRow> rows = flows_.sorted();
    out += '\n';
    const std::string title =
        rows.size() == total_.flows
            ? "Flows by bytes"
            : "Top " + grouped(rows.size()) + " flows by bytes, of " + grouped(total_.flows);
    append_line(out, title, options_.bold);
    append_flow_list(out, rows, names_.get(), unit_, options_);
    out += '\n';
    append_group_list(out, groups_, total_, names_.get(), options_);
}

void TableEncoder::append_totals(std::string& out) const {
    if (total_.flows == 0) {
        append_line(out, "no flows", options_.bold);
        return;
    }
    const std::string line = counted(total_.flows, "flow") + ", " +
                             counted(total_.packets, "packet") + ", " + bytes_text(total_.bytes);
    append_line(out, line, options_.bold);
    append_line(
        out,
        utc_text(first_, unit_) + " to " + utc_text(last_, unit_) + " UTC, " +
            duration_text(last_ - first_, unit_)
    );
}

void TableEncoder::append_coverage(std::string& out) const {
    if (options_.records_max != 0 && total_.flows >= options_.records_max) {
        note(
            out,
            "only the first " + counted(options_.records_max, "flow") + " that ended (--max-nflows)"
        );
    }
    if (cut_flows_ > 0) {
        note(out, "stopped before the end of the input, which cut " + counted(cut_flows_, "flow"));
    }
    for (const std::string& text : options_.notes) {
        note(out, printable(text));
    }
}

void TableEncoder::note(std::string& out, std::string_view text) const {
    const std::size_t columns = std::max(options_.columns, kTableColumnsMin);
    append_line(out, shortened(text, columns, options_.unicode));
}

}  // namespace flowgauge
