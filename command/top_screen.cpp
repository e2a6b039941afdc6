#include "command/top_screen.h"

#include "command/sensor_totals.h"
#include "core/base/format.h"
#include "export/terminal/quantity_text.h"
#include "export/terminal/terminal_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kHeadLines = 6;  // four of the sensor, one of messages, the heading
constexpr std::size_t kFootLines = 1;

// Columns of numbers; one space stands before each.
constexpr std::size_t kBitRate = 11;
constexpr std::size_t kPacketRate = 8;
constexpr std::size_t kBytes = 8;
constexpr std::size_t kPackets = 7;
constexpr std::size_t kFlows = 6;
constexpr std::size_t kAge = 6;
constexpr std::size_t kProtocol = 5;
constexpr std::size_t kEndMin = 21;   // "255.255.255.255:65535"
constexpr std::size_t kEndMax = 47;   // of IPv6
constexpr std::size_t kNameMax = 60;  // wider, numbers would stand too far from their name
constexpr std::size_t kWideColumns = 110;
constexpr std::size_t kProcess = 22;  // "systemd-resolved[4321]"
constexpr std::size_t kProcessColumns = kWideColumns + kProcess + 1;

constexpr std::string_view kKeys =
    "a apps  p procs  h hosts  f flows  s sort  / filter  space pause  ? help  q quit";

constexpr std::array<std::string_view, 18> kHelp{
    "flowgauge top shows the largest active flows of the running sensor.",
    "",
    "  a          by application",
    "  p          by process, where system_visibility_mode is 1",
    "  h          by host: each flow counts for both of its ends",
    "  f          flow by flow",
    "  s          next order: rate, bytes, packets, name",
    "  /          filter: rows with this text in any column; Enter keeps, Esc drops it",
    "  space      pause, and go on",
    "  up, down   scroll by a row; PgUp, PgDn by a page; Home, End",
    "  + -        longer and shorter interval",
    "  ? q        this help; quit",
    "",
    "Rates are what flows grew by in the last interval. The sensor tells its 1000",
    "largest flows; smaller ones are in the totals at the top, and not in the lists.",
    "dropped: no room in the kernel's ring. rejected: in no flow, see docs/COUNTERS.md.",
    "",
    "Any key goes back."};

std::string fitted(std::string_view text, std::size_t width) {
    return std::string(text.substr(0, width));
}

std::string rate_text(double per_second) {
    return short_count(static_cast<std::uint64_t>(std::llround(per_second)));
}

// A line with `left` at its beginning and `right` at its end.
std::string spread(std::string_view left, std::string_view right, std::size_t columns) {
    std::string line(left);
    if (left.size() + right.size() + 2 <= columns) {
        append_right(line, right, columns - left.size());
    }
    return fitted(line, columns);
}

ScreenLine title_line(const TopContent& content, std::size_t columns) {
    const SensorStatistics& now = content.now;
    const bool ready = now.not_ready.empty();
    const std::string left = format(
        "{}: {}, {}",
        printable(now.sensor),
        to_string(now.state),
        ready ? "ready" : "not ready: " + printable(now.not_ready.front())
    );
    const std::string right = utc_text(now.time_ms, TimeUnit::kMilliseconds) + " UTC";
    return {.text = spread(left, right, columns), .tone = ready ? LineTone::kBold : LineTone::kBad};
}

ScreenLine packets_line(const TopContent& content, std::size_t columns) {
    const SensorTotals before = totals_of(content.before);
    const SensorTotals now = totals_of(content.now);
    const Rates rates(content.before, content.now);
    const bool drops = rates.of(before.dropped_by_kernel, now.dropped_by_kernel) > 0;
    return {
        .text = fitted(
            format(
                "packets {}, {}   dropped {} ({})   rejected {} ({})",
                rates.text(before.packets_read, now.packets_read),
                rates.bit_text(before.bytes_read, now.bytes_read),
                rates.text(before.dropped_by_kernel, now.dropped_by_kernel),
                short_count(now.dropped_by_kernel),
                rates.text(before.rejected_packets(), now.rejected_packets()),
                short_count(now.rejected_packets())
            ),
            columns
        ),
        .tone = drops ? LineTone::kBad : LineTone::kPlain};
}

ScreenLine flows_line(const TopContent& content, std::size_t columns) {
    const SensorTotals before = totals_of(content.before);
    const SensorTotals now = totals_of(content.now);
    const Rates rates(content.before, content.now);
    return {
        .text = fitted(
            format(
                "flows   {} active, {} of {}   created {}   ended {}",
                grouped(now.flows_active),
                share_text(now.flows_active, now.flows_capacity),
                grouped(now.flows_capacity),
                rates.text(before.flows_created, now.flows_created),
                rates.text(before.flows_ended, now.flows_ended)
            ),
            columns
        ),
        .tone = LineTone::kPlain};
}

ScreenLine sinks_line(const TopContent& content, std::size_t columns) {
    std::string line = "sinks   ";
    bool all_work = true;
    // Those that do not work first, so that they are seen on any screen.
    for (const bool working : {false, true}) {
        for (const SinkStatistics& sink : content.now.sinks) {
            if (sink.working != working) {
                continue;
            }
            all_work = all_work && working;
            line += line.size() > 8 ? ", " : "";
            line += printable(sink.name) + " ";
            line += working ? "queue " + share_text(sink.records_queued, sink.queue_capacity)
                            : "FAILED: " + printable(sink.problem);
        }
    }
    line += content.now.sinks.empty() ? "none" : "";
    return {.text = fitted(line, columns), .tone = all_work ? LineTone::kPlain : LineTone::kBad};
}

ScreenLine message_line(
    const TopState& state, const TopContent& content, const TopModel& model, std::size_t columns
) {
    if (!content.problem.empty()) {
        return {
            .text = fitted("trying again: " + printable(content.problem), columns),
            .tone = LineTone::kBad};
    }
    std::string left = state.paused ? "PAUSED   " : "";
    if (state.edits_filter) {
        left += "filter: " + state.selection.filter + "_";
    } else if (!state.selection.filter.empty()) {
        left += "filter: " + state.selection.filter;
    } else if (state.selection.view == TopView::kProcesses && !content.now.visibility.state.on) {
        left += "needs system_visibility_mode 1";
    } else if (model.listed_flows() < model.active_flows()) {
        left += format("of the {} largest flows", grouped(model.listed_flows()));
    }
    const std::string right = format(
        "{} by {}, every {} s",
        to_string(state.selection.view),
        to_string(state.selection.sort),
        state.interval.count() / 1000
    );
    return {
        .text = spread(left, right, columns),
        .tone = state.paused || state.edits_filter ? LineTone::kWarning : LineTone::kPlain};
}

// What of a list is shown.
struct ListShape {
    TopView view = TopView::kApplications;
    std::size_t columns = 0;
    bool processes = false;  // flows have a column for theirs
};

// How wide the texts of a flow are; numbers have their fixed widths.
struct FlowWidths {
    bool wide = false;  // packets and age have columns
    std::size_t end = kEndMin;
    std::size_t application = 0;
};

FlowWidths flow_widths(const ListShape& shape) {
    constexpr std::size_t kApplicationMax = 24;
    FlowWidths widths;
    widths.wide = shape.columns >= kWideColumns;
    const std::size_t numbers =
        kBitRate + kBytes + 2 + (widths.wide ? kPackets + kAge + 2 : std::size_t{0});
    const std::size_t process = shape.processes ? kProcess + 1 : 0;
    const std::size_t texts = shape.columns - numbers - process - kProtocol - 3;
    widths.application = std::min(texts - 2 * kEndMin, kApplicationMax);
    widths.end = std::min((texts - widths.application) / 2, kEndMax);
    return widths;
}

void put_text(std::string& line, std::string_view text, std::size_t width) {
    append_left(line, shortened(text, width, false), width);
}

void put_number(std::string& line, std::string_view text, std::size_t width) {
    line += ' ';
    append_right(line, text, width);
}

// One flow, or with null the heading.
std::string flow_line(const TopRow* row, const ListShape& shape) {
    const FlowWidths widths = flow_widths(shape);
    constexpr std::string_view kHeading = "APPLICATION";
    const std::string heading(kHeading.size() > widths.application ? "APP" : kHeading);
    std::string line;
    put_text(line, row == nullptr ? "PROTO" : row->protocol, kProtocol);
    line += ' ';
    put_text(line, row == nullptr ? "SOURCE" : row->name, widths.end);
    line += ' ';
    put_text(line, row == nullptr ? "DESTINATION" : row->destination, widths.end);
    line += ' ';
    put_text(line, row == nullptr ? heading : row->application, widths.application);
    if (shape.processes) {
        line += ' ';
        put_text(line, row == nullptr ? "PROCESS" : row->process, kProcess);
    }
    put_number(line, row == nullptr ? "RATE" : bit_rate_text(row->bits_per_second), kBitRate);
    put_number(line, row == nullptr ? "BYTES" : bytes_text(row->bytes), kBytes);
    if (widths.wide) {
        put_number(line, row == nullptr ? "PACKETS" : short_count(row->packets), kPackets);
        put_number(
            line, row == nullptr ? "AGE" : duration_text(row->age_ms, TimeUnit::kMilliseconds), kAge
        );
    }
    return fitted(line, shape.columns);
}

std::string_view group_heading(TopView view) {
    switch (view) {
    case TopView::kProcesses:
        return "PROCESS";
    case TopView::kHosts:
        return "HOST";
    default:
        return "APPLICATION";
    }
}

// An application, a process or a host, or with null the heading.
std::string group_line(const TopRow* row, TopView view, std::size_t columns) {
    constexpr std::size_t kNumbers = kBitRate + kPacketRate + kBytes + kPackets + kFlows + 5;
    std::string line;
    put_text(
        line,
        row == nullptr ? group_heading(view) : row->name,
        std::min(columns - kNumbers, kNameMax)
    );
    put_number(line, row == nullptr ? "RATE" : bit_rate_text(row->bits_per_second), kBitRate);
    put_number(line, row == nullptr ? "PKTS/S" : rate_text(row->packets_per_second), kPacketRate);
    put_number(line, row == nullptr ? "BYTES" : bytes_text(row->bytes), kBytes);
    put_number(line, row == nullptr ? "PACKETS" : short_count(row->packets), kPackets);
    put_number(line, row == nullptr ? "FLOWS" : short_count(row->flows), kFlows);
    return fitted(line, columns);
}

std::string list_line(const TopRow* row, const ListShape& shape) {
    return shape.view == TopView::kFlows ? flow_line(row, shape)
                                         : group_line(row, shape.view, shape.columns);
}

void set_view(TopState& state, TopView view) {
    state.selection.view = view;
    state.scrolled = 0;
}

void change_interval(TopState& state, bool longer) {
    constexpr std::array<std::chrono::milliseconds, 6> kIntervals{
        std::chrono::seconds(1),
        std::chrono::seconds(2),
        std::chrono::seconds(5),
        std::chrono::seconds(10),
        std::chrono::seconds(30),
        std::chrono::seconds(60)};
    if (longer) {
        const auto* const next = std::ranges::upper_bound(kIntervals, state.interval);
        state.interval = next == kIntervals.end() ? kIntervals.back() : *next;
    } else {
        const auto* const at = std::ranges::lower_bound(kIntervals, state.interval);
        state.interval = at == kIntervals.begin() ? kIntervals.front() : *(at - 1);
    }
}

void edit_filter(TopState& state, const Key& key) {
    constexpr std::size_t kFilterMax = 60;
    std::string& filter = state.selection.filter;
    switch (key.name) {
    case KeyName::kEnter:
        state.edits_filter = false;
        break;
    case KeyName::kEscape:
        state.edits_filter = false;
        filter.clear();
        break;
    case KeyName::kBackspace:
        if (!filter.empty()) {
            filter.pop_back();
        }
        break;
    case KeyName::kCharacter:
        // Shown texts are printable ASCII, so nothing else can be found in them.
        if (key.character >= U' ' && key.character < 0x7f && filter.size() < kFilterMax) {
            filter += static_cast<char>(key.character);
        }
        break;
    default:
        break;
    }
    state.scrolled = 0;
}

void take_character(TopState& state, char32_t character) {
    switch (character) {
    case U'a':
        return set_view(state, TopView::kApplications);
    case U'p':
        return set_view(state, TopView::kProcesses);
    case U'h':
        return set_view(state, TopView::kHosts);
    case U'f':
        return set_view(state, TopView::kFlows);
    case U's':
        state.selection.sort =
            static_cast<TopSort>((static_cast<int>(state.selection.sort) + 1) % 4);
        state.scrolled = 0;
        return;
    case U'/':
        state.edits_filter = true;
        return;
    case U' ':
        state.paused = !state.paused;
        return;
    case U'+':
    case U'-':
        return change_interval(state, character == U'+');
    case U'?':
        state.help = true;
        return;
    case U'q':
        state.quits = true;
        return;
    default:
        return;
    }
}

void scroll(TopState& state, KeyName key, std::size_t rows, std::size_t page) {
    const std::size_t last = rows - std::min(rows, page);
    const std::size_t step = key == KeyName::kUp || key == KeyName::kDown ? 1 : page;
    if (key == KeyName::kHome) {
        state.scrolled = 0;
    } else if (key == KeyName::kEnd) {
        state.scrolled = last;
    } else if (key == KeyName::kUp || key == KeyName::kPageUp) {
        state.scrolled -= std::min(state.scrolled, step);
    } else {
        state.scrolled = std::min(state.scrolled + step, last);
    }
}

}  // namespace

void handle_key(TopState& state, const Key& key, std::size_t rows, std::size_t page) {
    constexpr char32_t kControlC = 3;
    if (key.name == KeyName::kResize) {
        return;
    }
    if (key.name == KeyName::kCharacter && key.character == kControlC) {
        state.quits = true;
    } else if (state.help) {
        state.help = false;
    } else if (state.edits_filter) {
        edit_filter(state, key);
    } else if (key.name == KeyName::kCharacter) {
        take_character(state, key.character);
    } else if (key.name == KeyName::kEscape) {
        state.selection.filter.clear();
    } else if (key.name != KeyName::kEnter && key.name != KeyName::kBackspace) {
        scroll(state, key.name, rows, page);
    }
}

std::size_t page_rows(const ScreenSize& size) noexcept {
    return size.lines - std::min(size.lines, kHeadLines + kFootLines);
}

std::vector<ScreenLine> top_screen(
    const TopState& state, const TopContent& content, const TopModel& model, const ScreenSize& size
) {
    std::vector<ScreenLine> lines;
    if (size.columns < kScreenMin.columns || size.lines < kScreenMin.lines) {
        const std::string text = format(
            "{}x{} is too small; top needs {}x{}, q quits",
            size.columns,
            size.lines,
            kScreenMin.columns,
            kScreenMin.lines
        );
        if (size.lines > 0) {
            lines.push_back({.text = fitted(text, size.columns), .tone = LineTone::kWarning});
        }
        return lines;
    }
    if (state.help) {
        for (const std::string_view line : kHelp) {
            lines.push_back({.text = fitted(line, size.columns)});
        }
        return lines;
    }
    const ListShape shape{
        .view = state.selection.view,
        .columns = size.columns,
        .processes = size.columns >= kProcessColumns && model.has_processes()};
    lines.push_back(title_line(content, size.columns));
    lines.push_back(packets_line(content, size.columns));
    lines.push_back(flows_line(content, size.columns));
    lines.push_back(sinks_line(content, size.columns));
    lines.push_back(message_line(state, content, model, size.columns));
    std::string heading = list_line(nullptr, shape);
    append_left(heading, "", size.columns - heading.size());
    lines.push_back({.text = std::move(heading), .tone = LineTone::kReverse});
    const std::vector<TopRow> rows = model.rows(state.selection);
    const std::size_t page = page_rows(size);
    const std::size_t first = std::min(state.scrolled, rows.size() - std::min(rows.size(), page));
    for (std::size_t i = first; i < std::min(rows.size(), first + page); ++i) {
        lines.push_back({.text = list_line(&rows[i], shape)});
    }
    lines.resize(size.lines - kFootLines);
    lines.push_back({.text = fitted(kKeys, size.columns), .tone = LineTone::kBold});
    return lines;
}

}  // namespace flowgauge
