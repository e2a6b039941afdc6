#include "export/terminal/group_list.h"

#include "export/terminal/flow_list.h"
#include "export/terminal/quantity_text.h"
#include "export/terminal/terminal_text.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

constexpr std::size_t kNameMax = 32;

struct NamedGroup {
    std::string name;
    GroupKey key;
    TrafficSum sum;
};

bool ranks_before(const NamedGroup& a, const NamedGroup& b) noexcept {
    return std::tie(b.sum.bytes, b.sum.packets, b.sum.flows, a.name, a.key) <
           std::tie(a.sum.bytes, a.sum.packets, a.sum.flows, b.name, b.key);
}

std::string name_of(GroupKey key, const ApplicationNames* names) {
    if (names != nullptr) {
        Application application;
        application.master = key.first;
        application.app = key.second;
        return printable(names->application(application));
    }
    const auto protocol = static_cast<std::uint8_t>(key.first);
    const bool has_ports = protocol == kProtocolTcp || protocol == kProtocolUdp;
    return protocol_name(protocol) + (has_ports ? " " + std::to_string(key.second) : "");
}

std::vector<NamedGroup> ranked(const TrafficGroups& groups, const ApplicationNames* names) {
    std::vector<NamedGroup> all;
    for (const TrafficGroups::Group& group : groups.all()) {
        all.push_back({.name = name_of(group.key, names), .key = group.key, .sum = group.sum});
    }
    std::ranges::sort(all, ranks_before);
    return all;
}

// Appends `value` with a space before it in any case.
void append_count(std::string& line, std::uint64_t value, std::size_t width) {
    const std::string whole = grouped(value);
    append_right(line, whole.size() < width ? whole : short_count(value), width);
}

void append_row(
    std::string& out, std::string_view name, const TrafficSum& sum, std::uint64_t all_bytes
) {
    std::string line;
    append_left(line, name, kNameMax);
    append_count(line, sum.flows, 13);
    append_count(line, sum.packets, 17);
    append_right(line, bytes_text(sum.bytes), 10);
    append_right(line, share_text(sum.bytes, all_bytes), 8);
    append_line(out, line);
}

// "Top 20 applications by bytes, of 35"
std::string title(std::size_t shown, std::size_t all, bool beyond, bool dissected) {
    const std::string what = dissected ? "pplications" : "rotocols and ports";
    const std::string first = dissected ? "a" : "p";
    if (shown == all && !beyond) {
        return (dissected ? "A" : "P") + what + " by bytes";
    }
    return "Top " + std::to_string(shown) + " " + first + what + " by bytes, of " +
           (beyond ? "more than " : "") + grouped(all);
}

}  // namespace

void append_group_list(
    std::string& out,
    const TrafficGroups& groups,
    const TrafficSum& total,
    const ApplicationNames* names,
    const TableOptions& options
) {
    const std::vector<NamedGroup> all = ranked(groups, names);
    const std::size_t shown = std::min(all.size(), options.rows);
    const bool beyond = groups.beyond().flows > 0;
    append_line(out, title(shown, all.size(), beyond, names != nullptr), options.bold);
    std::string heading;
    append_left(heading, names != nullptr ? "APPLICATION" : "PROTOCOL, LOWER PORT", kNameMax);
    heading += "        FLOWS          PACKETS     BYTES   SHARE";
    append_line(out, heading, options.bold);
    TrafficSum others = groups.beyond();
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (i < shown) {
            const std::string name = shortened(all[i].name, kNameMax, options.unicode);
            append_row(out, name, all[i].sum, total.bytes);
        } else {
            others.add(all[i].sum);
        }
    }
    if (others.flows > 0) {
        append_row(out, "others", others, total.bytes);
    }
}

}  // namespace flowgauge
