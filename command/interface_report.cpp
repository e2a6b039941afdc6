#include "command/interface_report.h"

#include "capture/network_interface.h"
#include "core/base/format.h"
#include "export/terminal/terminal_text.h"
#include "export/text/json_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kColumnsMax = 100;

std::string_view state_of(const Link& link) noexcept {
    if (!link.is_up) {
        return "down";
    }
    return link.has_carrier ? "up" : "no carrier";
}

std::string_view kind_of(const Link& link) {
    if (link.is_loopback) {
        return "loopback";
    }
    switch (link_type_of(link.hardware_type).value_or(LinkType::kNull)) {
    case LinkType::kEthernet:
        return "Ethernet";
    case LinkType::kRaw:
        return "bare IP";
    case LinkType::kWireless:
        return "802.11";
    case LinkType::kRadiotap:
        return "radiotap";
    default:
        return "unreadable";
    }
}

std::string speed_text(std::optional<std::uint32_t> speed) {
    constexpr std::uint32_t kGiga = 1000;
    if (!speed) {
        return "-";
    }
    return *speed % kGiga == 0 ? format("{} Gbit/s", *speed / kGiga) : format("{} Mbit/s", *speed);
}

std::string number_text(std::optional<std::uint32_t> number) {
    return number ? std::to_string(*number) : "-";
}

struct TableColumn {
    std::string_view title;
    std::size_t width;
    bool is_number = false;
};

// With two spaces between them, 95 columns.
constexpr std::array kTable = {
    TableColumn{"", 1},
    TableColumn{"NAME", 15},
    TableColumn{"STATE", 10},
    TableColumn{"LINK", 10},
    TableColumn{"DRIVER", 16},
    TableColumn{"SPEED", 11, true},
    TableColumn{"MTU", 5, true},
    TableColumn{"QUEUES", 6, true},
    TableColumn{"NODE", 4, true},
};
using Cells = std::array<std::string, kTable.size()>;

void append_row(std::string& text, const Cells& cells) {
    std::string line;
    for (std::size_t i = 0; i < kTable.size(); ++i) {
        line += i < 2 ? "" : " ";
        line += i == 0 ? "" : " ";
        const std::string cell =
            shortened(cells[i], kTable[i].width < 3 ? 3 : kTable[i].width, false);
        (kTable[i].is_number ? append_right : append_left)(line, cell, kTable[i].width);
    }
    append_line(text, line);
}

Cells cells_of(const InterfaceReport& report) {
    return {
        report.is_automatic ? "*" : "",
        printable(report.link.name),
        std::string(state_of(report.link)),
        std::string(kind_of(report.link)),
        report.driver.empty() ? "-" : printable(report.driver),
        speed_text(report.speed),
        std::to_string(report.link.mtu),
        number_text(report.receive_queues),
        number_text(report.numa_node)};
}

// The command over as many lines as it takes, as a shell reads it.
void append_command(std::string& text, std::string_view command) {
    constexpr std::string_view kContinued = " \\";
    std::string line = "   ";
    while (!command.empty()) {
        const std::string_view word = command.substr(0, command.find(' '));
        command.remove_prefix(std::min(word.size() + 1, command.size()));
        if (line.size() + 1 + word.size() + kContinued.size() > kColumnsMax) {
            append_line(text, line.append(kContinued));
            line = "       ";
        }
        line.append(" ").append(word);
    }
    append_line(text, line);
}

// A paragraph, broken between words.
void append_paragraph(std::string& text, std::string_view words) {
    std::string line;
    while (!words.empty()) {
        const std::string_view word = words.substr(0, words.find(' '));
        words.remove_prefix(std::min(word.size() + 1, words.size()));
        if (!line.empty() && line.size() + 1 + word.size() > kColumnsMax) {
            append_line(text, std::exchange(line, ""));
        }
        line.append(line.empty() ? "" : " ").append(word);
    }
    append_line(text, line);
}

// What `auto` does on this host, and why.
std::string automatic_text(const HostReport& host) {
    if (!host.no_automatic.empty()) {
        return "`auto` takes none: " + printable(host.no_automatic);
    }
    const bool by_route = std::ranges::any_of(host.interfaces, [&](const InterfaceReport& report) {
        return report.is_automatic && report.link.name == host.default_route;
    });
    return by_route ? "* what `auto` takes: the interface of the default route"
                    : "* what `auto` takes: every interface that is up but loopback, without a "
                      "default route";
}

std::string json_text(std::string_view text) {
    const bool is_ascii = std::ranges::all_of(text, [](char character) {
        return static_cast<unsigned char>(character) < 0x80;
    });
    std::string out;
    append_json_string(out, is_ascii ? std::string(text) : printable(text));
    return out;
}

std::string json_number(std::optional<std::uint32_t> number) {
    return number ? std::to_string(*number) : "null";
}

template <typename List, typename Text>
std::string json_list(const List& list, Text text_of) {
    std::string out = "[";
    for (const auto& element : list) {
        out += out.size() == 1 ? "" : ",";
        out += text_of(element);
    }
    return out + "]";
}

std::string json_hint(const InterfaceHint& hint) {
    return format(
        R"({{"text":{},"command":{}}})",
        json_text(hint.text),
        hint.command.empty() ? "null" : json_text(hint.command)
    );
}

std::string json_interface(const InterfaceReport& report) {
    const Link& link = report.link;
    std::string out;
    auto end = std::back_inserter(out);
    format_to(
        end,
        R"({{"name":{},"index":{},"state":{},"up":{},"carrier":{},"loopback":{},)",
        json_text(link.name),
        link.index,
        json_text(state_of(link)),
        link.is_up,
        link.has_carrier,
        link.is_loopback
    );
    const auto link_type = link_type_of(link.hardware_type);
    format_to(
        end,
        R"("hardware_type":{},"link_type":{},"driver":{},"speed_mbps":{},"mtu":{},)",
        link.hardware_type,
        link_type ? std::to_string(static_cast<unsigned int>(*link_type)) : "null",
        report.driver.empty() ? "null" : json_text(report.driver),
        json_number(report.speed),
        link.mtu
    );
    format_to(
        end,
        R"("receive_queues":{},"numa_node":{},"offloads":{},"auto":{},"hints":{}}})",
        json_number(report.receive_queues),
        json_number(report.numa_node),
        json_list(report.offloads, json_text),
        report.is_automatic,
        json_list(hints_for(report), json_hint)
    );
    return out;
}

std::string json_or_null(const std::string& text) {
    return text.empty() ? "null" : json_text(text);
}

}  // namespace

std::vector<InterfaceHint> hints_for(const InterfaceReport& report) {
    const Link& link = report.link;
    std::vector<InterfaceHint> hints;
    if (!link_type_of(link.hardware_type)) {
        hints.push_back(
            {.text = format(
                 "cannot be captured: hardware type {} is neither Ethernet nor 802.11 nor bare IP",
                 link.hardware_type
             ),
             .command = {}}
        );
        return hints;
    }
    if (!link.is_up) {
        hints.push_back(
            {.text = "is down; capture begins when it comes up:",
             .command = "ip link set " + shell_word(link.name) + " up"}
        );
    } else if (!link.has_carrier) {
        hints.push_back(
            {.text = "has no carrier: no cable, or nobody at its other end", .command = {}}
        );
    }
    if (link.is_up && !report.offloads.empty()) {
        hints.push_back(
            {.text = format(
                 "offloads ({}) falsify counts and sizes of packets; turn them off:",
                 join(report.offloads, " ")
             ),
             .command = command_against(report.offloads, link.name)}
        );
    }
    return hints;
}

std::string interfaces_text(const HostReport& host) {
    std::string text;
    Cells titles;
    std::ranges::transform(kTable, titles.begin(), [](const TableColumn& column) {
        return std::string(column.title);
    });
    append_row(text, titles);
    for (const InterfaceReport& report : host.interfaces) {
        append_row(text, cells_of(report));
    }
    text += '\n';
    append_paragraph(text, automatic_text(host));
    text += '\n';
    for (const InterfaceReport& report : host.interfaces) {
        for (const InterfaceHint& hint : hints_for(report)) {
            append_paragraph(text, printable(report.link.name) + ": " + hint.text);
            if (!hint.command.empty()) {
                append_command(text, hint.command);
            }
        }
    }
    if (!host.no_right.empty()) {
        append_paragraph(text, "This user may not capture: " + host.no_right);
    }
    return text;
}

std::string interfaces_json(const HostReport& host) {
    return format(
        R"({{"interfaces":{},"default_route":{},"no_automatic":{},"no_right":{}}})"
        "\n",
        json_list(host.interfaces, json_interface),
        json_or_null(host.default_route.value_or("")),
        json_or_null(host.no_automatic),
        json_or_null(host.no_right)
    );
}

}  // namespace flowgauge
