#include "export/terminal/flow_list.h"

#include "export/terminal/quantity_text.h"
#include "export/terminal/terminal_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kIpv4EndMax = 21;      // "255.255.255.255:65535"
constexpr std::size_t kApplicationMin = 8;   // shorter ones say too little
constexpr std::size_t kServerNameMin = 11;   // its heading
constexpr std::size_t kProcessMin = 7;       // its heading
constexpr std::size_t kProcessMax = 24;      // "systemd-resolved[123456]"
constexpr std::size_t kWideColumnsMax = 60;  // of an application or server name
constexpr std::string_view kApplicationHeading = "APPLICATION";

// One flow in the words of the list.
struct Cells {
    std::string protocol;
    std::string source;
    std::string destination;
    std::string application;  // empty without dissection
    std::string packets;
    std::string bytes;
    std::string time;
    std::string process;  // empty: not known
    std::string server_name;
};

struct Widths {
    std::size_t gap = 1;
    std::size_t protocol = 0;
    std::size_t source = 0;
    std::size_t destination = 0;
    std::size_t application = 0;  // 0: no such column, as below
    std::size_t packets = 0;
    std::size_t bytes = 0;
    std::size_t time = 0;
    std::size_t process = 0;
    std::size_t server_name = 0;
};

const Cells& heading() {
    static const Cells kHeading{
        .protocol = "PROTO",
        .source = "SOURCE",
        .destination = "DESTINATION",
        .application = std::string(kApplicationHeading),
        .packets = "PKTS",
        .bytes = "BYTES",
        .time = "TIME",
        .process = "PROCESS",
        .server_name = "SERVER NAME"};
    return kHeading;
}

// "10.0.0.1:80", "[2001:db8::1]:80", or the address alone where the protocol has no ports.
std::string end_text(const FlowRow& row, bool upper) {
    const IpAddress& address = upper ? row.key.upper : row.key.lower;
    std::array<char, kIpTextMax> text{};
    const char* end = write_ip(text.data(), address, row.key.ip_version());
    std::string out(text.data(), static_cast<std::size_t>(end - text.data()));
    if (row.key.protocol() != kProtocolTcp && row.key.protocol() != kProtocolUdp) {
        return out;
    }
    if (row.key.ip_version() == 6) {
        out = "[" + out + "]";
    }
    return out + ":" + std::to_string(upper ? row.key.upper_port() : row.key.lower_port());
}

std::string process_of(const FlowRow& row) {
    if (row.owner == nullptr || row.owner->pid < 0) {
        return {};
    }
    return printable(row.owner->name) + "[" + std::to_string(row.owner->pid) + "]";
}

Cells cells_of(const FlowRow& row, const ApplicationNames* names, TimeUnit unit) {
    Cells cells{
        .protocol = protocol_name(row.key.protocol()),
        .source = end_text(row, row.from_upper),
        .destination = end_text(row, !row.from_upper),
        .application = {},
        .packets = short_count(row.packets),
        .bytes = bytes_text(row.bytes),
        .time = duration_text(row.last - row.first, unit),
        .process = process_of(row),
        .server_name = printable(row.server_name)};
    if (names != nullptr) {
        Application application;
        application.master = row.master;
        application.app = row.app;
        cells.application = printable(names->application(application));
    }
    return cells;
}

// Whether the ends of a flow stand beside each other.
bool fits(const Cells& cells, const Widths& widths) {
    return cells.source.size() <= widths.source && cells.destination.size() <= widths.destination;
}

// What of `columns` the numbers and gaps leave to ends and application.
std::size_t room_for_names(const Widths& widths, std::size_t columns) {
    const std::size_t gaps = widths.application == 0 ? 5 : 6;
    return columns - widths.protocol - widths.packets - widths.bytes - widths.time -
           gaps * widths.gap;
}

Widths natural_widths(const std::vector<Cells>& rows, bool dissected) {
    Widths widths;
    const auto widen = [&widths, dissected](const Cells& cells) {
        widths.protocol = std::max(widths.protocol, cells.protocol.size());
        widths.source = std::max(widths.source, cells.source.size());
        widths.destination = std::max(widths.destination, cells.destination.size());
        widths.packets = std::max(widths.packets, cells.packets.size());
        widths.bytes = std::max(widths.bytes, cells.bytes.size());
        widths.time = std::max(widths.time, cells.time.size());
        if (dissected) {
            widths.application =
                std::max(widths.application, std::min(cells.application.size(), kWideColumnsMax));
        }
    };
    widen(heading());
    std::ranges::for_each(rows, widen);
    return widths;
}

// Columns for flows that fit into one line each; the others take two and need room for one end.
void narrow(Widths& widths, const std::vector<Cells>& rows, std::size_t columns) {
    const std::size_t room = room_for_names(widths, columns);
    const std::size_t application = std::min(widths.application, kApplicationMin);
    const std::size_t end_max = std::max(kIpv4EndMax, (room - application) / 2);
    std::size_t longest = 0;
    widths.source = heading().source.size();
    widths.destination = heading().destination.size();
    for (const Cells& cells : rows) {
        longest = std::max(longest, cells.source.size());
        if (cells.source.size() <= end_max && cells.destination.size() <= end_max) {
            widths.source = std::max(widths.source, cells.source.size());
            widths.destination = std::max(widths.destination, cells.destination.size());
        }
    }
    // A long end has the place of both ends, and if that is not enough, of the application.
    const std::size_t both = widths.source + widths.gap + widths.destination;
    const std::size_t missing = longest - std::min(longest, both);
    const std::size_t spare = room - widths.source - widths.destination - application;
    widths.source += missing <= spare ? missing : missing - std::min(missing, application);
    widths.application = std::min(widths.application, room - widths.source - widths.destination);
}

// A column behind the numbers, if any row has something in it and `left` has room.
std::size_t take_column(
    const std::vector<Cells>& rows, std::string Cells::*cell, Widths& widths, std::size_t& left
) {
    const bool is_process = cell == &Cells::process;
    const std::size_t least = is_process ? kProcessMin : kServerNameMin;
    std::size_t longest = 0;
    for (const Cells& cells : rows) {
        longest = std::max(longest, (cells.*cell).size());
    }
    if (longest == 0 || left < least + widths.gap) {
        return 0;
    }
    longest = std::clamp(longest, least, is_process ? kProcessMax : kWideColumnsMax);
    const std::size_t width = std::min(longest, left - widths.gap);
    left -= width + widths.gap;
    return width;
}

void widen_by_the_rest(Widths& widths, const std::vector<Cells>& rows, std::size_t left) {
    widths.process = take_column(rows, &Cells::process, widths, left);
    widths.server_name = take_column(rows, &Cells::server_name, widths, left);
}

Widths widths_of(const std::vector<Cells>& rows, bool dissected, std::size_t columns) {
    Widths widths = natural_widths(rows, dissected);
    const auto needed = [&widths] {
        return widths.source + widths.destination;
    };
    widths.gap = 2;
    if (needed() + widths.application > room_for_names(widths, columns)) {
        widths.gap = 1;
    }
    const std::size_t room = room_for_names(widths, columns);
    if (needed() + std::min(widths.application, kApplicationMin) > room) {
        narrow(widths, rows, columns);
        return widths;
    }
    widths.application = std::min(widths.application, room - needed());
    widen_by_the_rest(widths, rows, room - needed() - widths.application);
    return widths;
}

// The lines of one flow.
class RowWriter {
public:
    RowWriter(const Widths& widths, const TableOptions& options)
        : widths_(widths),
          options_(options) {}

    void write(std::string& out, const Cells& cells, bool bold) const {
        const bool one_line = fits(cells, widths_);
        const std::size_t ends = widths_.source + widths_.gap + widths_.destination;
        // A source that reaches into the application's column sends that to the second line.
        const std::size_t over = cells.source.size() - std::min(cells.source.size(), ends);
        std::string line;
        append_left(line, cells.protocol, widths_.protocol);
        gap(line);
        if (one_line) {
            append_left(line, cells.source, widths_.source);
            gap(line);
            append_left(line, cells.destination, widths_.destination);
        } else {
            append_left(line, cells.source, ends);
        }
        put_application(line, over == 0 ? cells.application : "", over);
        put_numbers(line, cells);
        append_line(out, line, bold);
        if (!one_line) {
            put_destination(out, cells, over > 0);
        }
    }

private:
    void gap(std::string& line) const { line.append(widths_.gap, ' '); }

    // Leaves out the `over` columns that stand already.
    void put_application(std::string& line, std::string_view text, std::size_t over) const {
        if (widths_.application == 0) {
            return;
        }
        gap(line);
        const std::size_t width = widths_.application - std::min(over, widths_.application);
        append_left(line, text.empty() ? "" : short_name(text, width), width);
    }

    [[nodiscard]] std::string short_name(std::string_view text, std::size_t width) const {
        if (text == kApplicationHeading && width < text.size()) {
            return "APP";
        }
        return shortened(text, width, options_.unicode);
    }

    void put_numbers(std::string& line, const Cells& cells) const {
        gap(line);
        append_right(line, cells.packets, widths_.packets);
        gap(line);
        append_right(line, cells.bytes, widths_.bytes);
        gap(line);
        append_right(line, cells.time, widths_.time);
        const bool has_name = widths_.server_name > 0 && !cells.server_name.empty();
        if (widths_.process > 0 && (has_name || !cells.process.empty())) {
            gap(line);
            const std::string name = shortened(cells.process, widths_.process, options_.unicode);
            append_left(line, name, has_name ? widths_.process : 0);
        }
        if (has_name) {
            gap(line);
            line += shortened(cells.server_name, widths_.server_name, options_.unicode);
        }
    }

    void put_destination(std::string& out, const Cells& cells, bool with_application) const {
        std::string line(widths_.protocol + widths_.gap, ' ');
        line += options_.unicode ? "\xe2\x86\x92 " : "-> ";
        line += cells.destination;
        if (with_application && !cells.application.empty()) {
            line += "  ";
            const std::size_t columns = std::max(options_.columns, kTableColumnsMin);
            line += shortened(cells.application, columns - display_width(line), options_.unicode);
        }
        append_line(out, line);
    }

    const Widths& widths_;
    const TableOptions& options_;
};

}  // namespace

std::string protocol_name(std::uint8_t protocol) {
    struct Named {
        std::uint8_t number;
        std::string_view name;
    };
    // Those that traffic is made of (IANA protocol-numbers).
    constexpr Named kNames[] = {
        {kProtocolIcmp, "ICMP"},
        {2, "IGMP"},
        {kProtocolTcp, "TCP"},
        {kProtocolUdp, "UDP"},
        {47, "GRE"},
        {50, "ESP"},
        {51, "AH"},
        {kProtocolIcmpv6, "ICMP6"},
        {89, "OSPF"},
        {103, "PIM"},
        {112, "VRRP"},
        {132, "SCTP"}};
    const auto* const found = std::ranges::find(kNames, protocol, &Named::number);
    return found == std::end(kNames) ? std::to_string(protocol) : std::string(found->name);
}

void append_flow_list(
    std::string& out,
    const std::vector<FlowRow>& rows,
    const ApplicationNames* names,
    TimeUnit unit,
    const TableOptions& options
) {
    std::vector<Cells> all;
    all.reserve(rows.size());
    for (const FlowRow& row : rows) {
        all.push_back(cells_of(row, names, unit));
    }
    const std::size_t columns = std::max(options.columns, kTableColumnsMin);
    const Widths widths = widths_of(all, names != nullptr, columns);
    const RowWriter writer(widths, options);
    writer.write(out, heading(), options.bold);
    for (const Cells& cells : all) {
        writer.write(out, cells, false);
    }
}

}  // namespace flowgauge
