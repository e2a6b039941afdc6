#include "command/interfaces_command.h"

#include "capture/cpu_placement.h"
#include "capture/ethtool.h"
#include "capture/interface_selection.h"
#include "capture/link_watch.h"
#include "capture/network_interface.h"
#include "command/interface_report.h"
#include "command/standard_output.h"
#include "service/message.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace flowgauge {
namespace {

InterfaceReport look_at(const Link& link) {
    const Ethtool driver(link.name);
    InterfaceReport report;
    report.link = link;
    report.driver = driver.driver();
    report.speed = driver.speed();
    report.receive_queues = driver.receive_queues();
    report.numa_node = interface_node(link.name);
    report.offloads = size_falsifying(driver.active_features());
    return report;
}

HostReport look_at_host(const LinkWatch& watch) {
    HostReport host;
    host.default_route = watch.default_route_interface();
    const auto automatic = select(kAutomaticInterface, watch.links(), host.default_route);
    for (const Link& link : watch.links()) {
        host.interfaces.push_back(look_at(link));
        host.interfaces.back().is_automatic = std::ranges::find(automatic, link) != automatic.end();
    }
    if (automatic.empty()) {
        host.no_automatic = why_none(kAutomaticInterface, watch.links());
    }
    if (Result<void> right = may_capture(); !right) {
        host.no_right = right.error().message;
    }
    return host;
}

}  // namespace

ExitStatus show_interfaces(bool json) {
    Result<LinkWatch> watch = LinkWatch::open();
    if (!watch) {
        print_message(watch.error().message);
        return ExitStatus::kFailed;
    }
    const HostReport host = look_at_host(watch.value());
    return write_standard_output(json ? interfaces_json(host) : interfaces_text(host));
}

}  // namespace flowgauge
