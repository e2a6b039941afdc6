#include "command/status_rows.h"

#include "core/base/format.h"
#include "export/terminal/quantity_text.h"
#include "export/terminal/terminal_text.h"

#include <algorithm>
#include <cstddef>

namespace flowgauge {

StatusLine line_of(const StatusRow& row) {
    std::string line = "  ";
    append_left(line, row.label, 13);
    append_right(line, row.total, 15);
    append_right(line, row.share, 8);
    append_right(line, row.rate, 10);
    if (!row.detail.empty()) {
        line += "  " + row.detail;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return {.text = std::move(line), .tone = row.tone};
}

std::string counts_text(std::vector<NamedCount> counts) {
    constexpr std::size_t kNamedMax = 4;  // the rest is summed up
    std::erase_if(counts, [](const NamedCount& each) { return each.count == 0; });
    std::ranges::stable_sort(counts, [](const NamedCount& a, const NamedCount& b) {
        return a.count > b.count;
    });
    std::string text;
    std::uint64_t others = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        if (i < kNamedMax || counts.size() == kNamedMax + 1) {
            text +=
                (i == 0 ? "" : ", ") + printable(counts[i].name) + " " + grouped(counts[i].count);
        } else {
            others += counts[i].count;
        }
    }
    return others == 0 ? text
                       : format("{}, {} more {}", text, counts.size() - kNamedMax, grouped(others));
}

std::string visible_share(std::uint64_t part, std::uint64_t whole) {
    const std::string text = share_text(part, whole);
    return part != 0 && text == "0.0%" ? "<0.1%" : text;
}

}  // namespace flowgauge
