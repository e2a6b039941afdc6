#include "command/fields_command.h"

#include "core/base/format.h"
#include "core/flow/flow_extension.h"
#include "core/record/column.h"
#include "core/record/packet_field.h"
#include "export/text/protobuf_encoder.h"
#include "telemetry/metric_table.h"

#include <unistd.h>

#include <iterator>
#include <span>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

constexpr TimeUnit kShownUnit = TimeUnit::kMilliseconds;

std::span<const Column> extension_columns(const MeterOptions& meter) {
    return meter.extension == nullptr ? std::span<const Column>() : meter.extension->columns();
}

std::vector<const Column*> pointers_to(std::span<const Column> columns) {
    std::vector<const Column*> pointers;
    for (const Column& column : columns) {
        pointers.push_back(&column);
    }
    return pointers;
}

std::vector<const Column*> shown_columns(const MeterOptions& meter) {
    std::vector<const Column*> shown = pointers_to(all_columns());
    for (const Column* added : pointers_to(extension_columns(meter))) {
        shown.push_back(added);
    }
    return shown;
}

// What decides whether it is there; of an extension each record decides.
std::string_view presence_of(const Column& column) {
    return column.optional ? "optional" : to_string(column.presence);
}

std::string plain_text(const std::vector<const Column*>& columns) {
    std::string text;
    auto out = std::back_inserter(text);
    for (const Column* column : columns) {
        format_to(
            out,
            "{:<33} {:<9} {:<8} {:<21} {}\n",
            with_unit(column->name, kShownUnit),
            to_string(column->type),
            with_unit(column->unit, kShownUnit),
            presence_of(*column),
            column->meaning
        );
    }
    return text;
}

std::string markdown_text(const MeterOptions& meter) {
    std::string text =
        "# Columns\n\n"
        "Made by `flowgauge fields --markdown`. Columns stand in this order; those whose presence "
        "is\n"
        "not \"always\" exist when that parameter is on. `ms` is the time unit (`--time-unit`).\n"
        "In `--columns nfstream` only those marked NFStream are written.\n\n"
        "| column | type | unit | presence | NFStream | meaning |\n|---|---|---|---|---|---|\n";
    auto out = std::back_inserter(text);
    for (const Column* column : shown_columns(meter)) {
        format_to(
            out,
            "| {} | {} | {} | {} | {} | {} |\n",
            with_unit(column->name, kShownUnit),
            to_string(column->type),
            with_unit(column->unit, kShownUnit),
            presence_of(*column),
            column->nfstream ? "yes" : "",
            column->meaning
        );
    }
    return text;
}

}  // namespace

std::string fields_text(const FieldsOptions& options, const MeterOptions& meter) {
    switch (options.form) {
    case FieldsForm::kMarkdown:
        return markdown_text(meter);
    case FieldsForm::kMetrics:
        return metrics_markdown();
    case FieldsForm::kProtobuf:
        return protobuf_schema();
    case FieldsForm::kPacket:
        return plain_text(pointers_to(packet_fields()));
    case FieldsForm::kIpfix:
        return ipfix_dictionary(
            options.dictionary, options.enterprise_number, extension_columns(meter)
        );
    case FieldsForm::kText:
        break;
    }
    return plain_text(shown_columns(meter));
}

ExitStatus list_fields(const FieldsOptions& options, const MeterOptions& meter) {
    const std::string text = fields_text(options, meter);
    const bool written =
        ::write(STDOUT_FILENO, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    return written ? ExitStatus::kDone : ExitStatus::kOutput;
}

}  // namespace flowgauge
