#include "command/extension_status.h"

#include "core/base/format.h"
#include "export/terminal/quantity_text.h"
#include "export/terminal/terminal_text.h"

#include <cstdint>
#include <string>
#include <utility>

namespace flowgauge {
namespace {

StatusLine line_of_plugin(const PluginStatistics& plugin) {
    const PluginNumbers& numbers = plugin.numbers;
    if (numbers.fault != PluginFault::kNone) {
        return {
            .text = format(
                "  plugin {}: disabled ({}): {}",
                printable(plugin.name),
                to_string(numbers.fault),
                printable(numbers.why)
            ),
            .tone = StatusTone::kBad};
    }
    std::uint64_t calls = 0;
    for (const std::uint64_t count : numbers.calls) {
        calls += count;
    }
    std::string text = format("  plugin {}: {} calls", printable(plugin.name), grouped(calls));
    if (numbers.expired_flows > 0) {
        text += format(", ended {} flows", grouped(numbers.expired_flows));
    }
    if (numbers.values_of_wrong_type == 0) {
        return {.text = std::move(text)};
    }
    text += format(", {} values of a wrong type", grouped(numbers.values_of_wrong_type));
    return {.text = std::move(text), .tone = StatusTone::kWarning};
}

StatusLine line_of_model(const ModelNumbers& model) {
    std::vector<NamedCount> classes;
    for (const ModelNumbers::Class& each : model.classes) {
        classes.push_back({.name = printable(each.name), .count = each.predictions});
    }
    classes.push_back({.name = "other", .count = model.others});
    classes.push_back({.name = "without an input", .count = model.absent});
    const std::string counts = counts_text(std::move(classes));
    return {
        .text = format(
            "  model {}: {} predictions{}{}",
            printable(model.model),
            grouped(model.predictions),
            counts.empty() ? "" : ": ",
            counts
        )};
}

StatusLine line_of_values(const ExtensionCounters& values) {
    return {
        .text = format(
            "  values: {} left out for want of room, {} cut",
            grouped(values.values_left_out),
            grouped(values.values_cut)
        ),
        .tone = StatusTone::kWarning};
}

}  // namespace

std::vector<StatusLine> extension_lines(const SensorStatistics& now) {
    std::vector<StatusLine> lines;
    for (const PluginStatistics& plugin : now.extension.plugins) {
        lines.push_back(line_of_plugin(plugin));
    }
    for (const ModelNumbers& model : now.extension.models) {
        lines.push_back(line_of_model(model));
    }
    ExtensionCounters values;
    for (const WorkerStatistics& worker : now.workers) {
        values.values_left_out += worker.counters.extension.values_left_out;
        values.values_cut += worker.counters.extension.values_cut;
    }
    if (values.values_left_out + values.values_cut > 0) {
        lines.push_back(line_of_values(values));
    }
    return lines;
}

}  // namespace flowgauge
