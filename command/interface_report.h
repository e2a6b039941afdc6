// What `flowgauge interfaces` says about the interfaces of the host, for people and for programs.
#pragma once

#include "capture/link_table.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flowgauge {

// Something the operator may want to change.
struct InterfaceHint {
    std::string text;     // "is down"
    std::string command;  // that changes it, for a shell; empty: none does
};

struct InterfaceReport {
    Link link;
    std::string driver;                           // empty: it has none
    std::optional<std::uint32_t> speed;           // megabits a second
    std::optional<std::uint32_t> receive_queues;  // of the hardware
    std::optional<std::uint32_t> numa_node;
    std::vector<std::string> offloads;  // that falsify sizes
    bool is_automatic = false;          // `auto` takes it
};

struct HostReport {
    std::vector<InterfaceReport> interfaces;
    std::optional<std::string> default_route;  // name of its interface
    std::string no_automatic;                  // why `auto` takes none; empty: it does
    std::string no_right;                      // why this process may not capture; empty: it may
};

[[nodiscard]] std::vector<InterfaceHint> hints_for(const InterfaceReport& report);

// A table and the hints, at most 100 columns wide but for words that are longer. Nothing in the
// name of an interface steers the terminal.
[[nodiscard]] std::string interfaces_text(const HostReport& host);

// One JSON object. Names that are not ASCII are written as in the table.
[[nodiscard]] std::string interfaces_json(const HostReport& host);

}  // namespace flowgauge
